"""Places of a picture that are drawn anew: found, cut out with their surroundings, and put back without a seam."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.picture import write_picture
from engines.vision.faces.detect import Detector
from studio.run import Run
from studio.tasks.refine import RefineRequest, Spot

AROUND = 0.35
"""What is cut out around a place, as a share of its size; the seam lies in it."""
SMALLEST = 8
Kind = Literal["face", "hand"]
Redraw = Callable[[Bytes, Kind, Run], Bytes]
"""Gives a cut-out of a place, uint8 HxWx3, as it is to be; the run tells of its progress."""


@dataclass(frozen=True)
class Place:
    """Left, top, right and bottom in pixels, surroundings included."""

    kind: Kind
    left: int
    top: int
    right: int
    bottom: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right - self.left, self.bottom - self.top


def places(request: RefineRequest, picture: Bytes) -> list[Place]:
    """The given places, else the faces that are found, from the left to the right; what lies outside the picture is left out."""
    given = request.places() or [("face", box) for box in sorted(_faces(picture))]
    found = [_around(kind, box, picture.shape) for kind, box in given]
    return [place for place in found if min(place.box[2:]) >= SMALLEST]


def redrawn(request: RefineRequest, run: Run, picture: Bytes, redraw: Redraw) -> tuple[Bytes, list[Spot]]:
    """The picture (uint8 HxWx3 or HxWx4) with its places as ``redraw`` makes them, and the places."""
    out, spots = picture.copy(), []
    found = places(request, np.ascontiguousarray(picture[..., :3]))
    for number, place in enumerate(found):
        run.step(number, len(found), unit="places")
        rows, columns = slice(place.top, place.bottom), slice(place.left, place.right)
        before = np.ascontiguousarray(picture[rows, columns, :3])
        share = rim(before.shape[0], before.shape[1])[..., None]
        whole = before + (redraw(before, place.kind, run.piece(number, len(found))).astype(np.float32) - before) * share
        after = np.clip(whole + 0.5, 0, 255).astype(np.uint8)
        taken = number not in request.refused
        if taken:
            out[rows, columns, :3] = after
        kept = {"before": _kept(before, run, number, "before"), "after": _kept(after, run, number, "after")}
        spots.append(Spot(kind=place.kind, box=place.box, taken=taken, **kept))
    run.step(len(found), len(found), unit="places")
    return out, spots


def rim(height: int, width: int) -> Floats:
    """float32 height x width, 1 in the middle and falling to 0 in the surroundings."""

    def ramp(length: int) -> Floats:
        away = np.minimum(np.arange(length) + 0.5, length - np.arange(length) - 0.5).astype(np.float32)
        share: Floats = np.clip(away / (length * AROUND / (1 + 2 * AROUND)), 0, 1).astype(np.float32)
        return share * share * (3 - 2 * share)

    return np.asarray(np.outer(ramp(height), ramp(width)), np.float32)


def _faces(picture: Bytes) -> Sequence[tuple[int, int, int, int]]:
    found = Detector()(picture)
    return [
        (round(face.x - face.size / 2), round(face.y - face.size / 2), round(face.size), round(face.size))
        for face in found
    ]


def _around(kind: Kind, box: tuple[int, int, int, int], shape: tuple[int, ...]) -> Place:
    left, top, width, height = box
    beside, above = round(AROUND * width), round(AROUND * height)
    right, bottom = min(left + width + beside, shape[1]), min(top + height + above, shape[0])
    return Place(kind, max(left - beside, 0), max(top - above, 0), max(right, 0), max(bottom, 0))


def _kept(part: Bytes, run: Run, number: int, name: str) -> str:
    with run.output(".png", name=f"{name}-{number}", aside=True) as out:
        write_picture(out.path, part)
    return out.id
