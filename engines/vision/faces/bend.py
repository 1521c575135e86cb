"""Bending a picture of a face so that its parts move a little: the weighted mean of the nearest moves (Shepard 1968)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.kernel import kernel
from engines.vision.faces.face import OVAL, Face
from engines.vision.faces.shape import Push
from engines.vision.faces.swap import Patch

Points = NDArray[np.float64]

GRID = 24
NEAR = 0.06
ROOM = 4
SOFT = 0.03
NOTHING = 0.1


@dataclass(frozen=True)
class Bent:
    """A part of a picture with its face bent: ``rgb`` uint8 hxwx3 with its upper left corner at ``left``, ``top``; ``face`` as it lies in
    that part; ``share`` float32 hxw: 1 where pixels may have moved, 0 at the rim of the face and beyond.
    """

    left: int
    top: int
    rgb: Bytes
    face: Face
    share: Floats

    def under(self, patch: Patch | None) -> Patch:
        """What is laid over the whole picture: a patch that was made for this part, and the part itself where that leaves it free."""
        rgb, alpha = self.rgb.copy(), self.share.copy()
        if patch is not None:
            _join(patch.rgb, patch.alpha, patch.top, patch.left, rgb, alpha)
        return Patch(self.left, self.top, rgb, alpha)


def bent(picture: Bytes, face: Face, push: Push) -> Bent | None:
    """The part of ``picture`` (uint8 HxWx3) with a face, bent by ``push``; None where nothing moves or nothing is to be seen."""
    left, top, right, bottom = face.box
    box = (
        max(int(left) - ROOM, 0),
        max(int(top) - ROOM, 0),
        min(int(right) + ROOM, picture.shape[1]),
        min(int(bottom) + ROOM, picture.shape[0]),
    )
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) <= ROOM or np.abs(push.by).max() < NOTHING:
        return None
    corner, size = np.array(box[:2], np.float64), face.size
    at = push.at - corner
    points = face.points.copy()
    points[:, :2] -= corner.astype(np.float32)
    share = _share(points, height, width, SOFT * size)
    back = _field(at + push.by, -push.by, height, width, size)
    _places(back, share)
    part = picture[box[1] : box[3], box[0] : box[2]]
    moved = cv2.remap(part, back, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    points[:, :2] += moves(at, push.by, points[:, :2].astype(np.float64), size).astype(np.float32)
    return Bent(box[0], box[1], np.asarray(moved), Face(points), share)


def moves(at: Points, by: Points, places: Points, size: float) -> Points:
    """How far ``places`` (Nx2) move when ``at`` (Mx2) move ``by``, all float64: near ones count, over ``NEAR`` of the face's size."""
    made = np.empty_like(places)
    _shepard(at, by, places, (NEAR * size) ** 2, made)
    return made


def _field(at: Points, by: Points, height: int, width: int, size: float) -> Floats:
    """The moves at every pixel, float32 HxWx2: computed on a coarse grid, drawn out smoothly."""
    rows, columns = np.meshgrid(
        (np.arange(GRID) + 0.5) * height / GRID - 0.5, (np.arange(GRID) + 0.5) * width / GRID - 0.5, indexing="ij"
    )
    coarse = moves(at, by, np.stack([columns.ravel(), rows.ravel()], axis=1), size).reshape(GRID, GRID, 2)
    return np.asarray(cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC))


def _share(points: Floats, height: int, width: int, softness: float) -> Floats:
    """1 inside the oval of the face, 0 from its rim on, soft inwards."""
    small = np.zeros(((height + 1) // 2 + 2, (width + 1) // 2 + 2), np.uint8)
    outline = np.rint((points[list(OVAL), :2] - 0.5) / 2 + 1).astype(np.int32)
    cv2.fillConvexPoly(small, cv2.convexHull(outline), 1)
    small[[0, -1]] = small[:, [0, -1]] = 0
    away = np.clip(cv2.distanceTransform(small, cv2.DIST_L2, 3)[1:-1, 1:-1] - 1, 0, None)
    ramp = np.clip(away * np.float32(2 / max(softness, 1.0)), 0, 1)
    ramp = cv2.resize(ramp * ramp * (3 - 2 * ramp), (2 * ramp.shape[1], 2 * ramp.shape[0]))
    return np.ascontiguousarray(ramp[:height, :width])


@kernel
def _shepard(at, by, places, near, made):  # type: ignore[no-untyped-def]
    for place in range(len(places)):
        total = x = y = 0.0
        for anchor in range(len(at)):
            across, down = places[place, 0] - at[anchor, 0], places[place, 1] - at[anchor, 1]
            weight = 1 / (across * across + down * down + near) ** 2
            total += weight
            x += weight * by[anchor, 0]
            y += weight * by[anchor, 1]
        made[place, 0], made[place, 1] = x / total, y / total


@kernel
def _places(back, share):  # type: ignore[no-untyped-def]
    """Moves become the places that they come from."""
    height, width = share.shape
    for y in range(height):
        for x in range(width):
            back[y, x, 0] = x + back[y, x, 0] * share[y, x]
            back[y, x, 1] = y + back[y, x, 1] * share[y, x]


@kernel
def _join(rgb, alpha, top, left, under, share):  # type: ignore[no-untyped-def]
    """Lay a patch over a part, and let ``share`` say what of both is seen."""
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            own = alpha[y, x]
            if own > 0:
                both = max(own, share[top + y, left + x])
                part = own / both
                share[top + y, left + x] = both
                for channel in range(3):
                    below = np.float32(under[top + y, left + x, channel])
                    under[top + y, left + x, channel] = np.uint8(below + part * (rgb[y, x, channel] - below) + 0.5)
