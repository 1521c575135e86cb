"""A small upright picture of a part of a large one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes


def cut(rgb: Bytes, forth: NDArray[np.float64], side: int, *, border: int = cv2.BORDER_CONSTANT) -> Bytes:
    """The square of ``side`` pixels, uint8 side x side x 3, to which ``forth`` (2x3: turn, scale and shift) brings ``rgb``.

    Where it shrinks to less than half, the pixels that fall together are averaged first. ``border``: OpenCV's way of
    filling what lies outside the picture.
    """
    step = int(1 / max(float(np.hypot(forth[0, 0], forth[0, 1])), 1e-3))
    if step < 2:
        return cv2.warpAffine(rgb, forth, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
    back = cv2.invertAffineTransform(forth)
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)]) @ back[:, :2].T + back[:, 2]
    left, top = (max(int(edge) - 2 * step, 0) for edge in corners.min(0))
    right, bottom = (max(int(edge) + 2 * step, 0) for edge in corners.max(0))
    near = rgb[top:bottom, left:right]
    height, width = near.shape[0] // step, near.shape[1] // step
    if height == 0 or width == 0:
        return np.zeros((side, side, 3), np.uint8)
    small = cv2.resize(near[: height * step, : width * step], (width, height), interpolation=cv2.INTER_AREA)
    first = np.array([left, top]) + (step - 1) / 2
    matrix = np.hstack([forth[:, :2] * step, (forth[:, :2] @ first + forth[:, 2])[:, None]])
    return cv2.warpAffine(small, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
