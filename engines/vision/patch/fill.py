"""Holes of a picture filled with what is around them, from coarse to fine.

Wexler et al. 2007, with the search of Barnes et al. 2009 and the texture features, the filling from the outside in and the
vote of Newson et al. 2017 (IPOL), and a smooth correction of the colours at the border.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.patch.kernels import peel, search, vote
from engines.vision.patch.seam import film, grown

RADIUS = 3
COLOURS = 3
TEXTURE = 4.0
"""How much the texture's features count beside the colours."""
THIN = 3.0
"""Half the width of a hole, in pixels, that the coarsest size has."""
LEAST_BESIDE = 256
"""Pixels around a hole in which is looked at least."""
LEAST_SIDE, LEAST_SPOTS, MOST_SPOTS = 36, 32, 6000
FULL_SEARCH, LARGE_REACH = 1100, 8
"""Length of the longer side above which places are only adjusted, and by how much."""
ROUNDS, LAST_ROUNDS, LARGE_ROUNDS = 8, 3, 1
SWEEPS = 2
SHARP, LAST_SHARP = 2.0, 12.0
SETTLED = 0.1 / 255
FADE, FARTHEST = 0.75, 20
"""Trust of a patch beside that of one a pixel nearer to what is known, and the distance from which on it falls no more."""
PULL = 0.02
"""What it adds to a patch's gap to be as far away as the picture's corners are from each other."""
Told = Callable[[int, int, Callable[[], Bytes]], None]
"""Is told how much of all work is done, and how to see it."""


@dataclass
class Level:
    """A size of the picture: its pixels flat, colours first, and what of it is a hole (uint8 0 and 1)."""

    flat: Floats
    hole: Bytes
    channels: int

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Where a source's patch may lie."""
        free = cv2.erode(1 - self.hole, np.ones((2 * RADIUS + 1,) * 2, np.uint8), borderValue=0)
        free[:RADIUS], free[-RADIUS:], free[:, :RADIUS], free[:, -RADIUS:] = 0, 0, 0, 0
        return free.astype(np.bool_)

    @property
    def shape(self) -> tuple[int, int]:
        return self.hole.shape[0], self.hole.shape[1]

    @property
    def pull(self) -> float:
        height, width = self.hole.shape
        return PULL / (height * height + width * width)

    @property
    def picture(self) -> Floats:
        """float32 HxWxchannels, the same memory."""
        return self.flat.reshape(*self.hole.shape, self.channels)


def can_fill(hole: Bytes) -> bool:
    """Whether enough is left of a picture to fill its hole (uint8 HxW, 0 and 1) with."""
    return bool(Level(np.zeros((0, 0), np.float32), hole, 0).allowed.sum() >= LEAST_SPOTS)


def surroundings(hole: Bytes) -> tuple[slice, slice]:
    """Rows and columns around a hole (uint8 HxW, 0 and 1) in which is looked for what fills it."""
    found = []
    for side in (1, 0):
        there = np.flatnonzero(hole.any(axis=side))
        first, last = int(there[0]), int(there[-1]) + 1
        beside = max(LEAST_BESIDE, last - first)
        found.append(slice(max(first - beside, 0), min(last + beside, hole.shape[1 - side])))
    return found[0], found[1]


def filled(rgb: Bytes, hole: Bytes, seed: int, told: Told) -> Bytes:
    """uint8 HxWx3 whose ``hole`` (uint8 HxW, 0 and 1; ``can_fill``) is filled; the rest stays to the bit.

    The same seed gives the same picture.
    """
    levels = _levels(rgb, hole)
    work = [level.hole.sum() * _rounds(level, number) for number, level in enumerate(levels)]
    whole, done = int(sum(work)) + 1, 0
    places: NDArray[np.int32] | None = None
    for number in range(len(levels) - 1, -1, -1):
        level = levels[number]
        see = partial(_seen, level, rgb.shape)
        places = _peeled(level) if places is None else finer(places, level.shape, level.allowed, seed + number)
        for share in _settled(level, places, number, seed):
            told(done + round(share * float(work[number])), whole, see)
        done += int(work[number])
    out = rgb.copy()
    out[hole > 0] = np.clip(levels[0].picture[..., :COLOURS][hole > 0] * 255 + 0.5, 0, 255).astype(np.uint8)
    told(whole, whole, lambda: out)
    return out


def _levels(rgb: Bytes, hole: Bytes) -> list[Level]:
    """The picture in sizes of a half, a quarter …, the finest first."""
    unit = rgb.astype(np.float32) / 255
    first = np.concatenate([unit, _texture(unit, hole)], axis=2)
    levels = [Level(np.ascontiguousarray(first).reshape(hole.shape[0], -1), hole, first.shape[2])]
    while cv2.distanceTransform(levels[-1].hole, cv2.DIST_L2, 3).max() > THIN:
        smaller = _halved(levels[-1])
        if min(smaller.hole.shape) < LEAST_SIDE or smaller.allowed.sum() < LEAST_SPOTS or not smaller.hole.any():
            break
        levels.append(smaller)
    return levels


def _halved(level: Level) -> Level:
    height, width = level.hole.shape
    edge = ((0, height % 2), (0, width % 2))
    known = np.pad(1.0 - level.hole.astype(np.float32), edge)
    picture = np.pad(level.picture, (*edge, (0, 0))) * known[..., None]
    size = (known.shape[1] // 2, known.shape[0] // 2)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small = np.dstack([cv2.resize(picture[..., k], size, interpolation=cv2.INTER_AREA) for k in range(level.channels)])
    small /= np.maximum(weight, 1e-6)[..., None]
    inside = np.add.reduce(np.pad(np.ones((height, width), np.float32), edge).reshape(size[1], 2, size[0], 2), (1, 3))
    hole = (weight < inside / 8).astype(np.uint8)
    return Level(np.ascontiguousarray(small, np.float32).reshape(size[1], -1), hole, level.channels)


def _texture(unit: Floats, hole: Bytes) -> Floats:
    """float32 HxWx2: how busy the lightness is around each known pixel, across and down."""
    light = unit @ np.array([0.299, 0.587, 0.114], np.float32)
    known = (1 - grown(hole, 1)).astype(np.float32)
    width = 4 * RADIUS + 1
    area = cv2.blur(known, (width, width))
    found = []
    for across in (1, 0):
        steep = np.abs(cv2.Sobel(light, cv2.CV_32F, across, 1 - across, scale=1 / 8)) * known
        found.append(cv2.blur(steep, (width, width)) / np.maximum(area, 1e-6))
    return np.asarray(TEXTURE * np.dstack(found), np.float32)


def _peeled(level: Level) -> NDArray[np.int32]:
    """Places at the coarsest size, whose hole is filled from the outside in."""
    away = cv2.distanceTransform(level.hole, cv2.DIST_L1, 3)
    order = np.argsort(away, axis=None, kind="stable")[int((level.hole == 0).sum()) :]
    layers = np.stack(np.unravel_index(order, away.shape), 1).astype(np.int32)
    depth = np.round(away[layers[:, 0], layers[:, 1]]).astype(np.int32)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(depth)) + 1, [len(layers)]]).astype(np.int32)
    spots = np.argwhere(level.allowed).astype(np.int32)
    spots = spots[:: max(1, len(spots) // MOST_SPOTS)].copy()
    places = np.zeros((*level.hole.shape, 2), np.int32)
    places[:] = spots[np.arange(level.hole.size) % len(spots)].reshape(places.shape)
    peel(level.flat, level.hole == 0, layers, starts, spots, level.pull, places, level.channels, RADIUS)
    return places


def finer(
    places: NDArray[np.int32], shape: tuple[int, int], allowed: NDArray[np.bool_], seed: int
) -> NDArray[np.int32]:
    """Places of a size half as large at one of this ``shape``, all of them allowed; those that wouldn't be come by chance."""
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None]
    fine = 2 * places[rows // 2, columns // 2]
    fine[..., 0] += rows % 2
    fine[..., 1] += columns % 2
    np.clip(fine, 0, (allowed.shape[0] - 1, allowed.shape[1] - 1), out=fine)
    lost = ~allowed[fine[..., 0], fine[..., 1]]
    spots = np.argwhere(allowed)
    fine[lost] = spots[np.random.default_rng(seed).integers(0, len(spots), int(lost.sum()))]
    return fine.astype(np.int32)


def _rounds(level: Level, number: int) -> int:
    if max(level.hole.shape) > FULL_SEARCH:
        return LARGE_ROUNDS
    return LAST_ROUNDS if number == 0 else ROUNDS


def _settled(level: Level, places: NDArray[np.int32], number: int, seed: int) -> Iterator[float]:
    """Search and vote until nothing changes any more; gives the share of the work that is done."""
    flat, hole, allowed = level.flat, level.hole.astype(np.bool_), level.allowed
    wanted = grown(level.hole, RADIUS).astype(np.bool_)
    gaps, toll = np.zeros(wanted.shape, np.float32), np.zeros(wanted.shape, np.float32)
    away = cv2.distanceTransform(level.hole, cv2.DIST_L2, 3)
    trust = np.power(np.float32(FADE), np.minimum(away, FARTHEST)).astype(np.float32)
    laps = _rounds(level, number) * SWEEPS
    side = max(wanted.shape)
    reach = LARGE_REACH if side > FULL_SEARCH else side

    def voted(out: Floats, fill: NDArray[np.bool_], sharp: float) -> None:
        vote(out, flat, fill, wanted, places, gaps, trust, level.channels, level.channels, RADIUS, sharp)

    voted(flat, hole, SHARP)
    for lap in range(laps):
        search(flat, flat, wanted, allowed, toll, level.pull, places, gaps, level.channels, RADIUS, lap, reach, seed)
        yield (lap + 1) / laps
        if number == 0 and lap == laps - 1:
            made = flat.copy()
            voted(made, wanted, LAST_SHARP)
            _even(level, made, wanted)
        elif lap % SWEEPS == SWEEPS - 1:
            before = level.picture[hole].copy()
            voted(flat, hole, SHARP)
            if number > 0 and np.abs(level.picture[hole] - before).mean() < SETTLED:
                break


def _even(level: Level, made: Floats, wanted: NDArray[np.bool_]) -> None:
    """Lay what was made into the hole, its colours shifted so that they meet those at the border."""
    new, hole = made.reshape(level.picture.shape)[..., :COLOURS], level.hole > 0
    rim = wanted & ~hole
    missing = np.where(rim[..., None], level.picture[..., :COLOURS] - new, 0).astype(np.float32)
    shift = film(missing, rim.astype(np.float32))
    level.picture[hole, :COLOURS] = new[hole] + shift[hole]


def _seen(level: Level, shape: tuple[int, ...]) -> Bytes:
    small = np.clip(level.picture[..., :COLOURS] * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR))
