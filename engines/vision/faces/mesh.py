"""The 478 landmarks of a face, by MediaPipe's face mesh on an upright crop of our own."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Face, Found
from engines.vision.faces.lent import Lent

Bytes = NDArray[np.uint8]

SIDE = 288
ROOM = 1.9
AGAIN_ABOVE = 0.2
SURE = 0.3


@dataclass(frozen=True)
class Crop:
    """A turned square of a picture: centre, side and tilt (radians, clockwise)."""

    x: float
    y: float
    side: float
    tilt: float

    def matrix(self, size: int) -> NDArray[np.float64]:
        """2x3: picture coordinates → coordinates of the crop at ``size`` pixels a side."""
        scale = size / self.side
        cos, sin = np.cos(self.tilt) * scale, np.sin(self.tilt) * scale
        return np.array(
            [
                [cos, sin, size / 2 - cos * self.x - sin * self.y],
                [-sin, cos, size / 2 + sin * self.x - cos * self.y],
            ]
        )


class Mesh:
    """Landmarks by Kartynnik et al. 2019 with the attention mesh of Grishchenko et al. 2020. Any thread may call it."""

    def __init__(self) -> None:
        self._graphs = Lent(_graph)

    def __call__(self, rgb: Bytes, near: Found | Face) -> Face | None:
        """The face near a detection, or near where it was a frame ago; None where there is none.

        ``rgb`` uint8 HxWx3. A crop that turned out askew is cut anew, once.
        """
        crop = crop_of(near)
        face = self._read(rgb, crop)
        if face is not None and abs(_wrapped(face.tilt - crop.tilt)) > AGAIN_ABOVE:
            face = self._read(rgb, crop_of(face)) or face
        return face

    def _read(self, rgb: Bytes, crop: Crop) -> Face | None:
        forth = crop.matrix(SIDE)
        shrinks = crop.side > SIDE
        picture = cv2.warpAffine(rgb, forth, (SIDE, SIDE), flags=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        with self._graphs.one() as graph:
            meshes = graph.process(picture).multi_face_landmarks
        if not meshes:
            return None
        points = np.array([(p.x * SIDE, p.y * SIDE, p.z * SIDE) for p in meshes[0].landmark], np.float32)
        back = cv2.invertAffineTransform(forth)
        points[:, :2] = points[:, :2] @ back[:, :2].T + back[:, 2]
        points[:, 2] *= crop.side / SIDE
        return Face(points)


def crop_of(near: Found | Face) -> Crop:
    """The square to look at: the head with room around it, upright."""
    if isinstance(near, Found):
        return Crop(near.x, near.y, near.size * ROOM, near.tilt)
    left, top, right, bottom = near.box
    return Crop((left + right) / 2, (top + bottom) / 2, near.size * ROOM * 0.85, near.tilt)


def _wrapped(angle: float) -> float:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _graph() -> Any:
    from mediapipe.python.solutions.face_mesh import FaceMesh

    return FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=SURE)
