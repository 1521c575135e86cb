"""The faces of a picture: detections that have a mesh, one each."""

import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.detect import SAME, Detector
from engines.vision.faces.face import Face, overlap
from engines.vision.faces.mesh import Mesh


def find_faces(rgb: NDArray[np.uint8], detector: Detector, mesh: Mesh, *, thorough: bool = False) -> list[Face]:
    """``rgb`` uint8 HxWx3. The surest first; what has no landmarks is no face, and two meshes in one place are one."""
    found: list[Face] = []
    for near in detector(rgb, thorough=thorough):
        face = mesh(rgb, near)
        if face is not None and all(overlap(face.box, other.box) < SAME for other in found):
            found.append(face)
    return found
