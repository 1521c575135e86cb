"""What a face in a picture is like: where it is, how it is lit, what is in front of it. All that looks at its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Face
from engines.vision.faces.hands import silhouette
from engines.vision.faces.light import Light, light_of
from engines.vision.faces.occlude import in_front
from engines.vision.faces.source import Source
from engines.vision.faces.texture import facing, flat_points

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SMALLEST, LARGEST = 12, 640
TURN_FROM, TURN_TO = 0.55, 0.8
BEYOND = 0.35
SILHOUETTE = (0.02, 0.2)


@dataclass(frozen=True)
class Reading:
    """A face in a picture, for laying another over it.

    ``box``: the part of the picture that it covers (left, top, right, bottom), ``shape``: height and width at which the box is
    worked on. ``points`` float32 478x2 in pixels of that; ``shown`` float32 468: how far the camera sees each landmark, 0..1.
    ``light`` on it; ``front`` float32 hxw of the light's small view: how far something is in front of it, 0..1.
    ``turn`` of the head; ``within`` 0..1: how far it is within the source's reach.
    """

    box: tuple[int, int, int, int]
    shape: tuple[int, int]
    points: Floats
    shown: Floats
    light: Light
    front: Floats
    turn: float
    within: float


def measured(picture: Bytes, face: Face, source: Source) -> Reading | None:
    """The face in ``picture`` (uint8 HxWx3) that is to get the source's; None where there is too little of it to see."""
    box = _box(face, picture.shape)
    within = _within_reach(face.turn, source)
    if box is None or within <= 0:
        return None
    left, top, right, bottom = box
    points = face.points[:, :2] - np.array([left, top], np.float32)
    view = picture[top:bottom, left:right]
    scale = min(1.0, LARGEST / max(view.shape[:2]))
    if scale < 1:
        view = cv2.resize(view, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        points = points * np.array([view.shape[1] / (right - left), view.shape[0] / (bottom - top)], np.float32)
    light = light_of(np.ascontiguousarray(view), points[: len(flat_points())])
    shape = view.shape[0], view.shape[1]
    return Reading(box, shape, points, facing(face, *SILHOUETTE), light, in_front(light), face.turn, within)


def with_hands(reading: Reading, hands: Sequence[Floats]) -> Reading:
    """The same face with hands in front of it: float32 21x2 each, in pixels of the picture that was measured."""
    height, width = reading.front.shape
    left, top, right, bottom = reading.box
    scale = np.array([width / (right - left), height / (bottom - top)], np.float32)
    there = [(hand - np.array([left, top], np.float32)) * scale for hand in hands]
    return replace(reading, front=np.maximum(reading.front, silhouette(there, height, width)))


def _box(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The part of the picture that the face covers (left, top, right, bottom); None where that is too little."""
    left, top, right, bottom = face.box
    if not np.isfinite(face.points).all() or face.size < SMALLEST:
        return None
    box = max(int(left) - 2, 0), max(int(top) - 2, 0), min(int(right) + 3, shape[1]), min(int(bottom) + 3, shape[0])
    return box if box[2] - box[0] > SMALLEST // 2 and box[3] - box[1] > SMALLEST // 2 else None


def _within_reach(turn: float, source: Source) -> float:
    """1 for heads turned as far as the source can be shown, 0 for profiles beyond it."""
    farthest = max(abs(edge) for edge in source.reach) + BEYOND
    start, end = max(TURN_FROM, farthest - (TURN_TO - TURN_FROM)), max(TURN_TO, farthest)
    return float(np.clip((end - abs(turn)) / (end - start), 0, 1))
