"""Colours where nothing is to be seen: fully transparent pixels have arbitrary ones, which would bleed into their neighbours."""

import cv2
import numpy as np

from engines.arrays import Bytes

REACHES = (1, 3, 9)
FARTHEST = REACHES[-1]


def filled(rgba: Bytes) -> Bytes:
    """uint8 HxWx4 to HxWx3: transparent pixels take the mean colour of what is seen around them, from the nearest ring that has any.

    What is more than ``FARTHEST`` pixels from anything keeps its colour.
    """
    colours, alpha = np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])
    empty = alpha == 0
    if not empty.any() or empty.all():
        return colours
    weight = alpha.astype(np.float32)
    weighted = colours.astype(np.float32) * weight[..., None]
    found = colours.copy()
    for reach in REACHES:
        window = (2 * reach + 1, 2 * reach + 1)
        near = _total(weight, window)
        here = empty & (near > 0)
        found[here] = np.rint(_total(weighted, window)[here] / near[here][:, None]).astype(np.uint8)
        empty &= ~here
    return found


def _total(values: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """Sums over windows, outside counts as nothing."""
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, window, normalize=False, borderType=cv2.BORDER_CONSTANT))
