"""Edge-keeping smoothing: small differences melt, edges stay."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel

PAD = 4
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
SHADE_FLOOR, SHADE_SLOPE = np.float32(0.25), np.float32(1.2)
NEAR, FAR = np.float32(np.exp(-1 / 4.5)), np.float32(np.exp(-4 / 4.5))


def smooth_luma(luma: Floats, *, sweeps: int, reach: float) -> Floats:
    """Melt differences of luma (float32 hxw, 0..1) well below ``reach``; edges beyond it stay.

    One pass along a direction replaces a pixel by the mean of its five neighbours at distances t = -2..2 (times the
    step) with weights exp(-t^2/4.5) max(0, 1 - (dL/(reach shade))^2)^2, shade = min(1, 0.25 + 1.2 L): in the dark
    smaller differences count (Weber). (Tukey's biweight is the compact kin of the bilateral filter's Gaussian.) A sweep
    is four passes: rows, columns, both diagonals, each on the result before (Pham & van Vliet 2005, with diagonals
    against boxy artefacts). The step alternates 1, 2 (edge-avoiding à trous, Dammertz 2010).
    """
    square = np.float32(1 / reach**2)
    source = _padded(luma, PAD)
    target = np.empty_like(source)
    for sweep in range(sweeps):
        step = 1 + sweep % 2
        for dy, dx in DIRECTIONS:
            _pass_luma(source, dy * step, dx * step, NEAR, FAR, square, target)
            source, target = target, source
    return _unpadded(source)


def smooth_chroma(
    luma: Floats, u: Floats, v: Floats, *, sweeps: int, reach: tuple[float, float]
) -> tuple[Floats, Floats]:
    """The same for chroma (float32 hxw, -0.5..0.5), stopped by edges of luma and chroma; along rows and columns only.

    Weights exp(-t^2/4.5) max(0, 1 - (dL/reach[0])^2 - (du^2 + dv^2)/reach[1]^2, both over shade^2)^2.
    """
    squares = np.float32(1 / reach[0] ** 2), np.float32(1 / reach[1] ** 2)
    guide, source = _padded(luma, PAD), (_padded(u, PAD), _padded(v, PAD))
    target = np.empty_like(guide), np.empty_like(guide)
    for sweep in range(sweeps):
        step = 1 + sweep % 2
        for dy, dx in DIRECTIONS[:2]:
            _pass_chroma(guide, *source, dy * step, dx * step, NEAR, FAR, *squares, *target)
            source, target = target, source
    return _unpadded(source[0]), _unpadded(source[1])


def enlarge(luma: Floats, y: Bytes, reach: float) -> Bytes:
    """Half-size luma (float32 hxw, 0..1) at the size of y (uint8 HxW), with the edges of y: uint8 HxW.

    With B the bilinear enlargement, a pixel p becomes the mean of B at p (counted twice) and at its four neighbours q
    two pixels away with weights max(0.02, 1 - ((B(q) - y(p))/(reach shade))^2)^2, shade as in ``smooth_luma``: it takes
    the side of an edge on which the sharp source sees it (joint bilateral upsampling, Kopf 2007, with the enlarged
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


def _unpadded(plane: Floats) -> Floats:
    return np.ascontiguousarray(plane[PAD:-PAD, PAD:-PAD])


@kernel
def _close_row(row, width):  # type: ignore[no-untyped-def]
    for k in range(PAD):
        row[k] = row[PAD]
        row[PAD + width + k] = row[PAD + width - 1]


@kernel
def _close_ends(plane):  # type: ignore[no-untyped-def]
    height = plane.shape[0] - 2 * PAD
    first, last = plane[PAD], plane[PAD + height - 1]
    for k in range(PAD):
        above, below = plane[k], plane[PAD + height + k]
        for j in range(plane.shape[1]):
            above[j] = first[j]
        for j in range(plane.shape[1]):
            below[j] = last[j]


@kernel
def _pass_luma(source, dy, dx, near, far, square, out):  # type: ignore[no-untyped-def]
    height, width = out.shape[0] - 2 * PAD, out.shape[1] - 2 * PAD
    one, zero = np.float32(1), np.float32(0)
    for r in range(PAD, PAD + height):
        here = source[r, PAD : PAD + width]
        back = source[r - dy, PAD - dx : PAD - dx + width]
        on = source[r + dy, PAD + dx : PAD + dx + width]
        far_back = source[r - 2 * dy, PAD - 2 * dx : PAD - 2 * dx + width]
        far_on = source[r + 2 * dy, PAD + 2 * dx : PAD + 2 * dx + width]
        row = out[r, PAD : PAD + width]
        for j in range(width):
            c = here[j]
            shade = min(SHADE_FLOOR + SHADE_SLOPE * c, one)
            inverse = square / (shade * shade)
            a, b, d, e = back[j] - c, on[j] - c, far_back[j] - c, far_on[j] - c
            wa, wb = max(one - a * a * inverse, zero), max(one - b * b * inverse, zero)
            wd, we = max(one - d * d * inverse, zero), max(one - e * e * inverse, zero)
            wa, wb, wd, we = near * wa * wa, near * wb * wb, far * wd * wd, far * we * we
            row[j] = c + (wa * a + wb * b + wd * d + we * e) / (one + wa + wb + wd + we)
        _close_row(out[r], width)
    _close_ends(out)


@kernel
def _pass_chroma(luma, u, v, dy, dx, near, far, by_luma, by_chroma, out_u, out_v):  # type: ignore[no-untyped-def]
    height, width = out_u.shape[0] - 2 * PAD, out_u.shape[1] - 2 * PAD
    one, zero = np.float32(1), np.float32(0)
    weights = np.empty((5, width), np.float32)
    shades = np.empty(width, np.float32)
    w0, w1, w2, w3, w4 = weights[0], weights[1], weights[2], weights[3], weights[4]
    for r in range(PAD, PAD + height):
        l0, u0, v0 = luma[r, PAD : PAD + width], u[r, PAD : PAD + width], v[r, PAD : PAD + width]
        for j in range(width):
            shade = min(SHADE_FLOOR + SHADE_SLOPE * l0[j], one)
            shades[j] = one / (shade * shade)
        for t in range(-2, 3):
            if t == 0:
                continue
            y, x = r + t * dy, PAD + t * dx
            lt, ut, vt, weight = luma[y, x : x + width], u[y, x : x + width], v[y, x : x + width], weights[t + 2]
            tap = near if abs(t) == 1 else far
            for j in range(width):
                dl, du, dv = lt[j] - l0[j], ut[j] - u0[j], vt[j] - v0[j]
                w = max(one - (dl * dl * by_luma + (du * du + dv * dv) * by_chroma) * shades[j], zero)
                weight[j] = tap * w * w
        for j in range(width):
            w2[j] = one / (one + w0[j] + w1[j] + w3[j] + w4[j])
        for plane in range(2):
            source, target = (u, out_u[r]) if plane == 0 else (v, out_v[r])
            row = target[PAD : PAD + width]
            a = source[r - 2 * dy, PAD - 2 * dx : PAD - 2 * dx + width]
            b = source[r - dy, PAD - dx : PAD - dx + width]
            c = source[r, PAD : PAD + width]
            d = source[r + dy, PAD + dx : PAD + dx + width]
            e = source[r + 2 * dy, PAD + 2 * dx : PAD + 2 * dx + width]
            for j in range(width):
                row[j] = (c[j] + w0[j] * a[j] + w1[j] * b[j] + w3[j] * d[j] + w4[j] * e[j]) * w2[j]
            _close_row(target, width)
    _close_ends(out_u)
    _close_ends(out_v)


@kernel
def _take_sides(padded, y, square, out):  # type: ignore[no-untyped-def]
    height, width = out.shape
    one, half, least = np.float32(1), np.float32(0.5), np.float32(0.02)
    slope = SHADE_SLOPE * np.float32(1 / 255)
    for i in range(height):
        here, row = y[i], out[i]
        up, down = padded[i, 2 : 2 + width], padded[i + 4, 2 : 2 + width]
        left, middle, right = padded[i + 2, :width], padded[i + 2, 2 : 2 + width], padded[i + 2, 4 : 4 + width]
        for j in range(width):
            p = np.float32(here[j])
            a, b, c = np.float32(up[j]) - p, np.float32(down[j]) - p, np.float32(middle[j]) - p
            d, e = np.float32(left[j]) - p, np.float32(right[j]) - p
            shade = min(SHADE_FLOOR + slope * p, one)
            s = square / (shade * shade)
            wa, wb, wc = max(one - a * a * s, least), max(one - b * b * s, least), max(one - c * c * s, least)
            wd, we = max(one - d * d * s, least), max(one - e * e * s, least)
            wa, wb, wc, wd, we = wa * wa, wb * wb, wc * wc * np.float32(2), wd * wd, we * we
            shift = (wa * a + wb * b + wc * c + wd * d + we * e) / (wa + wb + wc + wd + we)
            row[j] = np.uint8(p + shift + half)
