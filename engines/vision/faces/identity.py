"""Whose face it is: dlib's embedding, and distances between faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.align import similarity
from engines.vision.faces.cut import cut
from engines.vision.faces.face import Face
from engines.vision.faces.lent import Lent
from studio.errors import Unavailable

Bytes = NDArray[np.uint8]
Embedding = NDArray[np.float32]

CHIP = 150.0
SAME_PERSON = 0.6
NETWORK = "dlib_face_recognition_resnet_model_v1.dat"
# Where dlib's own chip (get_face_chip at padding 0.25) has the mesh's outer and inner corners of the eyes and the base of the nose,
# as parts of its side: measured over 18 faces, spread below 0.011.
TEMPLATE = np.array(
    [[0.2453, 0.3049], [0.4008, 0.3198], [0.7447, 0.3060], [0.5923, 0.3187], [0.4941, 0.5844]], np.float64
)
CORNERS = (33, 133, 263, 362, 2)


@dataclass(frozen=True)
class Limits:
    """Distances of embeddings up to which two are taken for one person.

    ``same``: a face in the place of one that was just seen. ``one_person``: means of several views. ``surely``: enough to
    join them before the rest is known. ``maybe``: poor views, or views in one place.
    """

    same: float
    one_person: float
    surely: float
    maybe: float


# Means of two or more views of one person, one of them also darkened, tinted, mirrored or at 48 pixels, lay up to 0.33 apart in
# eight sitters (0.43 at 28 pixels; single views 0.52), those of any two of eleven at least 0.55 (two paintings, filmed: 0.52).
DLIB = Limits(same=0.54, one_person=0.5, surely=0.3, maybe=0.54)


class Recogniser(Protocol):
    """Tells faces apart: ``distance`` of its embeddings, against ``limits`` that go with them."""

    @property
    def limits(self) -> Limits: ...
    def __call__(self, rgb: Bytes, face: Face) -> Embedding: ...


class Identity:
    """Embeddings by dlib's ResNet (King 2017; licence CC0), float32 of 128 numbers. Any thread may call it.

    Two pictures of one person are usually less than 0.6 apart (Euclidean distance), those of two people more.
    Raises Unavailable where the ``face_recognition_models`` package isn't installed.
    """

    limits = DLIB

    def __init__(self) -> None:
        path = network_path()
        self._networks = Lent(lambda: _network(path))

    def __call__(self, rgb: Bytes, face: Face) -> Embedding:
        """``rgb`` uint8 HxWx3 with the face in it. Returns float32 of 128 numbers."""
        with self._networks.one() as network:
            return np.array(network.compute_face_descriptor(chip(rgb, face)), np.float32)


def chip(rgb: Bytes, face: Face) -> Bytes:
    """The face upright, uint8 150x150x3, placed as dlib's networks were trained."""
    there = face.points[list(CORNERS), :2].astype(np.float64)
    forth = similarity(there, TEMPLATE * CHIP)
    return cut(rgb, forth, int(CHIP), border=cv2.BORDER_REPLICATE)


def distance(a: Embedding, b: Embedding) -> float:
    """Euclidean distance of two embeddings: 0 is the same picture; of dlib's, below about 0.6 the same person."""
    return float(np.linalg.norm(a - b))


def mean(embeddings: Sequence[Embedding]) -> Embedding:
    """One embedding for several pictures of a person."""
    return np.mean(np.stack(embeddings), axis=0, dtype=np.float32)


@cache
def network_path() -> Path:
    """The network's file inside its package, which is found without importing it: its import needs pkg_resources."""
    found = find_spec("face_recognition_models")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("vision.no_identity")
    return Path(found.submodule_search_locations[0]) / "models" / NETWORK


def _network(path: Path) -> Any:
    import dlib

    return dlib.face_recognition_model_v1(str(path))
