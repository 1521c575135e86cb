"""Glasses on an unrolled face: thin lines around the eyes where a face has none of its own."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.skin import falling
from engines.vision.faces.texture import features, flat_points, map_size

Floats = NDArray[np.float32]

FRAME = 17
RIM = (0.08, 0.16)
LEAST = 0.12
SURE, LONG = 0.12, 60
BRIGHT = 0.8
ROOM = 7
BROWS, NOSE_TIP = (66, 296, 105, 334, 10), 4


def glasses(stops: Floats) -> Floats | None:
    """How far glasses cover each place, float32 hxw of 0..1, or None where there are none to be seen.

    ``stops`` is the logarithm of luma on the flat map. Rims are thin and long, darker or brighter than the skin, and pass
    below the eyes or over the nose, where a face has no such lines. Glasses without a rim aren't found.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (FRAME, FRAME))
    soft = cv2.GaussianBlur(stops, (0, 0), 1)
    dark = cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, kernel)
    line = np.maximum(dark, BRIGHT * cv2.morphologyEx(soft, cv2.MORPH_TOPHAT, kernel)) * around_eyes()
    long = _long(line > SURE)
    if rim_share(long & (line > SURE)) < LEAST:
        return None
    rims = np.where(long, 1 - falling(line, *RIM), 0).astype(np.float32)
    wide = cv2.dilate(rims, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (ROOM, ROOM)))
    return cv2.GaussianBlur(wide, (0, 0), 1.5) * (1 - features(1, 1.5))


def rim_share(lines: NDArray[np.bool_]) -> float:
    """How much of the places away from eyes and brows the lines take."""
    far = around_eyes() * (1 - features(12, 1.5)) > 0.5
    return float((lines & far).sum() / far.sum())


def _long(lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected lines that reach far, and what is near them."""
    near = np.ones((5, 5), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(lines.astype(np.uint8), near))
    kept = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= LONG
    kept[0] = False
    return kept[labels] if count > 1 else np.zeros_like(lines)


@cache
def around_eyes() -> NDArray[np.float32]:
    """1 where glasses sit: from the brows to the nose's tip, without eyes and brows, float32 hxw."""
    zone = np.zeros(map_size(), np.float32)
    tops = flat_points()[list(BROWS), 1]
    middle = (tops[:4].min() * 3 + tops[4]) / 4
    zone[int(middle) : int(flat_points()[NOSE_TIP, 1])] = 1
    return zone * (1 - features(1, 1.5))
