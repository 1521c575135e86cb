"""What every style starts from: a picture prepared once, before time and controls come in."""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.drift import Drift

REFERENCE = 720
"""Short side in pixels at which all radii and widths of the styles are given."""


@dataclass
class Prepared:
    """A picture taken apart. A temporal stage may replace ``luma``, ``u``, ``v`` and ``tensor`` by steadier ones.

    y       uint8 HxW, 0..255: the source's luma, stretched to full range
    luma    float32 hxw, 0..1: abstracted luma at half size, h = ceil(H/2), w = ceil(W/2)
    u, v    float32 hxw, about -0.5..0.5: abstracted chroma at half size
    tensor  float32 hxwx3: smoothed structure tensor (gx*gx, gy*gy, gx*gy) per half-size pixel of luma 0..1
    drift   where the grain of strokes has come from since the shot began; None for a picture by itself
    grainy  whether it is drawn with grain, so that the drift is wanted
    """

    y: Bytes
    luma: Floats
    u: Floats
    v: Floats
    tensor: Floats
    full_range: bool
    chroma_shape: tuple[int, int]
    drift: Drift | None = None
    grainy: bool = False

    @property
    def scale(self) -> float:
        return scale_of(self.y.shape)


def scale_of(shape: tuple[int, ...]) -> float:
    """Factor from a length at 720p to a length in a picture of ``shape``: its short side over 720."""
    return min(shape[0], shape[1]) / REFERENCE


def half_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    return (shape[0] + 1) // 2, (shape[1] + 1) // 2


def stretch(y: Bytes, full_range: bool) -> Bytes:
    """Luma codes to 0..255: a copy of full-range luma, or 16..235 stretched and clipped."""
    if full_range:
        return np.ascontiguousarray(y)
    return cv2.LUT(y, np.clip((np.arange(256) - 16) * (255 / 219) + 0.5, 0, 255).astype(np.uint8))


def luma_code(full_range: bool) -> tuple[float, float]:
    """(offset, gain) that turn luma 0..1 into codes."""
    return (0.0, 255.0) if full_range else (16.0, 219.0)


def chroma_gain(full_range: bool) -> float:
    """Gain that turns chroma -0.5..0.5 into codes around 128."""
    return 255.0 if full_range else 224.0


def half_luma(y: Bytes) -> Floats:
    """Full-range luma HxW to float32 0..1 at half size (mean of 2x2; the odd last row and column stand alone)."""
    return _halve(y).astype(np.float32) * np.float32(1 / 255)


def half_chroma(plane: Bytes, shape: tuple[int, int], full_range: bool) -> Floats:
    """Chroma codes at full or half size to float32 at the half size ``shape``."""
    if plane.shape != shape:
        plane = _halve(plane)
    return (plane.astype(np.float32) - np.float32(128)) * np.float32(1 / chroma_gain(full_range))


def _halve(plane: Bytes) -> Bytes:
    height, width = plane.shape
    even = cv2.copyMakeBorder(plane, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA)
