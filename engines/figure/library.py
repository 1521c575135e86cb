"""The whole library of drawn characters, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engines.figure.layers import Layers, read_layers
from engines.figure.mannequin import BUILDS, Mannequin, read_mannequin
from engines.figure.palettes import SlotRule, Swatches, check_colour, read_slots, read_swatches
from engines.figure.part import Part, Shape, read_part
from engines.figure.patterns import Pattern, read_patterns
from engines.figure.pose import Pose, read_pose
from engines.figure.reading import ASSETS, need, one_of, only, read
from studio.errors import BadInput

LANGUAGES = ("en", "zh-CN", "ru")
EXPRESSION = ("label", "tags", "mouth", "eyes", "open", "gaze", "brow_lift", "brow_turn", "brow_knit", "blush")


@dataclass(frozen=True)
class Expression:
    """``open``: how far the lids are open (1: as drawn); ``gaze``: shift of the irises; brows: up, outer ends up (degrees), together.

    ``eyes``: eyes drawn instead of the chosen design (closed ones), or empty; ``blush``: 0..1.
    """

    name: str
    label: Mapping[str, str]
    tags: tuple[str, ...]
    mouth: str
    eyes: str
    open: float
    gaze: tuple[float, float]
    brow_lift: float
    brow_turn: float
    brow_knit: float
    blush: float


@dataclass(frozen=True)
class Library:
    """``bodies``: name -> build -> mannequin; ``parts``: ``kind/name`` -> part; ``chances``: kind -> 0..1; the rest by name."""

    canon: Mannequin
    bodies: Mapping[str, Mapping[str, Mannequin]]
    poses: Mapping[str, Pose]
    expressions: Mapping[str, Expression]
    parts: Mapping[str, Part]
    swatches: Swatches
    slots: Mapping[str, SlotRule]
    layers: Layers
    materials: Mapping[str, Mapping[str, Any]]
    patterns: Mapping[str, Pattern]
    chances: Mapping[str, float]

    def of_kind(self, kind: str) -> list[Part]:
        return [part for part in self.parts.values() if part.kind == kind]

    def part(self, name: str) -> Part:
        """The part ``kind/name``; ``BadInput`` (figure.no_part) where there is none."""
        if name not in self.parts:
            raise BadInput("figure.no_part", name=name)
        return self.parts[name]


@cache
def library(folder: Path = ASSETS) -> Library:
    """The library in ``folder``; ``BadInput`` names the first file that can't be used. Shapes are read when they are drawn."""
    layers = read_layers(folder / "layers.toml")
    materials = read(folder / "materials.toml")
    patterns = read_patterns(folder / "patterns.toml")
    swatches = read_swatches(folder / "palettes.toml")
    parts, check = {}, _checker(swatches, patterns)
    for path in sorted((folder / "parts").glob("*/*.toml")):
        part = read_part(path, layers, materials, check)
        for language in LANGUAGES:
            need(part.label, language, f"{path.parent.name}/{path.name}")
        parts[f"{part.kind}/{part.name}"] = part
    hands = tuple(part.name for part in parts.values() if part.kind == "hands")
    mouths = tuple(part.name for part in parts.values() if part.kind == "mouth")
    return Library(
        canon=read_mannequin(folder / "canon.toml")[BUILDS[0]],
        bodies={path.stem: read_mannequin(path) for path in sorted((folder / "mannequins").glob("*.toml"))},
        poses={path.stem: read_pose(path, hands) for path in sorted((folder / "poses").glob("*.toml"))},
        expressions={
            path.stem: read_expression(path, mouths) for path in sorted((folder / "expressions").glob("*.toml"))
        },
        parts=parts,
        swatches=swatches,
        slots=read_slots(folder / "slots.toml"),
        layers=layers,
        materials=materials,
        patterns=patterns,
        chances=read(folder / "chances.toml"),
    )


def read_expression(path: Path, mouths: tuple[str, ...]) -> Expression:
    table, file = read(path), path.name
    only(table, EXPRESSION, file)
    gaze = table.get("gaze", (0, 0))
    return Expression(
        name=path.stem,
        label=need(table, "label", file),
        tags=tuple(table.get("tags", ())),
        mouth=one_of(need(table, "mouth", file), mouths, "mouth", file),
        eyes=table.get("eyes", ""),
        open=float(table.get("open", 1)),
        gaze=(float(gaze[0]), float(gaze[1])),
        brow_lift=float(table.get("brow_lift", 0)),
        brow_turn=float(table.get("brow_turn", 0)),
        brow_knit=float(table.get("brow_knit", 0)),
        blush=float(table.get("blush", 0.4)),
    )


def _checker(swatches: Swatches, patterns: Mapping[str, Pattern]) -> Callable[[Shape, str], None]:
    def check(shape: Shape, file: str) -> None:
        check_colour(shape.fill, swatches, file)
        if shape.to:
            check_colour(shape.to, swatches, file)
        if shape.pattern:
            one_of(shape.pattern.partition(" ")[0], patterns, "pattern", file)

    return check
