"""Where the picture is: within black bars, or within a page that it was photographed from."""

import cv2
import numpy as np

from engines.arrays import Bytes

Box = tuple[int, int, int, int]
"""top, bottom, left, right."""

DARK, BRIGHTEST = 28, 40
MOST_BAR = 0.42
SIDE = 240
UNLIKE = 14
LEAST_PART, MOST_PART = 0.06, 0.9
FULL = 0.55
DEPTH = 3


def without_bars(grey: Bytes) -> Box:
    """Of uint8 HxW: the box inside of even dark bars along its sides; all of it where that would leave nearly nothing."""
    bars = []
    height, width = grey.shape
    for axis, lines in ((1, grey[:, :: max(width // 320, 1)]), (0, grey[:: max(height // 320, 1)])):
        dark = (lines.max(axis=axis) <= BRIGHTEST) & (lines.mean(axis=axis) <= DARK)
        inside = np.nonzero(~dark)[0]
        size = len(dark)
        first, last = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, size)
        if first > MOST_BAR * size or size - last > MOST_BAR * size:
            first, last = 0, size
        bars += [first, last]
    top, bottom, left, right = bars
    return top, bottom, left, right


def pictured(rgb: Bytes) -> Box | None:
    """Of uint8 HxWx3, a screenshot perhaps: the largest thing on it that fills a box and isn't the page, if there is one."""
    height, width = rgb.shape[:2]
    scale = min(SIDE / max(height, width), 1.0)
    small = rgb if scale > 0.25 else cv2.resize(rgb, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(
        small, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA
    )
    top, bottom, left, right = 0, small.shape[0], 0, small.shape[1]
    for _ in range(DEPTH):
        inner = _largest(small[top:bottom, left:right])
        if inner is None:
            break
        top, bottom, left, right = top + inner[0], top + inner[1], left + inner[2], left + inner[3]
    part = (bottom - top) * (right - left) / (small.shape[0] * small.shape[1])
    if not LEAST_PART <= part <= MOST_PART:
        return None
    grown = np.array([top, bottom, left, right]) / scale
    return round(grown[0]), min(round(grown[1]), height), round(grown[2]), min(round(grown[3]), width)


def _largest(page: Bytes) -> Box | None:
    """The largest connected part that differs from what is most common along the page's sides."""
    height, width = page.shape[:2]
    if min(height, width) < 16:
        return None
    rim = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]]).astype(np.int16)
    paper = np.median(rim, axis=0)
    if (np.abs(rim - paper).max(axis=1) <= UNLIKE).mean() < 0.5:
        return None
    low, high = (np.clip(paper + sign * UNLIKE, 0, 255) for sign in (-1, 1))
    unlike = cv2.bitwise_not(cv2.inRange(page, low, high))
    count, _, stats, _ = cv2.connectedComponentsWithStats(unlike, connectivity=4)
    if count < 2:
        return None
    left, top, broad, tall, area = (int(value) for value in stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())])
    if area < FULL * broad * tall or broad * tall > 0.98 * height * width:
        return None
    return top, top + tall, left, left + broad
