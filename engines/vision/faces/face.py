"""A face as the studio knows it: a box with a tilt, and 478 landmarks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LANDMARKS = 478
# Indices of MediaPipe's face mesh. "Right" and "left" are the person's own.
RIGHT_EYE = (33, 133)
LEFT_EYE = (362, 263)
NOSE_TIP = 1
MOUTH_CORNERS = (61, 291)
LIPS = (13, 14)
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A detection: centre and size (the head's longer side) in pixels, tilt in radians (clockwise), score 0..1."""

    x: float
    y: float
    size: float
    tilt: float
    score: float


@dataclass(frozen=True)
class Face:
    """``points`` float32 478x3: x and y in pixels of the picture, z in the same unit (smaller is nearer)."""

    points: Floats

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels."""
        (left, top), (right, bottom) = self.points[:, :2].min(0), self.points[:, :2].max(0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def size(self) -> float:
        """The longer side of the box in pixels."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    @property
    def eyes(self) -> tuple[Floats, Floats]:
        """Middle of the right and of the left eye, x and y."""
        xy = self.points[:, :2]
        return xy[list(RIGHT_EYE)].mean(0), xy[list(LEFT_EYE)].mean(0)

    @property
    def gape(self) -> float:
        """How far the lips are apart, as a part of the mouth's width: 0 is closed, 0.3 talks, 0.5 and more laughs or screams."""
        upper, lower, right, left = self.points[[*LIPS, *MOUTH_CORNERS], :2]
        return float(np.linalg.norm(upper - lower) / max(float(np.linalg.norm(right - left)), 1e-6))

    @property
    def tilt(self) -> float:
        """Angle of the line between the eyes in radians, clockwise; 0 is upright."""
        right, left = self.eyes
        return float(np.arctan2(left[1] - right[1], left[0] - right[0]))

    @property
    def turn(self) -> float:
        """How far the head looks aside: -1 (profile to one side) to 1; 0 is frontal. From the depth of the two cheeks."""
        across = self.points[454] - self.points[234]
        flat = float(np.hypot(across[0], across[1]))
        return float(np.arctan2(across[2], max(flat, 1e-6)) / (np.pi / 2))

    @property
    def five(self) -> Floats:
        """Eyes, nose tip and mouth corners, float32 5x2, in the order of ArcFace's template (the picture's left first)."""
        right, left = self.eyes
        xy = self.points[:, :2]
        return np.stack([right, left, xy[NOSE_TIP], xy[MOUTH_CORNERS[0]], xy[MOUTH_CORNERS[1]]]).astype(np.float32)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def inside(face: Face, shape: tuple[int, ...]) -> float:
    """Share of the landmarks that lie in a picture of this shape (height, width, ...), 0..1."""
    x, y = face.points[:, 0], face.points[:, 1]
    return float(((x >= 0) & (y >= 0) & (x < shape[1]) & (y < shape[0])).mean())
