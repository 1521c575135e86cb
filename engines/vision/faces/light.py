"""The light on a face in a picture: its skin seen from far, without eyes, brows, lips and what isn't skin."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.layout import layout
from engines.vision.faces.raster import fill
from engines.vision.faces.skin import Tone, likeness, tone_of, ycc
from engines.vision.faces.texture import cheeks, features, flat_points, whole

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIDE = 112
OFF = -9.0
REACH = 0.1
LIT = (0.2, 0.9)
SHADE, SHINE = (0.8, 1.3), (0.4, 0.8)


@dataclass(frozen=True)
class Light:
    """A small view of the face. ``values`` float32 hxwx3 (Y, Cr, Cb of the picture), ``around`` the same: the light on the skin;
    ``skin`` float32 hxw: how far each place is skin, 0..1; ``plain`` float32 hxw: 1 on the face away from eyes, brows and lips;
    ``places`` float32 hxwx2: where each place lies on the flat map, in its pixels, far outside it around the face.
    """

    values: Floats
    around: Floats
    skin: Floats
    plain: Floats
    places: Floats
    tone: Tone


def light_of(view: Bytes, points: Floats) -> Light:
    """``view`` uint8 HxWx3 with the face in it; ``points`` float32 468x2, its landmarks there."""
    extent = float(np.ptp(points, axis=0).max())
    scale = min(1.0, SIDE / max(extent, 1.0))
    height, width = (max(round(length * scale), 1) for length in view.shape[:2])
    small = ycc(cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA))
    factor = np.array([width / view.shape[1], height / view.shape[0]], np.float32)
    corners = (points + np.float32(0.5)) * factor - np.float32(0.5)
    places = fill(layout().triangles, corners, flat_points(), height, width, OFF)
    regions = cv2.remap(_regions(), places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    face, feature, cheek = regions[..., 0], regions[..., 1], regions[..., 2]
    tone = tone_of(small[cheek > 0.5], *LIT)
    plain = face * (1 - feature)
    skin = likeness(small, tone, SHADE, SHINE)
    return Light(small, _spread(small, plain * skin, face, REACH * scale * extent), skin, plain, places, tone)


def _spread(values: Floats, weight: Floats, face: Floats, sigma: float) -> Floats:
    """Weighted mean of the surroundings; where there is little weight near, that of the farther ones, and of the whole face."""
    stack = np.dstack([values * weight[..., None], weight])
    height, width = weight.shape
    half = cv2.resize(stack, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    eighth = cv2.resize(half, ((width + 7) // 8, (height + 7) // 8), interpolation=cv2.INTER_AREA)
    near = cv2.resize(cv2.GaussianBlur(half, (0, 0), max(sigma / 2, 0.5)), (width, height))
    far = cv2.resize(cv2.GaussianBlur(eighth, (0, 0), max(3 * sigma / 8, 0.5)), (width, height))
    total = stack.sum(axis=(0, 1), dtype=np.float64)
    if total[3] < 1:
        held = values[face > 0] if (face > 0).any() else values.reshape(-1, 3)
        total = np.append(held.mean(axis=0), 1)
    middle = (total / total[3]).astype(np.float32)
    joined = near + np.float32(0.03) * far + np.float32(1e-3) * middle
    return (joined[..., :3] / joined[..., 3:]).astype(np.float32)


@cache
def _regions() -> Floats:
    return np.dstack([whole(), features(), cheeks().astype(np.float32)])
