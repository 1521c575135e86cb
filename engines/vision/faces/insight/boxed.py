"""The crop of buffalo_l's landmark and attribute networks: upright, two thirds of it the face's box."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import Aligned
from engines.vision.faces.cut import cut

ROOM = 1.5


def boxed(rgb: Bytes, box: tuple[float, float, float, float] | Floats, side: int) -> Aligned:
    """``rgb`` uint8 HxWx3 around a box (left, top, right, bottom), at ``side`` pixels; black outside the picture."""
    left, top, right, bottom = (float(edge) for edge in box)
    scale = side / max(max(right - left, bottom - top) * ROOM, 1e-6)
    x, y = (left + right) / 2, (top + bottom) / 2
    forth = np.array([[scale, 0, side / 2 - x * scale], [0, scale, side / 2 - y * scale]])
    return Aligned(cut(rgb, forth, side, border=cv2.BORDER_CONSTANT), forth)
