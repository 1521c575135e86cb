"""Finding faces with MediaPipe's detectors: whole picture, tiles for small faces, turned copies for tilted heads."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Found, overlap
from engines.vision.faces.lent import Lent

Bytes = NDArray[np.uint8]

SHORT, FULL = 0, 1
SCORE = 0.5
SAME = 0.45
WORK_SIDE = 960
SEEN_SIDE = 384
"""Twice what the networks take in."""
TILE = 320
TILE_STEP = 240
QUARTERS = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


class Detects(Protocol):
    """Whatever finds faces in an RGB picture (uint8 HxWx3), best first; ``thorough`` small and turned ones too.

    ``side``: of a picture whose longer side has more pixels than this, the rest is lost on it, unless it is thorough.
    """

    @property
    def side(self) -> int: ...

    def __call__(self, rgb: Bytes, *, thorough: bool = False) -> list[Found]: ...


class Detector:
    """Faces of an RGB picture, best first. Any number of threads may call it; the result depends on the picture alone.

    BlazeFace (Bazarevsky et al. 2019) in its short-range and full-range form, as the mediapipe wheel carries it.
    """

    side = SEEN_SIDE

    def __init__(self) -> None:
        self._graphs = {model: Lent(lambda model=model: _graph(model)) for model in (SHORT, FULL)}  # type: ignore[misc]

    def __call__(self, rgb: Bytes, *, thorough: bool = False) -> list[Found]:
        """``rgb`` uint8 HxWx3. ``thorough`` also looks at tiles (faces from about 20 pixels) and at turned copies."""
        scale = (
            min(1.0, WORK_SIDE / max(rgb.shape[:2])) if not thorough else min(1.0, 2 * WORK_SIDE / max(rgb.shape[:2]))
        )
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
        found = [*self._look(small, FULL), *self._look(small, SHORT)]
        if thorough:
            found += self._tiles(small)
            for turn in QUARTERS:
                found += self._turned(small, turn)
        factor = rgb.shape[1] / small.shape[1]
        return [_scaled(face, factor) for face in distinct(found)]

    def _look(self, rgb: Bytes, model: int, left: int = 0, top: int = 0) -> Iterator[Found]:
        height, width = rgb.shape[:2]
        with self._graphs[model].one() as graph:
            detections = graph.process(np.ascontiguousarray(rgb)).detections or ()
        for detection in detections:
            place = detection.location_data
            points = np.array([(point.x * width, point.y * height) for point in place.relative_keypoints[:4]])
            box = place.relative_bounding_box
            right, left_eye = points[0], points[1]
            yield Found(
                float((box.xmin + box.width / 2) * width + left),
                float((box.ymin + box.height / 2) * height + top),
                float(max(box.width * width, box.height * height)),
                float(np.arctan2(left_eye[1] - right[1], left_eye[0] - right[0])),
                float(detection.score[0]),
            )

    def _tiles(self, rgb: Bytes) -> Iterator[Found]:
        height, width = rgb.shape[:2]
        if max(height, width) <= TILE:
            return
        for top in _starts(height):
            for left in _starts(width):
                tile = rgb[top : top + TILE, left : left + TILE]
                for face in self._look(tile, FULL, left, top):
                    if not _cut_off(face, left, top, tile.shape[:2], (height, width)):
                        yield face

    def _turned(self, rgb: Bytes, turn: int) -> Iterator[Found]:
        height, width = rgb.shape[:2]
        for face in self._look(cv2.rotate(rgb, turn), SHORT):
            match turn:
                case cv2.ROTATE_90_CLOCKWISE:
                    x, y, angle = face.y, height - face.x, -np.pi / 2
                case cv2.ROTATE_180:
                    x, y, angle = width - face.x, height - face.y, np.pi
                case _:
                    x, y, angle = width - face.y, face.x, np.pi / 2
            yield Found(x, y, face.size, float(_wrapped(face.tilt + angle)), face.score)


def distinct(found: Iterable[Found]) -> list[Found]:
    """One detection a face, the surest first: of two whose squares overlap by 45 % the surer stays."""
    kept: list[Found] = []
    for face in sorted(found, key=lambda item: -item.score):
        if face.score >= SCORE and all(_alike(face, other) < SAME for other in kept):
            kept.append(face)
    return kept


def _alike(a: Found, b: Found) -> float:
    return overlap(_square(a), _square(b))


def _square(face: Found) -> tuple[float, float, float, float]:
    half = face.size / 2
    return face.x - half, face.y - half, face.x + half, face.y + half


def _starts(length: int) -> list[int]:
    last = max(length - TILE, 0)
    return sorted({*range(0, last, TILE_STEP), last})


def _cut_off(face: Found, left: int, top: int, tile: tuple[int, ...], whole: tuple[int, int]) -> bool:
    """Whether a face touches an edge of its tile that isn't the picture's: the next tile shows it whole."""
    half = face.size / 2
    return (
        (left > 0 and face.x - half < left)
        or (top > 0 and face.y - half < top)
        or (left + tile[1] < whole[1] and face.x + half > left + tile[1])
        or (top + tile[0] < whole[0] and face.y + half > top + tile[0])
    )


def _scaled(face: Found, factor: float) -> Found:
    return Found(face.x * factor, face.y * factor, face.size * factor, face.tilt, face.score)


def _wrapped(angle: float) -> float:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _graph(model: int) -> Any:
    from mediapipe.python.solutions.face_detection import FaceDetection

    return FaceDetection(model_selection=model, min_detection_confidence=SCORE)
