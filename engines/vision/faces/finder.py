"""What finds faces, reads their landmarks, and knows whose they are, together."""

from dataclasses import dataclass, field
from typing import Any

from engines.arrays import Bytes
from engines.vision.faces.detect import Detector, Detects
from engines.vision.faces.face import Face
from engines.vision.faces.find import find_faces
from engines.vision.faces.identity import Identity, Recogniser
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.mesh import Mesh
from engines.vision.faces.track import Tracker

FINDER = "faces"
"""Its key among the resident models."""


@dataclass(frozen=True)
class Finder:
    """The parts may be called from several threads; a tracker serves one film.

    ``mesh`` reads faces in pictures, where nothing is known yet; ``landmarks`` those that are followed through a film.
    """

    detector: Detects = field(default_factory=Detector)
    mesh: Mesh = field(default_factory=Mesh)
    landmarks: Landmarks = field(default_factory=Landmarks)
    identity: Recogniser = field(default_factory=Identity)
    name: str = "own"

    def faces(self, rgb: Bytes) -> list[Face]:
        """The faces of a picture (uint8 HxWx3), small and turned ones too, the surest first."""
        return find_faces(rgb, self.detector, self.mesh, thorough=True)

    def tracker(self, *, known: bool = True) -> Tracker[Any]:
        """For a film; ``known`` False: nobody's identity is read."""
        return Tracker(self.detector, self.landmarks, self.identity if known else None)
