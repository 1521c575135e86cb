"""What the other programs read of a face, from pictures in BGR, one network a method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import Doubles, inverse, moved, similarity, template
from engines.vision.faces.insight.initializer import initializer
from engines.vision.faces.insight.scrfd import SCORE, STRIDES, anchors, distinct

QUIET = 3
Picture = tuple[Bytes, Doubles]
"""A crop and the matrix 2x3 that brings the frame's pixels to it."""


@dataclass
class Face:
    """``box`` float32 4, ``five`` float32 5x2, and whatever else was read, by its name."""

    box: Floats
    five: Floats
    more: dict[str, Any] = field(default_factory=dict)


class Nets:
    """The networks of ``files`` by their names. ``threads`` of one call, 0: all cores, onnxruntime's own choice."""

    def __init__(self, files: Mapping[str, Path], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = QUIET
        providers = ["CPUExecutionProvider"]
        self._sessions = {
            name: onnxruntime.InferenceSession(str(path), options, providers=providers) for name, path in files.items()
        }
        matrix = initializer(files["inswapper_128"], "buff2fs")
        assert matrix is not None
        self._matrix = matrix

    def run(self, name: str, *inputs: Any) -> list[Any]:
        session = self._sessions[name]
        feeds = {slot.name: value for slot, value in zip(session.get_inputs(), inputs, strict=True)}
        return list(session.run(None, feeds))

    def faces(self, bgr: Bytes, sides: tuple[int, ...]) -> list[Face]:
        """SCRFD on the picture fitted into squares of these sides, and one box for each face."""
        found = [self._within(bgr, side) for side in sides]
        boxes, fives, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return [Face(boxes[one], fives[one]) for one in distinct(boxes, scores)]

    def _within(self, bgr: Bytes, side: int) -> tuple[Floats, Floats, Floats]:
        scale = side / max(bgr.shape[:2])
        small = cv2.resize(bgr, (round(bgr.shape[1] * scale), round(bgr.shape[0] * scale)))
        square = np.zeros((side, side, 3), np.uint8)
        square[: small.shape[0], : small.shape[1]] = small
        answers = self.run("det_10g", blob(square, 127.5, 128.0))
        boxes, fives, scores = [], [], []
        for level, stride in enumerate(STRIDES):
            score, edges, points = (answers[level + 3 * part] for part in range(3))
            sure = np.flatnonzero(score[:, 0] >= SCORE)
            centre = anchors(side, stride)[sure]
            reach = edges[sure] * stride
            boxes.append(np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], axis=1))
            fives.append(centre[:, None] + points[sure].reshape(-1, 5, 2) * stride)
            scores.append(score[sure, 0])
        return np.concatenate(boxes) / scale, np.concatenate(fives) / scale, np.concatenate(scores)

    def embedding(self, bgr: Bytes, five: Floats, border: int = cv2.BORDER_CONSTANT) -> Floats:
        """ArcFace's 512 numbers as they come."""
        crop, _ = fitted(bgr, five, "arcface_112", 112, border)
        return np.asarray(self.run("w600k_r50", blob(crop, 127.5, 127.5))[0][0], np.float32)

    def latent(self, embedding: Floats) -> Floats:
        z = embedding / np.linalg.norm(embedding) @ self._matrix
        return np.asarray(z / np.linalg.norm(z), np.float32)[None]


def blob(bgr: Bytes, mean: float, spread: float) -> Floats:
    """BGR uint8 HxWx3 as RGB float32 1x3xHxW, (value - mean) / spread."""
    return np.asarray(cv2.dnn.blobFromImage(bgr, 1 / spread, None, (mean,) * 3, swapRB=True))


def fitted(bgr: Bytes, five: Floats, name: str, side: int, border: int = cv2.BORDER_CONSTANT) -> Picture:
    """The crop in which five points lie as in a template."""
    forth = similarity(five.astype(np.float64), template(name, side))
    return cv2.warpAffine(bgr, forth, (side, side), borderMode=border), forth


def squared(bgr: Bytes, box: Floats, side: int, room: float = 1.5) -> Picture:
    """The upright crop around a box."""
    scale = side / (max(box[2] - box[0], box[3] - box[1]) * room)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    forth = np.array([[scale, 0, side / 2 - x * scale], [0, scale, side / 2 - y * scale]], np.float64)
    return cv2.warpAffine(bgr, forth, (side, side)), forth


def back(points: Floats, forth: Doubles) -> Doubles:
    """A crop's points in the frame."""
    return moved(points, inverse(forth))


def without_weights(crop: Bytes) -> Floats:
    """A crop as insightface's point and attribute networks take it: RGB float32 1x3xHxW of 0..255."""
    return blob(crop, 0.0, 1.0)
