"""A large picture brought down to a size, strip by strip, so that no second large one comes to be."""

from math import ceil, floor

import numpy as np
from PIL import Image

from engines.arrays import Bytes

STRIP = 256
REACH = 3
"""Lanczos looks so many pixels of the result to each side."""


def reduced(picture: Bytes, width: int, height: int) -> Bytes:
    """uint8 HxWx3 or HxWx4 at a smaller size, by Lanczos, as Pillow does it at once; as it is where it has that size."""
    tall, wide = picture.shape[:2]
    if (tall, wide) == (height, width):
        return picture
    result = np.empty((height, width, picture.shape[2]), np.uint8)
    ratio = tall / height
    margin = ceil(REACH * ratio) + 1
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        first = max(0, floor(top * ratio) - margin)
        last = min(tall, ceil(bottom * ratio) + margin)
        strip = Image.fromarray(np.ascontiguousarray(picture[first:last]))
        box = (0, top * ratio - first, wide, min(bottom * ratio, tall) - first)
        result[top:bottom] = np.asarray(strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box))
    return result
