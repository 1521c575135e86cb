"""The faces of a picture: detections that have a mesh, one each."""

from collections.abc import Callable
from typing import Any

from engines.arrays import Bytes
from engines.vision.faces.face import Face, overlap

ONE_FACE = 0.2
"""Two meshes that overlap by this are one face read twice, once perhaps upside down."""


def find_faces(rgb: Bytes, detector: Any, mesh: Callable[..., Face | None], *, thorough: bool = False) -> list[Face]:
    """``rgb`` uint8 HxWx3. The surest first; what has no landmarks is no face, and two meshes in one place are one."""
    found: list[Face] = []
    for near in detector(rgb, thorough=thorough):
        face = mesh(rgb, near)
        if face is not None and all(overlap(face.box, other.box) < ONE_FACE for other in found):
            found.append(face)
    return found
