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


def parse(text: str, key: str, file: str) -> tuple[Points, list[bool], list[bool]]:
    """``"412,300 430,280! 450,300~"`` -> points (n, 2), which are corners (``!``), after which the line is lifted (``~``)."""
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
    if len(points) < 2:
        raise BadInput("figure.few_points", file=file, what=key)
    return np.array(points), corners, lifts


def whole(text: str, key: str, file: str) -> str:
    """The points of a symmetric shape from those of its left half, which runs from the middle above to the middle below."""
    points, corners, lifts = parse(text, key, file)
    words = text.split()
    for i in range(len(points) - 1, -1, -1):
        if points[i, 0] != MIDDLE:
            lifted = i > 0 and lifts[i - 1]
            words.append(f"{2 * MIDDLE - points[i, 0]},{points[i, 1]}{'!' * corners[i]}{'~' * lifted}")
    return " ".join(words)


def closed(text: str, key: str, file: str) -> Curve:
    """The closed curve through the points in ``text``; two corners in a row are joined by a straight line."""
    points, corners, lifts = parse(text, key, file)
    count = len(points)
    if count < 3:
        raise BadInput("figure.few_points", file=file, what=key)
    xy, lifted = [], []
    for i in range(count):
        span = _span(points, corners, i, closed_loop=True)
        xy.append(span)
        lifted.append(np.full(len(span), lifts[i]))
    return Curve(np.concatenate(xy), np.concatenate(lifted))


def opened(text: str, key: str, file: str) -> Points:
    """The open curve through the points in ``text``, (n, 2)."""
    points, corners, _ = parse(text, key, file)
    corners[0] = corners[-1] = True
    spans = [_span(points, corners, i, closed_loop=False) for i in range(len(points) - 1)]
    return np.concatenate([*spans, points[-1:]])


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


def _span(points: Points, corners: list[bool], i: int, *, closed_loop: bool) -> Points:
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
