"""Tools for shapes that are seen from elsewhere: mirrored, closed where they were open in front, grouped by garment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.figure.colours import Rgb
from engines.figure.curves import Curve, Points
from engines.figure.placing import Placed

Mask = NDArray[np.bool_]
AXIS = 500.0
SIDE = 1700
"""Height and width of what masks show, in canvas units."""
FINE = 1.0
"""Canvas units a pixel of masks."""
LOW = np.array([-350.0, -100.0])
SOFT = 1.5
"""How much of a traced outline is smoothed, in pixels of the mask."""


def reshaped(one: Placed, xy: Points, lifted: NDArray[np.bool_] | None = None, **changes: object) -> Placed:
    """The shape with another outline, and with line everywhere unless ``lifted`` (n,) says where there is none."""
    bare = np.zeros(len(xy), bool) if lifted is None else lifted
    return replace(one, shape=replace(one.shape, sketch=partial(Curve, xy, bare)), xy=xy, **changes)  # type: ignore[arg-type]


def bent(one: Placed, move: Callable[[Points], Points]) -> Placed:
    """The shape with what is inside it, each point moved."""
    return replace(
        one,
        xy=move(one.xy),
        marks=tuple(move(mark) for mark in one.marks),
        inside=tuple(bent(inner, move) for inner in one.inside),
    )


def mirrored(one: Placed) -> Placed:
    """The shape on the other side of the axis."""
    flip = np.array([-1.0, 1.0])
    move = np.array([2 * AXIS, 0.0])
    xy = (one.xy * flip + move)[::-1].copy()
    return replace(
        reshaped(one, xy, np.roll(one.shape.curve.lifted[::-1], -1)),
        marks=tuple(mark * flip + move for mark in one.marks),
        inside=tuple(mirrored(inner) for inner in one.inside),
    )


def coloured(one: Placed, fill: Rgb, **changes: object) -> Placed:
    return replace(one, fill=fill, to=None, **changes)  # type: ignore[arg-type]


def mask(shapes: Iterable[Placed]) -> Mask:
    """(SIDE, SIDE) bool: where any of the shapes is; a pixel is FINE units, the first one lies at LOW."""
    found = np.zeros((round(SIDE / FINE), round(SIDE / FINE)), np.uint8)
    for one in shapes:
        pixels = np.round((one.xy - LOW) / FINE * 16).astype(np.int32)
        cv2.fillPoly(found, [pixels], 1, lineType=cv2.LINE_8, shift=4)
    return found > 0


def closed(seen: Mask, below: float | None = None, axis: float = AXIS) -> Mask:
    """The mask with the gap about the axis filled: in each row below ``below``, and where there is something above it."""
    rows = np.flatnonzero(seen.any(1))
    if not rows.size:
        return seen
    made = seen.copy()
    top, end = int(rows[0]), int(rows[-1]) + 1
    made[top:end] = _filled(seen[top:end], None if below is None else below - top * FINE, axis)
    return made


def _filled(seen: Mask, below: float | None, axis: float) -> Mask:
    column = round((axis - LOW[0]) / FINE)
    left, right = seen[:, :column], seen[:, column:]
    gap_left = column - 1 - np.argmax(left[:, ::-1], 1)
    gap_right = column + np.argmax(right, 1)
    both = left.any(1) & right.any(1)
    across = np.arange(seen.shape[1])
    gap = both[:, None] & (across > gap_left[:, None]) & (across < gap_right[:, None])
    over = np.maximum.accumulate(seen, 0)
    if below is not None:
        over = over | (np.arange(seen.shape[0]) * FINE + LOW[1] >= below)[:, None]
    return np.asarray(seen | (gap & over))


def outlines(seen: Mask, least: float = 60.0) -> list[Points]:
    """The outlines of a mask's pieces, the largest first, in canvas units; pieces smaller than ``least`` square units are left out."""
    found, _ = cv2.findContours(seen.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    big = sorted((one for one in found if cv2.contourArea(one) * FINE**2 >= least), key=cv2.contourArea, reverse=True)
    return [_smoothed(one[:, 0].astype(float) + 0.5) * FINE + LOW for one in big]


def _smoothed(xy: Points) -> Points:
    reach = round(3 * SOFT)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SOFT) ** 2)
    kernel /= kernel.sum()
    if len(xy) <= 2 * reach:
        return xy
    around = np.concatenate([xy[-reach:], xy, xy[:reach]])
    smooth = np.stack([np.convolve(around[:, i], kernel, "valid") for i in (0, 1)], 1)
    return np.asarray(smooth[::3])


def area(xy: Points) -> float:
    x, y = xy[:, 0], xy[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def box(shapes: Iterable[Placed]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all the shapes together."""
    points = np.concatenate([one.xy for one in shapes])
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return float(left), float(top), float(right), float(bottom)


def by(shapes: Sequence[Placed], key: Callable[[Placed], object]) -> Iterator[list[Placed]]:
    """The shapes in groups of the same key, in the order in which each key comes first."""
    groups: dict[object, list[Placed]] = {}
    for one in shapes:
        groups.setdefault(key(one), []).append(one)
    yield from groups.values()
