"""Faces cut out upright, placed as published networks were trained: five points fitted to a template."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.faces.cut import cut
from studio.paths import ASSETS

Doubles = NDArray[np.float64]

FILE = ASSETS / "faces" / "templates.toml"


@dataclass(frozen=True)
class Aligned:
    """A square cut out of a picture: ``rgb`` uint8 side x side x 3; ``forth`` float64 2x3 brings the picture's pixels to it."""

    rgb: Bytes
    forth: Doubles

    @property
    def side(self) -> int:
        return self.rgb.shape[0]


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> Doubles:
    """The turn, scale and shift, 2x3, that brings points Nx2 nearest to others by least squares (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    power = float((a * a).sum()) or 1.0
    cos = float((a * b).sum()) / power
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / power
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = target.mean(0) - turn @ source.mean(0)
    return np.hstack([turn, shift[:, None]])


def template(name: str, side: int) -> Doubles:
    """Five points, float64 5x2, in pixels of a crop of ``side``. KeyError for a name that assets/faces/templates.toml hasn't."""
    known = _templates()[name]
    return np.array(known["points"], np.float64) * (side / known["side"])


def aligned(rgb: Bytes, five: Floats, name: str, side: int) -> Aligned:
    """``rgb`` uint8 HxWx3 cut around five points (5x2, pixels); what lies outside the picture is black."""
    forth = similarity(five.astype(np.float64), template(name, side))
    return Aligned(cut(rgb, forth, side), forth)


def reach(five: Floats, name: str) -> float:
    """How many pixels of the picture a side of the template's crop covers."""
    forth = similarity(five.astype(np.float64), template(name, 1))
    return 1 / max(float(np.hypot(forth[0, 0], forth[0, 1])), 1e-9)


def moved(points: NDArray[np.floating], matrix: Doubles) -> Doubles:
    """Points Nx2 through a matrix 2x3."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def inverse(forth: Doubles) -> Doubles:
    """The matrix 2x3 of the way back."""
    return cv2.invertAffineTransform(forth)


@cache
def _templates() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
