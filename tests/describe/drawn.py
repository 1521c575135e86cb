"""Drawn pictures whose content is known, and what the engine says of files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engines.describe import classical
from engines.vision.describe.fact import Findings
from engines.vision.describe.palette import palette
from engines.vision.describe.view import view_of
from studio.memory import Residency
from studio.run import Run
from studio.tasks.describe import DescribeRequest, DescribeResult

GB = 1 << 30
MEMORY = Residency(lambda device: 4 * GB)


def stripes(*colours: str, width: int = 240, height: int = 120) -> NDArray[np.uint8]:
    """Equal upright stripes of ``#rrggbb`` colours, uint8 HxWx3."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for number, colour in enumerate(colours):
        draw.rectangle((number * width // len(colours), 0, width, height), fill=colour)
    return np.asarray(picture)


def keys(found: Findings) -> set[str]:
    return {fact.key for fact in found.said}


def colours_of(picture: NDArray[np.uint8]) -> tuple[str, ...]:
    """The palette that is said of a picture."""
    said = [
        fact
        for fact in palette(view_of(picture)).said
        if fact.key in ("palette.colours", "palette.one", "palette.grey")
    ]
    return said[0].colours


def place(folder: Path) -> Run:
    return Run.local(folder / "work", folder / "out", memory=MEMORY)


def describe(folder: Path, *files: Path, **settings: str) -> DescribeResult:
    """What the embedded engine says of files; its models stay in memory from test to test."""
    request = DescribeRequest(pictures=tuple(str(file) for file in files), **settings)  # type: ignore[arg-type]
    return classical.run(request, place(folder))
