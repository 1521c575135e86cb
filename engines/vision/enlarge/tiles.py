"""A picture enlarged tile by tile, so that memory stays small, as if it had been done at once."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.enlarge.clear import FARTHEST, filled
from studio.machine_memory import give_back, is_out_of_memory

LEVELS = 255.0
RGB = 3
AROUND = 2
"""A pixel is in a flat area when all within so many pixels are equal to it."""


class Enlarger(Protocol):
    """Makes ``step`` pixels of one. A pixel of the result depends on ``context`` pixels around it and no others (to the eye, where a
    network sees farther).
    """

    @property
    def step(self) -> int: ...
    @property
    def context(self) -> int: ...
    @property
    def faithful(self) -> bool:
        """Whether it leaves colours as they are, so that flat areas may be taken over; a network may shift them."""

    @property
    def device(self) -> str: ...
    def __call__(self, picture: Floats) -> Floats:
        """float32 (H+2c)x(W+2c)x3 in 0..1, with its context around it, to float32 (sH)x(sW)x3."""


@dataclass(frozen=True)
class Tile:
    """A part of the source, in its pixels."""

    top: int
    left: int
    height: int
    width: int

    def parts(self, side: int) -> Iterator["Tile"]:
        """It, cut into parts of at most ``side`` pixels."""
        for top in range(0, self.height, side):
            for left in range(0, self.width, side):
                yield Tile(self.top + top, self.left + left, min(side, self.height - top), min(side, self.width - left))


Mask = NDArray[np.bool_]
Told = Callable[[int, Tile], None]
"""Hears of each tile that is done, and how many source pixels are by then."""


@dataclass
class Tiling:
    """``side`` of a tile in source pixels; halved when memory runs out, down to ``least``. ``smaller`` hears of that."""

    side: int
    least: int
    smaller: Callable[[int], None] = lambda side: None


def enlarged(picture: Bytes, enlarger: Enlarger, tiling: Tiling, told: Told, *, shrink: int = 1) -> Bytes:
    """uint8 HxWx3 or HxWx4 to uint8 (sH)x(sW) of as many channels, s the enlarger's step divided by ``shrink``.

    Grey stays grey, flat areas keep their colour exactly where the enlarger is faithful, transparency is enlarged like a picture of
    its own. When memory runs out with the smallest tile, that error is raised as it is.
    """
    height, width, channels = picture.shape
    step = enlarger.step // shrink
    result = np.empty((height * step, width * step, channels), np.uint8)
    grey = _grey(picture)
    waiting = list(Tile(0, 0, height, width).parts(tiling.side))[::-1]
    done = 0
    while waiting:
        tile = waiting.pop()
        if max(tile.height, tile.width) > tiling.side:
            waiting += list(tile.parts(tiling.side))[::-1]
            continue
        drawn = _tried(picture, tile, enlarger, shrink, grey, tiling)
        if drawn is None:
            give_back(enlarger.device)
            tiling.side //= 2
            tiling.smaller(tiling.side)
            waiting.append(tile)
            continue
        top, left = tile.top * step, tile.left * step
        result[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
        done += tile.height * tile.width
        told(done, tile)
    return result


def _tried(picture: Bytes, tile: Tile, enlarger: Enlarger, shrink: int, grey: bool, tiling: Tiling) -> Bytes | None:
    """The enlarged tile; None when memory ran out and a smaller one may do. Frames that hold on to memory are cleared."""
    try:
        return _drawn(picture, tile, enlarger, shrink, grey)
    except Exception as problem:
        if not is_out_of_memory(problem) or tiling.side // 2 < tiling.least:
            raise
        traceback.clear_frames(problem.__traceback__)
    return None


def _drawn(picture: Bytes, tile: Tile, enlarger: Enlarger, shrink: int, grey: bool) -> Bytes:
    reach = enlarger.context
    if picture.shape[2] == RGB:
        return _passed(_around(picture, tile, reach), enlarger, shrink, grey, enlarger.faithful)
    wide = _around(picture, tile, reach + FARTHEST)
    inner = np.s_[FARTHEST : wide.shape[0] - FARTHEST, FARTHEST : wide.shape[1] - FARTHEST]
    colours = _passed(np.ascontiguousarray(filled(wide)[inner]), enlarger, shrink, grey, enlarger.faithful)
    veil = np.ascontiguousarray(np.repeat(wide[inner][..., RGB:], RGB, axis=2))
    return np.dstack([colours, _passed(veil, enlarger, shrink, True, True)[..., 0]])


def _around(picture: Bytes, tile: Tile, reach: int) -> Bytes:
    """A tile with ``reach`` pixels around it; the picture's edge is repeated outside."""
    height, width = picture.shape[:2]
    rows = np.arange(tile.top - reach, tile.top + tile.height + reach).clip(0, height - 1)
    columns = np.arange(tile.left - reach, tile.left + tile.width + reach).clip(0, width - 1)
    return picture[rows[:, None], columns]


def _passed(around: Bytes, enlarger: Enlarger, shrink: int, grey: bool, faithful: bool) -> Bytes:
    """uint8 (H+2c)x(W+2c)x3 through the enlarger and down again by ``shrink``."""
    reach, step = enlarger.context, enlarger.step
    inner = np.s_[reach : around.shape[0] - reach, reach : around.shape[1] - reach]
    source, flat, times = around[inner], _flat(around)[inner], step // shrink
    if faithful and flat.all():
        return np.ascontiguousarray(_repeated(source, times))
    large = enlarger(around.astype(np.float32) / np.float32(LEVELS))
    if grey:
        large = np.repeat(large.mean(axis=2, keepdims=True), RGB, axis=2)
    if shrink > 1:
        size = (large.shape[1] // shrink, large.shape[0] // shrink)
        large = np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA))
    levels = np.rint(large * np.float32(LEVELS)).clip(0, LEVELS).astype(np.uint8)
    if faithful:
        here = _repeated(flat, times)
        levels[here] = _repeated(source, times)[here]
    return levels


def _flat(picture: Bytes) -> Mask:
    """bool HxW: where nothing differs from a pixel as far as ``AROUND`` pixels from it."""
    window = np.ones((2 * AROUND + 1, 2 * AROUND + 1), np.uint8)
    return np.asarray(cv2.dilate(picture, window) == cv2.erode(picture, window)).all(axis=2)


def _repeated(values: Any, times: int) -> Any:
    return np.repeat(np.repeat(values, times, axis=0), times, axis=1)


def _grey(picture: Bytes) -> bool:
    red, green, blue = (picture[..., channel] for channel in range(RGB))
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))
