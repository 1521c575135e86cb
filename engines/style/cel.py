"""Cel: flat regions in the colours of a palette that holds for the shot, with a clean outline."""

from typing import Protocol

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.kernel import kernel
from engines.media.frame import Planes
from engines.style.lines import Pen, draw_lines
from engines.style.palette import CHROMA_WEIGHT, Palette
from engines.style.picture import Prepared
from engines.style.prepare import take_apart
from engines.style.smooth import enlarge, smooth_chroma, smooth_luma
from engines.style.tone import lifted, to_chroma, to_luma

SIGMA, SWEEPS, REACH, SIDES = 1.4, 2, 0.11, 0.12
CHROMA_REACHES = (0.1, 0.06)
SOFTNESS = 0.12


class CelControls(Protocol):
    @property
    def colours(self) -> int: ...
    @property
    def lines(self) -> float: ...
    @property
    def smooth(self) -> float: ...
    @property
    def colour(self) -> float: ...
    @property
    def shadows(self) -> float: ...


def prepare(planes: PlanesLike) -> Prepared:
    """Abstract a picture and find its flow; needs no controls, keeps no state."""
    return take_apart(planes, sigma=SIGMA, sweeps=SWEEPS, reach=REACH)


def render(prepared: Prepared, controls: CelControls, palette: Palette, mask: Floats | None = None) -> Planes:
    """Draw in the colours of a fitted ``palette``; ``mask`` float32 0..1 of any size says where faint lines matter.

    Each pixel takes the nearest colour c1, blended with the second nearest c2 close to their border: with the squared
    distances d1 <= d2, t = (d2 - d1) / (d1 + d2), w = (1 + smoothstep(t, 0, 0.12)) / 2, colour = w c1 + (1 - w) c2.
    """
    luma, u, v = prepared.luma, prepared.u, prepared.v
    sweeps, reach = melting(controls, prepared.scale)
    luma = smooth_luma(luma, sweeps=sweeps, reach=reach)
    u, v = smooth_chroma(luma, u, v, sweeps=sweeps // 2, reach=CHROMA_REACHES)
    large = enlarge(luma, prepared.y, SIDES)
    light = draw_lines(prepared, large, pen_for(controls), mask)
    flat_luma, flat_u, flat_v = flatten(large, luma, u, v, palette.centres)
    full, shape = prepared.full_range, prepared.chroma_shape
    return Planes(
        to_luma(flat_luma, lifted(controls.shadows), light, full),
        to_chroma(flat_u, controls.colour, light, shape, full),
        to_chroma(flat_v, controls.colour, light, shape, full),
        full,
    )


def melting(controls: CelControls, scale: float) -> tuple[int, float]:
    """(sweeps, reach) of the smoothing that the control asks for."""
    return round(6 * controls.smooth * max(scale, 0.6)), 0.05 + 0.11 * controls.smooth


def pen_for(controls: CelControls) -> Pen:
    return Pen(
        width=0.6 + 0.8 * controls.lines,
        strength=0.88 * min(controls.lines / 0.3, 1.0),
        fill=0.25,
        texture=0.3 - 0.2 * controls.smooth,
        contrast=(0.03, 0.09),
    )


def flatten(large: Bytes, luma: Floats, u: Floats, v: Floats, centres: Floats) -> tuple[Bytes, Floats, Floats]:
    """Picture in the colours ``centres`` (float32 kx3): luma uint8 HxW from ``large``, chroma float32 hxw from u, v.

    ``large`` uint8 HxW is luma at full size, ``luma`` float32 hxw the same at half size, beside u and v.
    """
    height, width = large.shape
    size = 2 * u.shape[1], 2 * u.shape[0]
    wide_u, wide_v = (cv2.resize(p, size, interpolation=cv2.INTER_LINEAR)[:height, :width] for p in (u, v))
    flat_luma = np.empty(large.shape, np.float32)
    _nearest(
        large.astype(np.float32) * np.float32(1 / 255),
        wide_u,
        wide_v,
        centres,
        0,
        CHROMA_WEIGHT**2,
        SOFTNESS,
        flat_luma,
    )
    flat_u, flat_v = np.empty_like(u), np.empty_like(v)
    _nearest(luma, u, v, centres, 1, CHROMA_WEIGHT**2, SOFTNESS, flat_u)
    _nearest(luma, u, v, centres, 2, CHROMA_WEIGHT**2, SOFTNESS, flat_v)
    return cv2.convertScaleAbs(flat_luma, alpha=255.0), flat_u, flat_v


@kernel
def _nearest(luma, u, v, centres, channel, weight, softness, out):  # type: ignore[no-untyped-def]
    height, width = out.shape
    weight, soft = np.float32(weight), np.float32(1 / softness)
    half, one, two, three = np.float32(0.5), np.float32(1), np.float32(2), np.float32(3)
    first, second = np.empty(width, np.float32), np.empty(width, np.float32)
    other = np.empty(width, np.float32)
    for i in range(height):
        a, b, c, row = luma[i], u[i], v[i], out[i]
        first[:] = 1e9
        second[:] = 1e9
        row[:] = 0
        other[:] = 0
        for k in range(centres.shape[0]):
            cl, cu, cv, value = centres[k, 0], centres[k, 1], centres[k, 2], centres[k, channel]
            for j in range(width):
                dl, du, dv = a[j] - cl, b[j] - cu, c[j] - cv
                d = dl * dl + weight * (du * du + dv * dv)
                nearest = d < first[j]
                beaten, beaten_value = (first[j], row[j]) if nearest else (d, value)
                nearer = beaten < second[j]
                second[j] = beaten if nearer else second[j]
                other[j] = beaten_value if nearer else other[j]
                first[j] = d if nearest else first[j]
                row[j] = value if nearest else row[j]
        for j in range(width):
            t = min((second[j] - first[j]) / (second[j] + first[j] + np.float32(1e-9)) * soft, one)
            w = half + half * t * t * (three - two * t)
            row[j] = w * row[j] + (one - w) * other[j]
