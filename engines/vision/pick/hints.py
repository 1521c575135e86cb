"""What is said of where something stands in a picture, on the picture's own grid."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from studio.errors import BadInput

Flags = NDArray[np.bool_]
Point = tuple[int, int]
Box = tuple[int, int, int, int]

LIGHT, DARK = 192, 64
CLEAR = 128
SKEW = 0.02
"""How far the shape of a brushed mask may differ from the picture's."""
BAND = 0.015
"""Share of the longer side at the rim of a mask of two tones that is left to be found."""
MARGIN = 0.04
MOST_POINTS = 8


@dataclass(frozen=True)
class Hints:
    """``box``: left, top, right, bottom; ``inside`` and ``outside``: points (x, y); ``on`` and ``off``: bool HxW, what was brushed
    over as belonging or not; ``rough``: float32 HxW, 1 where a mask of two tones says that it is.
    """

    height: int
    width: int
    box: Box | None = None
    inside: Sequence[Point] = ()
    outside: Sequence[Point] = ()
    on: Flags | None = field(default=None, repr=False)
    off: Flags | None = field(default=None, repr=False)
    rough: Floats | None = field(default=None, repr=False)

    @property
    def given(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.box or self.inside or self.outside) or self.on is not None

    @property
    def framed(self) -> Box:
        """The box; without one, all but a margin of the picture, or around what was brushed."""
        if self.box:
            return self.box
        known = self.rough > 0.5 if self.rough is not None else None
        if known is not None and known.any():
            rows, columns = np.nonzero(known.any(1))[0], np.nonzero(known.any(0))[0]
            return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        beside, above = max(round(self.width * MARGIN), 1), max(round(self.height * MARGIN), 1)
        return beside, above, max(self.width - beside, beside + 1), max(self.height - above, above + 1)

    def obeyed(self, mask: Floats) -> Floats:
        """The mask, float32 HxW, as the brush says where it says something."""
        if self.on is None or self.off is None:
            return mask
        return np.where(self.on, np.float32(1), np.where(self.off, np.float32(0), mask))

    def with_points(self) -> "Hints":
        """With some points of what was brushed, for what understands only points."""
        if self.on is None or self.off is None:
            return self
        return replace(
            self, inside=(*self.inside, *spread(self.on)), outside=(*self.outside, *spread(self.off & self._near()))
        )

    def _near(self) -> Flags:
        """Where a point beside the thing says something: within a quarter of the picture of what was brushed."""
        if self.on is None or not self.on.any():
            return np.ones((self.height, self.width), bool)
        away = cv2.distanceTransform((~self.on).astype(np.uint8), cv2.DIST_L2, 3)
        return np.asarray(away < max(self.height, self.width) / 4)


def checked(
    height: int,
    width: int,
    name: str,
    *,
    box: Box | None = None,
    inside: Sequence[Point] = (),
    outside: Sequence[Point] = (),
) -> Hints:
    """Hints for a picture; the box as left, top, width, height, cut to the picture. Raises BadInput for what lies beside it."""
    for x, y in (*inside, *outside):
        if x >= width or y >= height:
            raise BadInput("cutout.beside", name=name, what=f"{x},{y}", width=width, height=height)
    if box is None:
        return Hints(height, width, None, inside, outside)
    left, top, right, bottom = box[0], box[1], min(box[0] + box[2], width), min(box[1] + box[3], height)
    if left >= width or top >= height:
        raise BadInput("cutout.beside", name=name, what=f"{left},{top}", width=width, height=height)
    return Hints(height, width, (left, top, right, bottom), inside, outside)


def brushed(hints: Hints, mask: Bytes, name: str) -> Hints:
    """With a mask, uint8 hxwx3 or hxwx4: light is on, dark off, grey or clear unknown. One of two tones has a rough outline.

    Raises BadInput for a mask of another shape, and for one that says nowhere that the thing is there.
    """
    rows, columns = mask.shape[:2]
    skewed = abs(columns / rows - hints.width / hints.height) > SKEW * hints.width / hints.height
    if skewed:
        raise BadInput(
            "cutout.other_shape", name=name, width=columns, height=rows, wanted=f"{hints.width}×{hints.height}"
        )
    tone = cv2.cvtColor(np.ascontiguousarray(mask[..., :3]), cv2.COLOR_RGB2GRAY)
    seen = mask[..., 3] >= CLEAR if mask.shape[2] == 4 else np.ones(tone.shape, bool)
    size = (hints.width, hints.height)
    on = _sized((tone >= LIGHT) & seen, size)
    off = _sized((tone <= DARK) & seen, size)
    if not on.any():
        raise BadInput("cutout.empty_mask", name=name)
    unknown = ~(on | off)
    if unknown.mean() > BAND:
        return replace(hints, on=on, off=off)
    return replace(hints, on=_shrunk(on), off=_shrunk(off), rough=on.astype(np.float32))


def spread(where: Flags) -> list[Point]:
    """Up to eight points (x, y) deep inside the marked places, far from each other."""
    deep = cv2.distanceTransform(np.pad(where.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    found: list[Point] = []
    rows, columns = np.indices(where.shape, dtype=np.float32)
    while len(found) < MOST_POINTS and deep.max() > 0:
        y, x = np.unravel_index(int(deep.argmax()), deep.shape)
        found.append((int(x), int(y)))
        deep = np.minimum(deep, np.hypot(rows - y, columns - x) / 2) * (
            np.hypot(rows - y, columns - x) > deep[y, x] * 2
        )
    return found


def _sized(flags: Flags, size: tuple[int, int]) -> Flags:
    return cv2.resize(flags.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)


def _shrunk(flags: Flags) -> Flags:
    """Without the band at its rim; a thing thinner than that stays as it is."""
    reach = max(round(BAND * max(flags.shape)), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    small = cv2.erode(flags.astype(np.uint8), disc, borderValue=1).astype(bool)
    return small if small.any() else flags
