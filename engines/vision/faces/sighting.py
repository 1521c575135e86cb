"""Where and how a face was seen in a clip: spans of time, its embeddings, and its best view."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.faces.cut import cut
from engines.vision.faces.face import Face
from engines.vision.faces.identity import Embedding, distance
from engines.vision.faces.mesh import Crop, crop_of
from engines.vision.faces.tracklet import BETTER, FAIR, VIEWS

CROP = 192
QUALITY = 95


@dataclass(frozen=True)
class Moment:
    """A frame's number and its time in seconds."""

    index: int
    seconds: float

    def between(self, later: "Moment") -> "Moment":
        return Moment((self.index + later.index) // 2, (self.seconds + later.seconds) / 2)


@dataclass
class Span:
    """From the first frame up to (not with) the one at ``end``."""

    start: Moment
    end: Moment


@dataclass
class Sighting:
    """A face within one shot; after ``absorb`` those of several shots.

    ``seen`` is the number of the last sample that shows it, ``looks`` how many do. ``members`` are the numbers of the
    sightings in it, ``apart`` those of others that were in one frame with it. ``total`` is the sum of the embeddings, each
    times its quality, ``weight`` that of the qualities; ``best`` the quality of the best view, ``at`` its time in seconds,
    ``box`` where its face is (left, top, right, bottom, as parts of the picture's sides) and ``picture`` a JPEG of it.
    """

    number: int
    face: Face
    glimpse: Floats
    seen: int = -1
    looks: int = 0
    spans: list[Span] = field(default_factory=list)
    members: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)
    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    weight: float = 0.0
    views: int = 0
    best: float = 0.0
    at: float = 0.0
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    picture: bytes = b""

    def __post_init__(self) -> None:
        self.members.add(self.number)

    @property
    def embedding(self) -> Embedding:
        """Mean by quality, float32."""
        return (self.total / self.weight).astype(np.float32)

    def far(self, embedding: Embedding) -> float:
        return distance(self.embedding, embedding)

    def worth(self, quality: float) -> bool:
        """Whether a view deserves an embedding: clearly better ones, and some as time goes by (2, 4, 8 and 16 samples),
        because an expression changes what is read.
        """
        if self.views >= VIEWS:
            return False
        return quality > BETTER * self.best or (quality > FAIR * self.best and self.looks >= 2**self.views)

    def add_view(self, rgb: Bytes, face: Face, embedding: Embedding, quality: float, seconds: float) -> None:
        self.total = self.total + quality * embedding.astype(np.float64)
        self.weight += quality
        self.views += 1
        if quality > self.best:
            self.best, self.at, self.picture = quality, seconds, portrait(rgb, face)
            self.box = within(face, rgb.shape)

    def absorb(self, other: "Sighting") -> None:
        """The other one is of the same person."""
        self.spans += other.spans
        self.members |= other.members
        self.apart |= other.apart
        self.total += other.total
        self.weight += other.weight
        if other.best > self.best:
            self.best, self.at, self.box, self.picture = other.best, other.at, other.box, other.picture

    @property
    def crop(self) -> Bytes:
        """The best view's head, upright, uint8 RGB 192x192x3."""
        return picture_of(self.picture)


def within(face: Face, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """A face's box as parts of the picture's width and height, cut off at its edges."""
    sides = np.array([shape[1], shape[0], shape[1], shape[0]], np.float64)
    left, top, right, bottom = np.clip(np.array(face.box) / sides, 0, 1).tolist()
    return left, top, right, bottom


def picture_of(stored: bytes) -> Bytes:
    """A stored portrait, uint8 RGB 192x192x3."""
    return np.ascontiguousarray(cv2.imdecode(np.frombuffer(stored, np.uint8), cv2.IMREAD_COLOR)[..., ::-1])


def portrait(rgb: Bytes, face: Face) -> bytes:
    """The head upright, as a JPEG of 192x192; the square is moved into the picture as far as it fits."""
    crop, (height, width) = crop_of(face), rgb.shape[:2]
    half = crop.side / 2
    x, y = (float(np.clip(at, min(half, n / 2), max(n - half, n / 2))) for at, n in ((crop.x, width), (crop.y, height)))
    forth = Crop(x, y, crop.side, crop.tilt).matrix(CROP)
    head = cut(rgb, forth, CROP, border=cv2.BORDER_REPLICATE)
    return bytes(cv2.imencode(".jpg", head[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
