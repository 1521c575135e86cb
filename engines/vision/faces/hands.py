"""Hands in front of faces: they have the colour of skin, so their shape has to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.face import Face
from engines.vision.faces.lasting import lasting
from engines.vision.faces.lent import Lent
from engines.vision.look import State

POINTS = 21
SIDE = 256
ROOM = 0.5
SURE = 0.5
MOST = 2
EVERY, CLOSELY = 8, 2
PALM = (0, 1, 2, 5, 9, 13, 17)
FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
KNUCKLES = (5, 17)
FINGER = 0.36
"""A finger's width as a part of the distance between the first and the last knuckle."""
SHIFT = 4


class Hands:
    """MediaPipe's palms and hand landmarks (Zhang et al. 2020), as the wheel carries them. Any thread may call it."""

    def __init__(self) -> None:
        self._graphs = Lent(_graph)

    def __call__(self, rgb: Bytes, face: Face) -> list[Floats]:
        """The hands near a face in ``rgb`` (uint8 HxWx3): float32 21x2 each, in pixels of the picture."""
        left, top, right, bottom = face.box
        room = ROOM * face.size
        x, y = max(int(left - room), 0), max(int(top - room), 0)
        part = rgb[y : max(int(bottom + room), 0), x : max(int(right + room), 0)]
        if min(part.shape[:2]) < POINTS:
            return []
        scale = min(1.0, SIDE / max(part.shape[:2]))
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else part
        with self._graphs.one() as graph:
            found = graph.process(np.ascontiguousarray(small)).multi_hand_landmarks or ()
        size = np.array([part.shape[1], part.shape[0]], np.float32)
        return [
            np.array([(p.x, p.y) for p in hand.landmark], np.float32) * size + np.array([x, y], np.float32)
            for hand in found
        ]


@dataclass
class _Watched:
    """A track's hands as last seen, ``age`` looks ago; frames ``missing`` since."""

    hands: list[Floats]
    age: int = 0
    missing: int = 0


class HandsInFront:
    """The hands before each track's face, one call for each frame in order: looked for now and then, and closely while there are any."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._watched: dict[int, _Watched] = {}

    def __call__(self, rgb: Bytes, faces: Mapping[int, Face], cut: bool) -> dict[int, Sequence[Floats]]:
        self._watched = lasting(self._watched, faces, cut)
        return {track: self._look(rgb, track, face) for track, face in faces.items()}

    def state(self) -> State:
        state: State = {}
        for track, one in self._watched.items():
            hands = np.array(one.hands, np.float32).reshape(-1, POINTS, 2)
            state |= {f"{track}.hands": hands, f"{track}.age": one.age, f"{track}.missing": one.missing}
        return state

    def restore(self, state: State) -> None:
        for key in state:
            track, _, what = key.partition(".")
            if what == "hands":
                hands = list(np.asarray(state[key], np.float32))
                self._watched[int(track)] = _Watched(hands, int(state[f"{track}.age"]), int(state[f"{track}.missing"]))

    def _look(self, rgb: Bytes, track: int, face: Face) -> list[Floats]:
        one = self._watched.get(track)
        if one is None or one.age + 1 >= (CLOSELY if one.hands else EVERY):
            one = self._watched[track] = _Watched(self._hands(rgb, face))
        else:
            one.age += 1
        return one.hands


def silhouette(hands: Sequence[Floats], height: int, width: int) -> Floats:
    """1 where the hands are, soft, float32 HxW; their points (21x2) in pixels of that."""
    found = np.zeros((height, width), np.uint8)
    for hand in hands:
        places = np.rint(hand * (1 << SHIFT)).astype(np.int32)
        thick = max(round(FINGER * float(np.hypot(*(hand[KNUCKLES[0]] - hand[KNUCKLES[1]])))), 1)
        cv2.fillConvexPoly(found, cv2.convexHull(places[list(PALM)]), 255, cv2.LINE_AA, SHIFT)
        for finger in FINGERS:
            cv2.polylines(found, [places[list(finger)]], False, 255, thick, cv2.LINE_AA, SHIFT)
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 1.0)).astype(np.float32) / 255


def _graph() -> Any:
    from mediapipe.python.solutions.hands import Hands as Graph

    return Graph(static_image_mode=True, max_num_hands=MOST, min_detection_confidence=SURE)
