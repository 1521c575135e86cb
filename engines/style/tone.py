"""Light and colour put on paper: soft steps of brightness, lifted shadows, and the way back to codes."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel
from engines.style.picture import chroma_gain, luma_code


def lifted(lift: float) -> Floats:
    """Curve float32[256] from luma 0..1 to luma 0..1 that lifts the dark: L^(1 - 0.5 lift)."""
    return (np.linspace(0, 1, 256) ** (1 - 0.5 * lift)).astype(np.float32)


def soft_steps(levels: int, hardness: float, lift: float) -> Floats:
    """Curve float32[256] from luma 0..1 to luma 0..1: first L^(1 - 0.5 lift), then ``levels`` soft steps.

    With d = 1/levels, centre c = (floor(L/d) + 0.5) d and t = (L - c)/d in -0.5..0.5 a step is
    c + d/2 tanh(hardness t) / tanh(hardness/2): continuous, steepest at the centre, flat between (Winnemöller 2006).
    """
    light = lifted(lift)
    step = 1 / levels
    centre = (np.minimum(np.floor(light / step), levels - 1) + 0.5) * step
    t = (light - centre) / step
    return (centre + step / 2 * np.tanh(hardness * t) / np.tanh(hardness / 2)).astype(np.float32)


def to_luma(luma: Bytes, curve: Floats, light: Bytes, full_range: bool) -> Bytes:
    """Luma uint8 HxW, 0..255, through ``curve``, times ``light`` (uint8 HxW, 255 = 1): codes uint8 HxW."""
    offset, gain = luma_code(full_range)
    out = np.empty(light.shape, np.uint8)
    _compose(luma, (curve * gain / 255).astype(np.float32), light, np.float32(offset + 0.5), out)
    return out


def to_chroma(plane: Floats, colour: float, light: Bytes, shape: tuple[int, int], full_range: bool) -> Bytes:
    """Half-size chroma float32 times ``colour`` times the lines' light: codes uint8 of ``shape``, half or full size."""
    height, width = plane.shape
    even = cv2.copyMakeBorder(
        light, 0, 2 * height - light.shape[0], 0, 2 * width - light.shape[1], cv2.BORDER_REPLICATE
    )
    through = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    codes = plane * through
    codes *= np.float32(colour * chroma_gain(full_range) / 255)
    codes += np.float32(128.5)
    half = np.clip(codes, 1 if full_range else 16, 255 if full_range else 240).astype(np.uint8)
    if shape == half.shape:
        return half
    return np.ascontiguousarray(cv2.resize(half, (2 * width, 2 * height))[: shape[0], : shape[1]])


@kernel
def _compose(luma, curve, light, offset, out):  # type: ignore[no-untyped-def]
    height, width = out.shape
    for i in range(height):
        here, through, row = luma[i], light[i], out[i]
        for j in range(width):
            row[j] = np.uint8(curve[here[j]] * np.float32(through[j]) + offset)
