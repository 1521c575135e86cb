"""The embedded engine at work, without a worker, on small clips in which somebody sits."""

from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.face_swap import mesh
from engines.media.decode import Decoder, Trim
from engines.vision.faces.finder import FINDER, Finder
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult
from tests.media.clips import make_clip

MEMORY = Residency(lambda device: 2**33)
SAMPLES = ASSETS / "samples"
ASTRONAUT, MONA_LISA, PEARL = (
    str(SAMPLES / f"{name}.jpg") for name in ("astronaut", "mona_lisa", "girl_with_a_pearl_earring")
)
LEFT, TOP, WIDTH, HEIGHT = 296, 90, 640, 360
"""Around the head of the one who sits in the sample film's beginning; her face is a third of this high and more."""
DIFFERENT = 24
DRAFT = {"quality": "draft"}
BITS, STRIP = 8, 12


@cache
def pictures() -> list[Bytes]:
    """The sample film's first second, cropped to its sitter; uint8 360x640x3."""
    frames = islice(Decoder(SAMPLES / "portraits.mp4", Trim()).frames(), DIFFERENT)
    return [np.ascontiguousarray(frame.rgb[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]) for frame in frames]


def sitter(index: int, width: int, height: int, flash: bool = False) -> Bytes:
    """uint8 HxWx3, there and back again after a second; white on a flash."""
    if flash:
        return np.full((height, width, 3), 255, np.uint8)
    there = index % (2 * DIFFERENT - 2)
    picture = pictures()[min(there, 2 * DIFFERENT - 2 - there)]
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def sitting(path: Path, *, frames: int = 12, size: tuple[int, int] = (240, 136), **more: Any) -> Path:
    """A clip of the sitter; what it may be stands in ``make_clip``."""
    return make_clip(path, frames=frames, size=size, **{"draw": sitter, **more})


def local(folder: Path, *, threads: int = 2) -> Run:
    return Run.local(folder / "work", folder / "out", threads=threads, seed=1, memory=MEMORY)


def swap(target: Path | str, run: Run, **settings: Any) -> FaceSwapResult:
    """By the embedded engine; Mona Lisa's face where no other is asked for, and quickly encoded."""
    if not {"source", "map"} & set(settings):
        settings["source"] = (MONA_LISA,)
    return mesh.run(FaceSwapRequest(target=str(target), **{"output": DRAFT, **settings}), run)


def finder() -> Any:
    """The networks that all tests share, as a context."""
    return MEMORY.use(FINDER, "cpu", Finder)


def numbered(index: int, width: int, height: int, flash: bool = False) -> Bytes:
    """The sitter over a strip in which the frame's number stands, as blocks of black and white."""
    picture = sitter(index, width, height, flash).copy()
    for bit in range(BITS):
        picture[-STRIP:, bit * width // BITS : (bit + 1) * width // BITS] = 255 * (index >> bit & 1)
    return picture


def number_of(picture: Bytes) -> int:
    """The number in the strip."""
    middle, width = picture[-STRIP // 2], picture.shape[1]
    return sum((int(middle[(2 * bit + 1) * width // (2 * BITS)].mean()) > 127) << bit for bit in range(BITS))
