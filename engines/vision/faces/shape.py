"""Where a person's eyes, brows, nose and mouth sit in the face, and how far another's have to move to sit there.

A face is known by its proportions as much as by its skin. Two faces are laid over each other by what doesn't move (forehead,
temples, cheeks, bridge of the nose; the similarity of least squares of Umeyama 1991 in three dimensions); what then lies apart
is shape, and what changes from frame to frame is expression, which the mean over a film takes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import OVAL, Face
from engines.vision.faces.lasting import lasting
from engines.vision.look import State

Points = NDArray[np.float64]

RIGID = (
    10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33, 133, 362, 263, 127, 356, 234, 454, 93, 323,
    116, 345, 123, 352, 50, 280, 98, 327, 2,
)  # fmt: skip
ANCHORS = (
    (33, 133, 159, 145), (362, 263, 386, 374), (70, 63, 105, 66, 107), (336, 296, 334, 293, 300),
    (168,), (195,), (1, 4), (2,), (98, 64), (327, 294), (61, 291, 0, 17), (61,), (291,), (18, 200),
)  # fmt: skip
FLAT = [point for anchor in ANCHORS for point in anchor]
SIZES = np.array([[len(anchor)] for anchor in ANCHORS])
STARTS = np.concatenate([[0], np.cumsum(SIZES)[:-1]])
RIM = OVAL[::3]
MESH = 468
FARTHEST = 0.12
"""Most that anything moves, as a part of the face's size."""
TURN_FROM, TURN_TO = 0.35, 0.65
REMEMBERED = 100


@dataclass(frozen=True)
class Shape:
    """A face's landmarks, float64 468x3, in the unit and position of its own picture."""

    points: Points


@dataclass(frozen=True)
class Push:
    """Places in a picture, float64 Nx2 in pixels, and how far what is there moves (0 at the rim of the face)."""

    at: Points
    by: Points


@dataclass(frozen=True)
class _Similarity:
    """Points p go to (p - ``source``) @ ``turn`` * ``scale`` + ``target``."""

    source: Points
    target: Points
    turn: Points
    scale: float

    def __call__(self, points: Points) -> Points:
        return (points - self.source) @ self.turn * self.scale + self.target


@dataclass
class _Known:
    """A track's mean of anchors in its source's place, over ``frames``; frames ``missing`` since."""

    mean: Points
    frames: int = 1
    missing: int = 0


def shape_of(faces: Sequence[Face]) -> Shape:
    """The mean shape of one person's faces, in the place of the first."""
    first = faces[0].points[:MESH].astype(np.float64)
    others = [face.points[:MESH].astype(np.float64) for face in faces[1:]]
    return Shape(np.mean([first, *(_laid_over(other, first)(other) for other in others)], axis=0))


class Shapes:
    """How the anchors of each track move, one call for each frame in order. ``amount`` 0..1: how much of the whole way."""

    def __init__(self, amount: float) -> None:
        self._amount = amount
        self._known: dict[int, _Known] = {}

    def __call__(self, faces: Mapping[int, tuple[Face, Shape]], cut: bool) -> dict[int, Push]:
        """``faces`` of a frame by track, each with the shape that it shall have; ``cut``: a new shot begins with it."""
        self._known = lasting(self._known, faces, cut)
        return {track: self._push(track, face, shape) for track, (face, shape) in faces.items()}

    def state(self) -> State:
        state: State = {}
        for track, known in self._known.items():
            state |= {f"{track}.mean": known.mean, f"{track}.frames": known.frames, f"{track}.missing": known.missing}
        return state

    def restore(self, state: State) -> None:
        for key in state:
            track, _, what = key.partition(".")
            if what == "mean":
                mean = np.asarray(state[key], np.float64)
                self._known[int(track)] = _Known(mean, int(state[f"{track}.frames"]), int(state[f"{track}.missing"]))

    def _push(self, track: int, face: Face, shape: Shape) -> Push:
        points = face.points[:MESH].astype(np.float64)
        over = _laid_over(points, shape.points)
        own = _anchors(over(points))
        known = self._known.setdefault(track, _Known(own, 0))
        known.frames = min(known.frames + 1, REMEMBERED)
        known.mean = known.mean + (own - known.mean) / known.frames
        way = (_anchors(shape.points) - known.mean) @ over.turn.T / over.scale
        fade = np.clip((TURN_TO - abs(face.turn)) / (TURN_TO - TURN_FROM), 0, 1)
        by = _held(way[:, :2], FARTHEST * face.size) * (self._amount * fade)
        rim = points[list(RIM), :2]
        return Push(np.vstack([_anchors(points)[:, :2], rim]), np.vstack([by, np.zeros_like(rim)]))


def _anchors(points: Points) -> Points:
    return np.add.reduceat(points[FLAT], STARTS, axis=0) / SIZES


def _held(ways: Points, most: float) -> Points:
    """The same directions, none longer than ``most``."""
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    return ways * np.minimum(1, most / np.maximum(lengths, 1e-9))


def _laid_over(source: Points, target: Points) -> _Similarity:
    """The similarity that brings a face's rigid points nearest to another's."""
    a, b = source[list(RIGID)], target[list(RIGID)]
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - middle_a, b - middle_b
    left, sizes, right = np.linalg.svd(a.T @ b)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    scale = float((sizes * sign).sum() / max(float((a * a).sum()), 1e-9))
    return _Similarity(middle_a, middle_b, (left * sign) @ right, max(scale, 1e-9))
