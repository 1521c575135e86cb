"""Edge-keeping smoothing: small differences melt, edges stay."""

import cv2
import numpy as np
from numba import njit

from engines.style.picture import Bytes, Floats

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
SHADE_FLOOR, SHADE_SLOPE = np.float32(0.3), np.float32(1.1)
NEAR, FAR = np.float32(np.exp(-1 / 4.5)), np.float32(np.exp(-4 / 4.5))


def smooth_luma(luma: Floats, *, sweeps: int, reach: float) -> Floats:
    """Melt differences of luma (float32 hxw, 0..1) well below ``reach``; edges beyond it stay.

    One pass along a direction replaces a pixel by the mean of its five neighbours at distances t = -2..2 (times the
    step) with weights exp(-t^2/4.5) max(0, 1 - (dL/(reach shade))^2)^2, shade = min(1, 0.3 + 1.1 L): in the dark
    smaller differences count (Weber). (Tukey's biweight is the compact kin of the bilateral filter's Gaussian.) A sweep
    is four passes: rows, columns, both diagonals, each on the result before (Pham & van Vliet 2005, with diagonals
    against boxy artefacts). The step alternates 1, 2 (edge-avoiding à trous, Dammertz 2010).
    """
    square = np.float32(1 / reach**2)
    for sweep in range(sweeps):
        step = 1 + sweep % 2
        for dy, dx in DIRECTIONS:
            out = np.empty_like(luma)
            _pass_luma(_padded(luma, 2 * step), 2 * step, dy * step, dx * step, NEAR, FAR, square, out)
            luma = out
    return luma


def smooth_chroma(
    luma: Floats, u: Floats, v: Floats, *, sweeps: int, reach: tuple[float, float]
) -> tuple[Floats, Floats]:
    """The same for chroma (float32 hxw, -0.5..0.5), stopped by edges of luma and chroma; along rows and columns only.

    Weights exp(-t^2/4.5) max(0, 1 - (dL/reach[0])^2 - (du^2 + dv^2)/reach[1]^2, both over shade^2)^2.
    """
    squares = np.float32(1 / reach[0] ** 2), np.float32(1 / reach[1] ** 2)
    for sweep in range(sweeps):
        step = 1 + sweep % 2
        guide = _padded(luma, 2 * step)
        for dy, dx in DIRECTIONS[:2]:
            out_u, out_v = np.empty_like(u), np.empty_like(v)
            planes = guide, _padded(u, 2 * step), _padded(v, 2 * step)
            _pass_chroma(*planes, 2 * step, dy * step, dx * step, NEAR, FAR, *squares, out_u, out_v)
            u, v = out_u, out_v
    return u, v


def enlarge(luma: Floats, y: Bytes, reach: float) -> Bytes:
    """Half-size luma (float32 hxw, 0..1) at the size of y (uint8 HxW), with the edges of y: uint8 HxW.

    With B the bilinear enlargement, a pixel p becomes the mean of B at p and its eight neighbours q two pixels away
    with weights binomial(q) max(0.01, 1 - ((B(q) - y(p))/(reach shade))^2)^2, shade as in ``smooth_luma``: it takes the
    side of an edge on which the sharp source sees it (joint bilateral upsampling, Kopf 2007, with the enlarged
    picture's own value in the range term).
    """
    height, width = y.shape
    small = cv2.convertScaleAbs(luma, alpha=255.0)
    large = cv2.resize(small, (2 * luma.shape[1], 2 * luma.shape[0]), interpolation=cv2.INTER_LINEAR)[:height, :width]
    out = np.empty(y.shape, np.uint8)
    _take_sides(_padded(large, 2), y, np.float32(1 / (255 * reach) ** 2), out)
    return out


def _padded(plane, pad):  # type: ignore[no-untyped-def]
    return cv2.copyMakeBorder(plane, pad, pad, pad, pad, cv2.BORDER_REPLICATE)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _pass_luma(source, pad, dy, dx, near, far, square, out):  # type: ignore[no-untyped-def]
    height, width = out.shape
    one, zero = np.float32(1), np.float32(0)
    for i in range(height):
        r = i + pad
        here = source[r, pad : pad + width]
        back = source[r - dy, pad - dx : pad - dx + width]
        on = source[r + dy, pad + dx : pad + dx + width]
        far_back = source[r - 2 * dy, pad - 2 * dx : pad - 2 * dx + width]
        far_on = source[r + 2 * dy, pad + 2 * dx : pad + 2 * dx + width]
        row = out[i]
        for j in range(width):
            c = here[j]
            shade = min(SHADE_FLOOR + SHADE_SLOPE * c, one)
            inverse = square / (shade * shade)
            a, b, d, e = back[j] - c, on[j] - c, far_back[j] - c, far_on[j] - c
            wa, wb = max(one - a * a * inverse, zero), max(one - b * b * inverse, zero)
            wd, we = max(one - d * d * inverse, zero), max(one - e * e * inverse, zero)
            wa, wb, wd, we = near * wa * wa, near * wb * wb, far * wd * wd, far * we * we
            row[j] = c + (wa * a + wb * b + wd * d + we * e) / (one + wa + wb + wd + we)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _pass_chroma(luma, u, v, pad, dy, dx, near, far, by_luma, by_chroma, out_u, out_v):  # type: ignore[no-untyped-def]
    height, width = out_u.shape
    one, zero = np.float32(1), np.float32(0)
    weights = np.empty((5, width), np.float32)
    w0, w1, w2, w3, w4 = weights[0], weights[1], weights[2], weights[3], weights[4]
    for i in range(height):
        r = i + pad
        l0, u0, v0 = luma[r, pad : pad + width], u[r, pad : pad + width], v[r, pad : pad + width]
        for t in range(-2, 3):
            if t == 0:
                continue
            y, x = r + t * dy, pad + t * dx
            lt, ut, vt, weight = luma[y, x : x + width], u[y, x : x + width], v[y, x : x + width], weights[t + 2]
            tap = near if abs(t) == 1 else far
            for j in range(width):
                dl, du, dv = lt[j] - l0[j], ut[j] - u0[j], vt[j] - v0[j]
                shade = min(SHADE_FLOOR + SHADE_SLOPE * l0[j], one)
                w = max(one - (dl * dl * by_luma + (du * du + dv * dv) * by_chroma) / (shade * shade), zero)
                weight[j] = tap * w * w
        for j in range(width):
            w2[j] = one / (one + w0[j] + w1[j] + w3[j] + w4[j])
        for plane in range(2):
            source, row = (u, out_u[i]) if plane == 0 else (v, out_v[i])
            a = source[r - 2 * dy, pad - 2 * dx : pad - 2 * dx + width]
            b = source[r - dy, pad - dx : pad - dx + width]
            c = source[r, pad : pad + width]
            d = source[r + dy, pad + dx : pad + dx + width]
            e = source[r + 2 * dy, pad + 2 * dx : pad + 2 * dx + width]
            for j in range(width):
                row[j] = (c[j] + w0[j] * a[j] + w1[j] * b[j] + w3[j] * d[j] + w4[j] * e[j]) * w2[j]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _take_sides(padded, y, square, out):  # type: ignore[no-untyped-def]
    height, width = out.shape
    one, two, half, least = np.float32(1), np.float32(2), np.float32(0.5), np.float32(0.01)
    total = np.empty(width, np.float32)
    weights = np.empty(width, np.float32)
    inverse = np.empty(width, np.float32)
    for i in range(height):
        here, row = y[i], out[i]
        total[:] = 0
        weights[:] = 0
        for j in range(width):
            shade = min(SHADE_FLOOR + SHADE_SLOPE * np.float32(1 / 255) * np.float32(here[j]), one)
            inverse[j] = square / (shade * shade)
        for t in range(3):
            source = padded[i + 2 * t]
            a, b, c = source[:width], source[2 : 2 + width], source[4 : 4 + width]
            tap = two if t == 1 else one
            for j in range(width):
                p, s = np.float32(here[j]), inverse[j]
                x, m, z = np.float32(a[j]), np.float32(b[j]), np.float32(c[j])
                wx = max(one - (x - p) * (x - p) * s, least)
                wm = max(one - (m - p) * (m - p) * s, least)
                wz = max(one - (z - p) * (z - p) * s, least)
                wx, wm, wz = tap * wx * wx, two * tap * wm * wm, tap * wz * wz
                total[j] += wx * x + wm * m + wz * z
                weights[j] += wx + wm + wz
        for j in range(width):
            row[j] = np.uint8(total[j] / weights[j] + half)
