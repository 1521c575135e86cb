"""Edge-keeping smoothing: small differences melt, edges stay."""

import cv2
import numpy as np
from numba import njit

from engines.style.picture import Floats

RADIUS = 2
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def abstract(
    luma: Floats, u: Floats, v: Floats, *, sweeps: int, luma_range: float, chroma_range: float
) -> tuple[Floats, Floats, Floats]:
    """Smooth luma (0..1) and chroma (-0.5..0.5), all float32 hxw, jointly; edges beyond the ranges stay.

    One pass along a direction replaces a pixel c by the mean of its five neighbours q at distances -2..2 (times the step) with
    weights  exp(-t^2/4.5) * max(0, 1 - (dL/luma_range)^2 - (du^2 + dv^2)/chroma_range^2)^2  (Tukey's biweight, the
    compact kin of the bilateral filter's Gaussian). A sweep is four passes: along rows, columns and both diagonals, each on the
    result before (Pham & van Vliet 2005, extended by diagonals against boxy artefacts). The step doubles every second
    sweep (edge-avoiding à-trous, Dammertz 2010).
    """
    taps = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / 4.5).astype(np.float32)
    by_luma, by_chroma = np.float32(1 / luma_range**2), np.float32(1 / chroma_range**2)
    for sweep in range(sweeps):
        step = 1 + sweep % 2
        pad = RADIUS * step
        for dy, dx in DIRECTIONS:
            padded = [cv2.copyMakeBorder(p, pad, pad, pad, pad, cv2.BORDER_REPLICATE) for p in (luma, u, v)]
            luma, u, v = (np.empty(luma.shape, np.float32) for _ in range(3))
            _pass(*padded, pad, dy * step, dx * step, taps, by_luma, by_chroma, luma, u, v)
    return luma, u, v


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _pass(luma, u, v, pad, dy, dx, taps, by_luma, by_chroma, out_luma, out_u, out_v):  # type: ignore[no-untyped-def]
    height, width = out_luma.shape
    total = np.empty(width, np.float32)
    weight = np.empty(width, np.float32)
    for i in range(height):
        luma_0 = luma[i + pad, pad : pad + width]
        u_0 = u[i + pad, pad : pad + width]
        v_0 = v[i + pad, pad : pad + width]
        sum_luma, sum_u, sum_v = out_luma[i], out_u[i], out_v[i]
        total[:] = 1
        sum_luma[:] = luma_0
        sum_u[:] = u_0
        sum_v[:] = v_0
        for t in range(-RADIUS, RADIUS + 1):
            if t == 0:
                continue
            row, start = i + pad + t * dy, pad + t * dx
            luma_t = luma[row, start : start + width]
            u_t = u[row, start : start + width]
            v_t = v[row, start : start + width]
            tap = taps[t + RADIUS]
            for j in range(width):
                d_luma, d_u, d_v = luma_t[j] - luma_0[j], u_t[j] - u_0[j], v_t[j] - v_0[j]
                w = max(np.float32(1) - d_luma * d_luma * by_luma - (d_u * d_u + d_v * d_v) * by_chroma, np.float32(0))
                weight[j] = w * w * tap
            for j in range(width):
                total[j] += weight[j]
            for j in range(width):
                sum_luma[j] += weight[j] * luma_t[j]
            for j in range(width):
                sum_u[j] += weight[j] * u_t[j]
            for j in range(width):
                sum_v[j] += weight[j] * v_t[j]
        for j in range(width):
            total[j] = np.float32(1) / total[j]
        for j in range(width):
            sum_luma[j] *= total[j]
        for j in range(width):
            sum_u[j] *= total[j]
        for j in range(width):
            sum_v[j] *= total[j]
