"""Closed curves and tapered strokes through points, as dense polylines that can be bent afterwards.

The curve is the centripetal Catmull-Rom spline (Yuksel, Schaefer, Keyser 2011), which neither loops nor overshoots between unevenly
spaced points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import BadInput

Points = NDArray[np.float64]
STEP = 4.0
LEAST = 4
MIDDLE = 500.0


@dataclass(frozen=True, eq=False)
class Curve:
    """A closed outline: ``xy`` (n, 2) in canvas units, ``lifted`` (n,) bool: from there to the next no line is drawn."""

    xy: Points
    lifted: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Knots:
    """What a shape or stroke goes through: ``xy`` (n, 2), which points are corners, and after which the line is lifted."""

    xy: Points
    corners: tuple[bool, ...]
    lifts: tuple[bool, ...]


def parse(text: str, least: int, key: str, file: str) -> Knots:
    """``"412,300 430,280! 450,300~"``, at least ``least`` points: ``!`` marks a corner, ``~`` lifts the line."""
    points, corners, lifts = [], [], []
    for word in text.split():
        bare = word.rstrip("!~")
        try:
            x, y = bare.split(",")
            points.append((float(x), float(y)))
        except ValueError as error:
            raise BadInput("figure.bad_point", file=file, what=key, value=word) from error
        marks = word[len(bare) :]
        corners.append("!" in marks)
        lifts.append("~" in marks)
    if len(points) < least:
        raise BadInput("figure.few_points", file=file, what=key)
    return Knots(np.array(points), tuple(corners), tuple(lifts))


def whole(half: Knots) -> Knots:
    """A symmetric shape from its left half, which runs from the middle above to the middle below."""
    back = [i for i in range(len(half.xy) - 1, -1, -1) if half.xy[i, 0] != MIDDLE]
    other = half.xy[back] * np.array([-1.0, 1.0]) + np.array([2 * MIDDLE, 0.0])
    return Knots(
        np.concatenate([half.xy, other]),
        (*half.corners, *(half.corners[i] for i in back)),
        (*half.lifts, *(i > 0 and half.lifts[i - 1] for i in back)),
    )


def closed(knots: Knots) -> Curve:
    """The closed curve through the knots; two corners in a row are joined by a straight line."""
    spans = [_span(knots.xy, knots.corners, i, closed_loop=True) for i in range(len(knots.xy))]
    lifted = [np.full(len(span), lift) for span, lift in zip(spans, knots.lifts, strict=True)]
    return Curve(np.concatenate(spans), np.concatenate(lifted))


def opened(knots: Knots) -> Points:
    """The open curve through the knots, (n, 2)."""
    corners = (True, *knots.corners[1:-1], True)
    spans = [_span(knots.xy, corners, i, closed_loop=False) for i in range(len(knots.xy) - 1)]
    return np.concatenate([*spans, knots.xy[-1:]])


def ellipse(values: list[float]) -> Curve:
    """An ellipse from centre x, y, radii and (optional) turn in degrees."""
    x, y, rx, ry = values[:4]
    turn = np.deg2rad(values[4] if len(values) > 4 else 0.0)
    count = max(16, int(2 * np.pi * max(rx, ry) / STEP))
    around = np.linspace(0, 2 * np.pi, count, endpoint=False)
    local = np.stack([rx * np.cos(around), ry * np.sin(around)], 1)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return Curve(local @ spin + (x, y), np.zeros(count, bool))


def ribbon(line: Points, widths: list[float]) -> Points:
    """The outline (2n, 2) of a brush stroke along ``line`` whose width goes through ``widths``, evenly spaced along it.

    Between two widths it swells and thins as a quarter of a sine, so that ends of width 0 are pointed and the middle is full.
    """
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    along = along / max(along[-1], 1e-9)
    half = profile(along, widths) / 2
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    return np.concatenate([line + normal * half[:, None], (line - normal * half[:, None])[::-1]])


def profile(along: NDArray[np.float64], widths: list[float]) -> NDArray[np.float64]:
    """The width at each place ``along`` (0..1) the stroke."""
    if len(widths) == 1:
        return np.full(len(along), widths[0])
    place = np.clip(along, 0, 1) * (len(widths) - 1)
    index = np.minimum(place.astype(int), len(widths) - 2)
    rest = place - index
    first, second = np.array(widths)[index], np.array(widths)[index + 1]
    rising = first + (second - first) * np.sin(rest * np.pi / 2)
    falling = second + (first - second) * np.cos(rest * np.pi / 2)
    return np.where(second >= first, rising, falling)


def tufts(curve: Curve, size: float) -> Curve:
    """The outline with fur: tufts of about ``size`` stand out of it, leaning along it, the same each time."""
    xy = np.concatenate([curve.xy, curve.xy[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    count = max(6, int(along[-1] / (size * 1.5)))
    wobble = np.array([0.0, 0.35, -0.2, 0.25, -0.3, 0.1, -0.1])[np.arange(count) % 7]
    base = (np.arange(count) + wobble) / count * along[-1]
    valley = _at(xy, along, base)
    tip_place = base + size * 1.35
    ahead = _at(xy, along, (tip_place + 2) % along[-1]) - _at(xy, along, (tip_place - 2) % along[-1])
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    area = np.sum(xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1])
    outward = np.stack([ahead[:, 1], -ahead[:, 0]], 1) * (1 if area > 0 else -1)
    reach = size * (0.8 + 0.3 * wobble)[:, None]
    tip = _at(xy, along, tip_place % along[-1]) + outward * reach
    middle = (valley + tip) / 2 + outward * reach * 0.22
    jagged = np.stack([valley, middle, tip], 1).reshape(-1, 2)
    return Curve(jagged, np.zeros(len(jagged), bool))


def _at(xy: Points, along: NDArray[np.float64], place: NDArray[np.float64]) -> Points:
    return np.stack([np.interp(place, along, xy[:, 0]), np.interp(place, along, xy[:, 1])], 1)


def _span(points: Points, corners: tuple[bool, ...], i: int, *, closed_loop: bool) -> Points:
    count = len(points)
    here, there = points[i], points[(i + 1) % count]
    length = float(np.hypot(*(there - here)))
    steps = max(LEAST, int(np.ceil(length / STEP)))
    t = (np.arange(steps) / steps)[:, None]
    if corners[i] and corners[(i + 1) % count]:
        return here + (there - here) * t
    before = None if corners[i] else points[i - 1]
    after = None if corners[(i + 1) % count] else points[(i + 2) % count if closed_loop else min(i + 2, count - 1)]
    m0, m1 = _tangents(before, here, there, after)
    t2, t3 = t * t, t * t * t
    return (2 * t3 - 3 * t2 + 1) * here + (t3 - 2 * t2 + t) * m0 + (3 * t2 - 2 * t3) * there + (t3 - t2) * m1


def _tangents(before: Points | None, here: Points, there: Points, after: Points | None) -> tuple[Points, Points]:
    d1 = max(float(np.hypot(*(there - here))) ** 0.5, 1e-6)
    m0 = m1 = None
    if before is not None:
        d0 = max(float(np.hypot(*(here - before))) ** 0.5, 1e-6)
        m0 = d1 * ((here - before) / d0 - (there - before) / (d0 + d1) + (there - here) / d1)
    if after is not None:
        d2 = max(float(np.hypot(*(after - there))) ** 0.5, 1e-6)
        m1 = d1 * ((there - here) / d1 - (after - here) / (d1 + d2) + (after - there) / d2)
    if m0 is None:
        m0 = 1.5 * (there - here) - 0.5 * m1 if m1 is not None else there - here
    if m1 is None:
        m1 = 1.5 * (there - here) - 0.5 * m0
    return m0, m1
