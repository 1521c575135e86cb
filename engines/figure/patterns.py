"""Patterns of cloth: small shapes repeated over a garment; they bend with it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.figure.curves import Curve, Points, closed, ellipse, opened, parse, ribbon
from engines.figure.reading import need, numbers, only, read


@dataclass(frozen=True, eq=False)
class Pattern:
    """``cell``: width and height in canvas units; ``shift``: how far every other row is moved; ``marks`` lie within 0..cell."""

    cell: tuple[float, float]
    shift: float
    marks: tuple[Points, ...]

    def over(self, curve: Curve) -> list[Points]:
        """The marks that may touch the shape within ``curve``."""
        low, high = curve.xy.min(0), curve.xy.max(0)
        first = np.floor(low / self.cell).astype(int) - 1
        last = np.ceil(high / self.cell).astype(int)
        return [
            mark + np.array([column * self.cell[0] + (self.shift if row % 2 else 0), row * self.cell[1]])
            for row in range(first[1], last[1] + 1)
            for column in range(first[0], last[0] + 1)
            for mark in self.marks
        ]


def read_patterns(path: Path) -> dict[str, Pattern]:
    found = {}
    for name, table in read(path).items():
        only(table, ("cell", "shift", "shape", "ellipse", "stroke", "width", "label"), path.name)
        cell = numbers(need(table, "cell", path.name), "cell", path.name)
        marks = [closed(parse(text, 3, name, path.name)).xy for text in table.get("shape", ())]
        marks += [ellipse(numbers(text, name, path.name)).xy for text in table.get("ellipse", ())]
        widths = numbers(table.get("width", "2"), "width", path.name)
        marks += [ribbon(opened(parse(text, 2, name, path.name)), widths) for text in table.get("stroke", ())]
        found[name] = Pattern((cell[0], cell[1]), float(table.get("shift", 0)), tuple(marks))
    return found
