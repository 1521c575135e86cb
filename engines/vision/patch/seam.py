"""Filling in without a seam: differences at a border spread evenly inward, as a soap film would (Pérez et al. 2003)."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats

SWEEPS = 6
SMALLEST = 2
CROSS = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)


def film(values: Floats, known: Floats) -> Floats:
    """float32 HxWxC whose unknown pixels are as smooth as the known ones allow; ``known`` float32 HxW of 0 and 1.

    Coarse sizes first, each the beginning of the next finer one.
    """
    height, width = known.shape
    found = values * known[..., None]
    if min(height, width) <= SMALLEST or known.all():
        share = known.sum()
        mean = found.sum((0, 1)) / share if share else np.zeros(values.shape[2], np.float32)
        return np.where(known[..., None] > 0, values, mean).astype(np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small = _flat(cv2.resize(found, size, interpolation=cv2.INTER_AREA)) / np.maximum(weight, 1e-6)[..., None]
    coarse = film(small, (weight > 0).astype(np.float32))
    wide = _flat(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    open_ = known[..., None] == 0
    made = np.where(open_, wide, values).astype(np.float32)
    for _ in range(SWEEPS):
        made = np.where(open_, _flat(cv2.filter2D(made, -1, CROSS, borderType=cv2.BORDER_REPLICATE)), made)
    return made


def grown(mask: Bytes, radius: int) -> Bytes:
    """uint8 mask of 0 and 1 that reaches ``radius`` pixels further."""
    return np.asarray(cv2.dilate(mask, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)), np.uint8)


def _flat(picture: Floats) -> Floats:
    """OpenCV drops a last axis of one."""
    return picture if picture.ndim == 3 else picture[..., None]
