"""One face followed through a shot: where it is expected, its smoothed landmarks, and what it looks like at its best."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import similarity
from engines.vision.faces.euro import OneEuro
from engines.vision.faces.face import Face, inside
from engines.vision.faces.identity import Embedding, chip
from engines.vision.look import State

VIEWS = 5
BETTER = 1.25
FAIR = 0.5
PAUSE = 8
CHIP_SIDE = 150.0
SHARP = 12.0
POOR = 0.15
FASTEST = 0.5
STILL = 0.02
TREMBLES, MOVES = 0.004, 0.012
GLIMPSE = 32
ALIKE = 0.82


@dataclass
class Track:
    """``face`` as last read, ``seconds`` when; ``anchor``: where it was read as long as it rests; ``missing`` frames since;
    ``doubtful`` after it met another face, or changed all at once.

    ``speed`` float32 (x, y): how far its middle went in the last frame, in pixels. ``embeddings`` are of its best views
    up to now, ``qualities`` (0..1) theirs, ``age`` frames since it began, ``looked`` its age at the last of them.
    ``glimpse`` float32 32x32: what was last seen of it.
    """

    id: int
    face: Face
    seconds: float
    smoothed: Face
    anchor: Face
    glimpse: Floats
    speed: Floats = field(default_factory=lambda: np.zeros(2, np.float32))
    missing: int = 0
    doubtful: bool = False
    age: int = 0
    looked: int = 0
    embeddings: list[Embedding] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)
    euro: OneEuro = field(default_factory=OneEuro)

    def expected(self) -> Face:
        """Where the face should be now. A face at rest is expected at one and the same place: a crop that follows every small
        error of the last reading makes the next one err the other way.
        """
        points = self.anchor.points.copy()
        if self.missing == 0 and float(np.hypot(*self.speed)) > STILL * self.face.size:
            points[:, :2] += self.speed
        return Face(points)

    def move(self, face: Face, seen: Floats, seconds: float, usual: float) -> None:
        """The face was read at ``face`` and looks like ``seen``, at a time in the film; ``usual`` seconds pass from frame to frame.

        A face that changes all at once may be another's: within a shot the likeness of one frame to the next stayed above
        0.89 in all footage, and was at most 0.74 between any two people.
        """
        self.doubtful |= float((seen * self.glimpse).sum()) < ALIKE
        self.glimpse = seen
        past = max(seconds - self.seconds, usual / 2)
        if self.missing == 0 and self.age > 0:
            step = _middle(face) - _middle(self.face)
            self.speed = np.clip(step, -FASTEST * face.size, FASTEST * face.size).astype(np.float32)
        else:
            self.speed = np.zeros(2, np.float32)
        if not _rests(face, self.anchor):
            self.anchor = face
        self.euro.carry(*_motion(self.face, face))
        self.smoothed = Face(self.euro(face.points, face.size, past))
        self.face, self.seconds, self.missing = face, seconds, 0
        self.age += 1

    @property
    def embedding(self) -> Embedding | None:
        """Mean of the views' embeddings, weighted by their quality, float32; None before the first."""
        if not self.embeddings:
            return None
        return np.average(np.stack(self.embeddings), axis=0, weights=self.qualities).astype(np.float32)

    def view_due(self, quality: float) -> bool:
        """Whether this view is worth an embedding: the first, clearly better ones, and some as time goes by (24, 72, 216 and
        648 frames), because an expression changes what is read.
        """
        if not self.embeddings:
            return True
        if len(self.embeddings) >= VIEWS or self.age - self.looked < PAUSE:
            return False
        best = max(self.qualities)
        return quality > BETTER * best or (quality > FAIR * best and self.age >= PAUSE * 3 ** len(self.embeddings))

    def add_view(self, embedding: Embedding, quality: float) -> None:
        self.embeddings.append(embedding)
        self.qualities.append(quality)
        self.looked = self.age

    def state(self) -> State:
        return {
            "id": self.id,
            "points": self.face.points,
            "smoothed": self.smoothed.points,
            "seconds": self.seconds,
            "anchor": self.anchor.points,
            "glimpse": self.glimpse,
            "speed": self.speed,
            "missing": self.missing,
            "doubtful": int(self.doubtful),
            "age": self.age,
            "looked": self.looked,
            "embeddings": np.stack(self.embeddings) if self.embeddings else np.zeros((0, 128), np.float32),
            "qualities": np.array(self.qualities, np.float64),
            **{f"euro.{key}": value for key, value in self.euro.state().items()},
        }

    @classmethod
    def restored(cls, state: State) -> "Track":
        track = cls(
            int(state["id"]),
            Face(np.array(state["points"], np.float32)),
            float(state["seconds"]),
            Face(np.array(state["smoothed"], np.float32)),
            Face(np.array(state["anchor"], np.float32)),
            np.array(state["glimpse"], np.float32),
            np.array(state["speed"], np.float32),
            int(state["missing"]),
            bool(state["doubtful"]),
            int(state["age"]),
            int(state["looked"]),
            list(np.array(state["embeddings"], np.float32)),
            [float(value) for value in np.asarray(state["qualities"])],
        )
        track.euro.restore({key[5:]: value for key, value in state.items() if key.startswith("euro.")})
        return track


def glimpse(rgb: Bytes, face: Face) -> Floats:
    """An upright face made small, without its brightness and contrast: float32 32x32 of zero mean and unit length."""
    grey = cv2.cvtColor(chip(rgb, face), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (GLIMPSE, GLIMPSE), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1.0)


def quality_of(rgb: Bytes, face: Face) -> float:
    """How well a view shows whose face it is, above 0 to 1: large (150 pixels are enough), frontal, sharp, and whole in the picture.

    Below 0.15 an embedding says little.

    ``rgb`` uint8 HxWx3.
    """
    frontal = max(float(np.cos(face.turn * np.pi / 2)), 0.05) ** 2
    large = min(face.size / CHIP_SIDE, 1.0)
    grey = cv2.cvtColor(chip(rgb, face), cv2.COLOR_RGB2GRAY)
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    return max(frontal * large * edges / (edges + SHARP) * inside(face, rgb.shape) ** 4, 1e-3)


def _motion(before: Face, now: Face) -> tuple[NDArray[np.float64], float]:
    """The turn, scale and shift of a whole face, and how much of it to believe: nothing of what may be an error of reading."""
    old, new = before.points[:, :2].astype(np.float64), now.points[:, :2].astype(np.float64)
    forth = similarity(old, new)
    far = float(np.sqrt(((old @ forth[:, :2].T + forth[:, 2] - old) ** 2).sum(1).mean())) / now.size
    return forth, float(np.clip((far - TREMBLES) / (MOVES - TREMBLES), 0.0, 1.0))


def _rests(face: Face, anchor: Face) -> bool:
    near = float(np.hypot(*(_middle(face) - _middle(anchor)))) <= STILL * anchor.size
    return near and abs(face.size / anchor.size - 1) <= STILL and abs(face.tilt - anchor.tilt) <= STILL


def _middle(face: Face) -> Floats:
    left, top, right, bottom = face.box
    return np.array([(left + right) / 2, (top + bottom) / 2], np.float32)
