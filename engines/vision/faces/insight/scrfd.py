"""SCRFD (Guo et al. 2022) with five points, from the ONNX file ``det_10g`` of buffalo_l: a detector like MediaPipe's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.detect import QUARTERS
from engines.vision.faces.face import Found
from engines.vision.net import Net

STRIDES = (8, 16, 32)
ANCHORS = 2
SCORE = 0.5
SAME = 0.4
SIDES = (128, 640)
CLOSELY = 1280
Rows = tuple[Floats, Floats, Floats]
"""Boxes Nx4, five points Nx5x2 and scores N."""
PARTS = {1: "scores", 4: "boxes", 10: "points"}


@dataclass(frozen=True)
class Detection:
    """``box`` float32 (left, top, right, bottom) and ``five`` float32 5x2 (eyes, nose, mouth; the picture's left first), in pixels."""

    box: Floats
    five: Floats
    score: float

    @property
    def found(self) -> Found:
        """Centre, longer side and the tilt of the eyes."""
        left, top, right, bottom = (float(edge) for edge in self.box)
        across = self.five[1] - self.five[0]
        tilt = float(np.arctan2(across[1], across[0]))
        return Found((left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top), tilt, self.score)


class Scrfd:
    """Faces of an RGB picture, best first. Any number of threads may call it.

    Every picture is looked at within 128 and within 640 pixels, since a face that fills the picture is too large for the
    second; ``thorough`` looks within 1280 too where the picture is larger, and at turned copies.
    """

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input = self._net.picture()
        if len(self._net.outputs) != len(STRIDES) * len(PARTS):
            raise self._net.foreign("scores, boxes, points")
        height = self._input.shape[2]
        self._sides = SIDES if height is None else (height,)
        self.side = self._sides[-1]
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, *, thorough: bool = False) -> list[Found]:
        """``rgb`` uint8 HxWx3."""
        return [one.found for one in self.detections(rgb, thorough=thorough)]

    def detections(self, rgb: Bytes, *, thorough: bool = False) -> list[Detection]:
        """Boxes and five points, ``rgb`` uint8 HxWx3; of two boxes that overlap by more than 40 % the surer stays."""
        found = [self._look(rgb, side) for side in self._sides]
        if thorough:
            if len(self._sides) > 1 and max(rgb.shape[:2]) > self._sides[-1]:
                found.append(self._look(rgb, CLOSELY))
            for turn in QUARTERS:
                found.append(_turned_back(self._look(cv2.rotate(rgb, turn), self._sides[-1]), turn, rgb.shape))
        boxes, fives, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return [Detection(boxes[i], fives[i], float(scores[i])) for i in distinct(boxes, scores)]

    def _look(self, rgb: Bytes, side: int) -> Rows:
        """What the network sees in the picture made to fit a square, at its upper left, the rest black."""
        square, scale = letterbox(rgb, side)
        tensor = cv2.dnn.blobFromImage(square, 1 / 128, mean=(127.5, 127.5, 127.5))
        names = [slot.name for slot in self._net.outputs]
        scores, boxes, points = _sorted(self._net({self._input.name: tensor}, names))
        found: list[Rows] = []
        for level, stride in enumerate(STRIDES):
            sure = np.flatnonzero(scores[level][:, 0] >= SCORE)
            centres = anchors(side, stride)[sure]
            edges = boxes[level][sure] * stride
            box = np.concatenate([centres - edges[:, :2], centres + edges[:, 2:]], axis=1)
            five = centres[:, None] + points[level][sure].reshape(-1, 5, 2) * stride
            found.append((box / np.float32(scale), five / np.float32(scale), scores[level][sure, 0]))
        boxes_of, fives, sures = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return boxes_of, fives, sures


def letterbox(rgb: Bytes, side: int) -> tuple[Bytes, float]:
    """A picture in the upper left of a black square of ``side`` pixels, and by how much it was made larger."""
    height, width = rgb.shape[:2]
    size = (int(side * width / height), side) if height > width else (side, int(side * height / width))
    size = max(size[0], 1), max(size[1], 1)
    square = np.zeros((side, side, 3), np.uint8)
    shrinks = 2 * size[1] < height
    square[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return square, size[1] / height


@lru_cache(16)
def anchors(side: int, stride: int) -> Floats:
    """Where the network's rows lie: float32 Nx2, every cell's corner twice, row by row."""
    cells = np.arange(-(-side // stride), dtype=np.float32) * stride
    x, y = np.meshgrid(cells, cells)
    return np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), ANCHORS, axis=0)


def distinct(boxes: Floats, scores: Floats) -> list[int]:
    """Numbers of the boxes (Nx4) that stay, the surest first: one a face."""
    rest = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(rest):
        kept.append(int(rest[0]))
        rest = rest[1:][_shares(boxes[rest[0]], boxes[rest[1:]]) <= SAME]
    return kept


def _shares(box: Floats, others: Floats) -> Floats:
    """Intersection over union, pixels counted with their edges as the published code does."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    both = np.maximum(high - low + 1, 0).prod(axis=1)
    sizes = (others[:, 2:] - others[:, :2] + 1).prod(axis=1)
    return both / ((box[2:] - box[:2] + 1).prod() + sizes - both)


def _sorted(answers: Sequence[Floats]) -> tuple[list[Floats], ...]:
    """Scores, boxes and points, each from the finest to the coarsest level, whatever order the file gives them in."""
    flat = [answer.reshape(-1, answer.shape[-1]) for answer in answers]
    return tuple(
        sorted((answer for answer in flat if answer.shape[1] == width), key=lambda answer: -len(answer))
        for width in PARTS
    )


def _turned_back(rows: Rows, turn: int, shape: tuple[int, ...]) -> Rows:
    """Detections in a turned copy as ones in the picture of this shape."""
    height, width = shape[:2]
    boxes, fives, scores = rows

    def back(points: Floats) -> Floats:
        x, y = points[..., 0], points[..., 1]
        match turn:
            case cv2.ROTATE_90_CLOCKWISE:
                return np.stack([y, height - x], axis=-1)
            case cv2.ROTATE_180:
                return np.stack([width - x, height - y], axis=-1)
            case _:
                return np.stack([width - y, x], axis=-1)

    corners = back(boxes.reshape(-1, 2, 2))
    return np.concatenate([corners.min(1), corners.max(1)], axis=1), back(fives), scores
