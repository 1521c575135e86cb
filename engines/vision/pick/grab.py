"""Finding the outline of something by the colours in and around it (GrabCut: Rother, Kolmogorov & Blake 2004)."""

from collections.abc import Sequence

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.pick.hints import Flags, Hints, Point

SIDE = 448
"""Longer side at which a picture is looked at."""
ROOM = 0.2
"""How much of the box's size is looked at around it."""
ROUNDS = 4
DISC = 0.012
"""Radius around a point that is of the same thing, as a share of the longer side."""
SMALLEST = 4
SPECK = 0.01
GRAIN = 4.0
"""Noise that keeps a flat colour from being taken so exactly that the traces of compression beside it are something else."""


def grab(rgb: Bytes, hints: Hints) -> Floats:
    """float32 HxW: 1 where the thing is, 0 where it isn't, soft between. ``rgb`` uint8 HxWx3."""
    top, left, bottom, right = _window(hints)
    part = np.ascontiguousarray(rgb[top:bottom, left:right])
    if min(part.shape[:2]) < SMALLEST:
        return hints.obeyed(np.ones(rgb.shape[:2], np.float32))
    factor = min(SIDE / max(part.shape[:2]), 1.0)
    small = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    labels = _labels(hints, (top, left, bottom, right), small)
    found = _grabbed(small, labels)
    found = _meant(
        found, *(_scaled(points, left, top, factor, small.shape) for points in (hints.inside, hints.outside))
    )
    whole = np.zeros(rgb.shape[:2], np.float32)
    whole[top:bottom, left:right] = cv2.resize(found.astype(np.float32), (right - left, bottom - top))
    return hints.obeyed(whole)


def _window(hints: Hints) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what is looked at: the box with some room, or everything."""
    if hints.box is None:
        return 0, 0, hints.height, hints.width
    left, top, right, bottom = hints.box
    beside, above = round((right - left) * ROOM) + 2, round((bottom - top) * ROOM) + 2
    return (
        max(top - above, 0),
        max(left - beside, 0),
        min(bottom + above, hints.height),
        min(right + beside, hints.width),
    )


def _labels(hints: Hints, window: tuple[int, int, int, int], small: Bytes) -> Bytes:
    """What is known of each pixel, in GrabCut's terms."""
    top, left, bottom, right = window
    height, width = small.shape[:2]
    factor = width / (right - left)
    x0, y0, x1, y1 = (
        round((value - start) * factor) for value, start in zip(hints.framed, (left, top) * 2, strict=True)
    )
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    labels[max(y0, 0) : max(y1, y0 + 1), max(x0, 0) : max(x1, x0 + 1)] = cv2.GC_PR_FGD
    inside, outside = (_scaled(points, left, top, factor, small.shape) for points in (hints.inside, hints.outside))
    if inside and hints.box is None:
        _by_colour(labels, small, inside, outside)
    if hints.on is not None and hints.off is not None:
        if hints.rough is None and hints.box is None:
            labels[labels == cv2.GC_BGD] = cv2.GC_PR_BGD
        place = (slice(top, bottom), slice(left, right))
        for flags, value in ((hints.off, cv2.GC_BGD), (hints.on, cv2.GC_FGD)):
            labels[cv2.resize(flags[place].astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0] = (
                value
            )
    radius = max(round(DISC * max(height, width)), 1)
    for points, value in ((outside, cv2.GC_BGD), (inside, cv2.GC_FGD)):
        for point in points:
            cv2.circle(labels, point, radius, value, -1)
    return labels


def _by_colour(labels: Bytes, small: Bytes, inside: list[Point], outside: list[Point]) -> None:
    """Where only points are known, what is nearer in colour to the picture's rim than to them is likelier background."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), 1.5)
    own = np.array([soft[y, x] for x, y in inside])
    rim = np.concatenate(
        [soft[0], soft[-1], soft[:, 0], soft[:, -1], np.array([soft[y, x] for x, y in outside]).reshape(-1, 3)]
    )
    near, far = (_apart(soft, colours) for colours in (own, rim[:: max(len(rim) // 48, 1)]))
    labels[(labels == cv2.GC_PR_FGD) & (far < near)] = cv2.GC_PR_BGD


def _apart(picture: Floats, colours: Floats) -> Floats:
    """How far each pixel is from the nearest of the colours."""
    return np.asarray(np.min([((picture - colour) ** 2).sum(-1) for colour in colours], axis=0))


def _grabbed(small: Bytes, labels: Bytes) -> Flags:
    """What GrabCut takes for the thing; where only one of the two is known there is nothing to compare."""
    front = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if front.all() or not front.any():
        return front
    cv2.setRNGSeed(1)
    grain = np.random.default_rng(1).normal(0, GRAIN, small.shape)
    small = np.clip(small + grain + 0.5, 0, 255).astype(np.uint8)
    cv2.grabCut(small, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _without_specks(flags: Flags) -> Flags:
    """Without pieces that are less than a hundredth of the largest one."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(flags.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = areas >= SPECK * max(areas[1:count], default=0)
    kept[0] = False
    return np.asarray(kept[numbers])


def _meant(found: Flags, inside: list[Point], outside: list[Point]) -> Flags:
    """Of the pieces that were found those with a point inside; without such points, all but those with a point outside."""
    whole = found.astype(np.uint8)
    for point in outside:
        cv2.circle(whole, point, max(round(DISC * max(found.shape)), 1) + 1, 1, -1)
    _, numbers = cv2.connectedComponents(whole)
    wanted, unwanted = ({int(numbers[y, x]) for x, y in points} - {0} for points in (inside, outside))
    kept = found & (np.isin(numbers, [*wanted]) if wanted else ~np.isin(numbers, [*unwanted]))
    return kept if kept.any() else found


def _scaled(points: Sequence[Point], left: int, top: int, factor: float, small: tuple[int, ...]) -> list[Point]:
    """The points as they lie in what is looked at, without those beside it."""
    found = ((int((x - left) * factor), int((y - top) * factor)) for x, y in points)
    return [(x, y) for x, y in found if 0 <= x < small[1] and 0 <= y < small[0]]
