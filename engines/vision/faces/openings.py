"""What a face holds open: its eyes and its mouth."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.layout import INNER_LIPS, LEFT_EYE_RING, RIGHT_EYE_RING

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SHIFT = 4
SHUT, OPEN = 0.006, 0.014


def opening(points: Floats, ring: tuple[int, ...]) -> float:
    """How far an eye or the mouth is open, 0..1: its mean height in sizes of the face. ``points`` float32 478x2."""
    outline = points[list(ring)].astype(np.float32)
    area = cv2.contourArea(outline) / max(float(np.ptp(outline, axis=0).max()), 1e-3)
    return float(np.clip((area / float(np.ptp(points, axis=0).max()) - SHUT) / (OPEN - SHUT), 0, 1))


def openings(points: Floats, height: int, width: int) -> Bytes:
    """255 in the eyes and in the open mouth, uint8 HxW, soft by a hundredth of the face; 0 where they are shut. ``points`` float32 478x2."""
    holes = np.zeros((height, width), np.uint8)
    for ring in (RIGHT_EYE_RING, LEFT_EYE_RING, INNER_LIPS):
        outline = np.rint(points[list(ring)] * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(holes, [outline], round(255 * opening(points, ring)), cv2.LINE_AA, SHIFT)
    softness = max(float(np.ptp(points, axis=0).max()) / 200, 0.5)
    return np.asarray(cv2.GaussianBlur(holes, (0, 0), softness))
