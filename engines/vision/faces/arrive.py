"""Faces that come into a shot are detected some frames late: they are followed back to where they came in."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from engines.vision.faces.detect import SAME
from engines.vision.faces.face import overlap
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.track import EVERY, Scene, Seen, fit
from engines.vision.faces.tracklet import ALIKE, glimpse
from engines.vision.look import State

HELD = EVERY - 1


class Arrivals:
    """Scenes in, the same scenes out, seven late at most, with the faces that were there before they were detected.

    A face that is first seen within a shot is read in one held scene after the other, backwards, as long as it is
    where it was expected and looks the same.
    """

    def __init__(self, landmarks: Landmarks) -> None:
        self._landmarks = landmarks
        self._waiting: deque[Scene[Any]] = deque()
        self._newest = -1

    def __call__(self, scene: Scene[Any]) -> Iterator[Scene[Any]]:
        if scene.cut:
            yield from self.flush()
        for seen in scene.faces:
            if seen.id > self._newest:
                self._follow_back(seen, scene)
        self._newest = max([self._newest, *(seen.id for seen in scene.faces)])
        self._waiting.append(scene)
        if len(self._waiting) > HELD:
            yield self._waiting.popleft()

    def held(self) -> int:
        return len(self._waiting)

    def flush(self) -> Iterator[Scene[Any]]:
        while self._waiting:
            yield self._waiting.popleft()

    def state(self) -> State:
        return {"newest": self._newest}

    def restore(self, state: State) -> None:
        self._newest = int(state["newest"])

    def _follow_back(self, seen: Seen, scene: Scene[Any]) -> None:
        face, looks = seen.raw, glimpse(scene.frame.rgb, seen.raw)
        for number in reversed(range(len(self._waiting))):
            before = self._waiting[number]
            read = self._landmarks(before.frame.rgb, face)
            if read is None or fit(read, face, before.frame.rgb.shape) <= 0 or _taken(read.box, before.faces):
                return
            now = glimpse(before.frame.rgb, read)
            if float((now * looks).sum()) < ALIKE:
                return
            faces = (*before.faces, Seen(seen.id, read, read, seen.embedding))
            self._waiting[number] = replace(before, faces=tuple(sorted(faces, key=lambda one: one.id)))
            face, looks = read, now


def _taken(box: tuple[float, float, float, float], faces: Sequence[Seen]) -> bool:
    return any(overlap(box, other.raw.box) >= SAME for other in faces)
