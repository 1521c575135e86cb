"""Generated footage with known motion, mattes and cuts."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass
class Planes:
    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool = False


def planes(rgb: Bytes, *, subsampled: bool = True) -> Planes:
    """BT.601 planes of full range, 4:2:0 (chroma averaged, rounded up) or 4:4:4."""
    y, v, u = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    if subsampled:
        size = ((rgb.shape[1] + 1) // 2, (rgb.shape[0] + 1) // 2)
        u, v = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (u, v))
    return Planes(y, u, v, full_range=True)


def rgb(layer: Planes) -> Bytes:
    """Planes of full range back to RGB."""
    size = layer.y.shape[::-1]
    u, v = (cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (layer.u, layer.v))
    return cv2.cvtColor(cv2.merge([layer.y, v, u]), cv2.COLOR_YCrCb2RGB)


def texture(height: int, width: int, seed: int = 1, grain: float = 4.0) -> Bytes:
    """Smooth coloured noise, RGB, 30..225."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.clip(128 + 45 * soft / soft.std(), 30, 225).astype(np.uint8)


def panned(wide: Bytes, shift: tuple[float, float], height: int, width: int) -> Bytes:
    """Window of height x width of a larger picture whose corner lies at ``shift`` (x, y), bilinear."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(wide, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)


def noisy(picture: Bytes, sigma: float, seed: int) -> Bytes:
    noise = np.random.default_rng(seed).normal(scale=sigma, size=picture.shape)
    return np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)
