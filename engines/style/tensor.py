"""The structure tensor: which way the picture runs at each place, and how surely."""

import numpy as np

from engines.arrays import Floats
from engines.kernel import kernel

CHROMA_WEIGHT = 2.0


def structure_tensor(luma: Floats, u: Floats, v: Floats, sigma: float) -> Floats:
    """Smoothed structure tensor float32 hxwx3 (gx*gx, gy*gy, gx*gy) of luma (0..1) and chroma (-0.5..0.5), float32 hxw.

    Gradients by the 3x3 kernel with weights 0.1828, 0.6344, 0.1828 over two pixels (Jähne, Scharr & Körkel 1999); the
    products of the three planes are added, chroma's four times (``CHROMA_WEIGHT`` squared), then smoothed by a Gaussian
    of ``sigma`` pixels (Brox, Weickert et al. 2006).
    """
    reach = int(np.ceil(2.5 * sigma))
    taps = np.exp(-(np.arange(reach + 1) ** 2) / (2 * sigma * sigma))
    taps = (taps / (2 * taps.sum() - 1)).astype(np.float32)
    out = np.empty((*luma.shape, 3), np.float32)
    _tensor(luma, u, v, np.float32(CHROMA_WEIGHT**2), taps, out)
    return out


@kernel
def _add_products(plane, i, times, smooth, step, sums):  # type: ignore[no-untyped-def]
    """Add one plane's products of row i to sums 3xW; ``smooth`` and ``step`` are rows of W + 2 to work in."""
    height, width = plane.shape
    side, middle = np.float32(0.0914), np.float32(0.3172)
    above, here, below = plane[max(i - 1, 0)], plane[i], plane[min(i + 1, height - 1)]
    inner_smooth, inner_step = smooth[1 : 1 + width], step[1 : 1 + width]
    for j in range(width):
        inner_smooth[j] = side * (above[j] + below[j]) + middle * here[j]
    for j in range(width):
        inner_step[j] = below[j] - above[j]
    smooth[0], step[0], smooth[width + 1], step[width + 1] = smooth[1], step[1], smooth[width], step[width]
    left, right, a, c = smooth[:width], smooth[2 : 2 + width], step[:width], step[2 : 2 + width]
    xx, yy, xy = sums[0], sums[1], sums[2]
    for j in range(width):
        gx = right[j] - left[j]
        xx[j] += times * gx * gx
    for j in range(width):
        gy = side * (a[j] + c[j]) + middle * inner_step[j]
        yy[j] += times * gy * gy
    for j in range(width):
        xy[j] += times * (right[j] - left[j]) * (side * (a[j] + c[j]) + middle * inner_step[j])


@kernel
def _blur_row(here, taps, line, into):  # type: ignore[no-untyped-def]
    """Gaussian of a row of W along itself; ``line`` is a row of W + 2 reach to work in."""
    width, reach = here.shape[0], taps.shape[0] - 1
    for j in range(width):
        line[reach + j] = here[j]
    for t in range(reach):
        line[t], line[reach + width + t] = here[0], here[width - 1]
    for j in range(width):
        into[j] = taps[0] * here[j]
    for t in range(1, reach + 1):
        left, right = line[reach - t : reach - t + width], line[reach + t : reach + t + width]
        for j in range(width):
            into[j] += taps[t] * (left[j] + right[j])


@kernel
def _blur_down(ring, i, height, taps, total):  # type: ignore[no-untyped-def]
    """Gaussian across rows of the ring buffer, around row i of ``height``."""
    rows = ring.shape[0]
    here = ring[i % rows]
    for j in range(total.shape[0]):
        total[j] = taps[0] * here[j]
    for t in range(1, taps.shape[0]):
        above, below = ring[max(i - t, 0) % rows], ring[min(i + t, height - 1) % rows]
        for j in range(total.shape[0]):
            total[j] += taps[t] * (above[j] + below[j])


@kernel
def _tensor(luma, u, v, weight, taps, out):  # type: ignore[no-untyped-def]
    height, width, _ = out.shape
    reach = taps.shape[0] - 1
    rows = 2 * reach + 1
    rings = np.empty((3, rows, width), np.float32)
    sums = np.empty((3, width), np.float32)
    line = np.empty(width + 2 * reach, np.float32)
    smooth, step = np.empty(width + 2, np.float32), np.empty(width + 2, np.float32)
    for r in range(height + reach):
        if r < height:
            sums[:] = 0
            for k in range(3):
                plane, times = (luma, np.float32(1)) if k == 0 else ((u, weight) if k == 1 else (v, weight))
                _add_products(plane, r, times, smooth, step, sums)
            for k in range(3):
                _blur_row(sums[k], taps, line, rings[k, r % rows])
        i = r - reach
        if i >= 0:
            for k in range(3):
                _blur_down(rings[k], i, height, taps, sums[k])
            row = out[i]
            for j in range(width):
                row[j, 0], row[j, 1], row[j, 2] = sums[0, j], sums[1, j], sums[2, j]


def flow(tensor: Floats) -> tuple[Floats, Floats]:
    """(tangent float32 hxwx2 as unit (x, y), anisotropy float32 hxw in 0..1) of a tensor hxwx3.

    With d = E - F, r = sqrt(d^2 + 4 G^2), the tangent is the eigenvector of the smaller eigenvalue:
    (-sign(G) sqrt((1 - d/r)/2), sqrt((1 + d/r)/2)); where r is 0 it is the diagonal. Anisotropy is r / (E + F), at most 1: a tensor
    that was mixed over time need not be one that a picture has.
    """
    tangent = np.empty((*tensor.shape[:2], 2), np.float32)
    anisotropy = np.empty(tensor.shape[:2], np.float32)
    _flow(np.ascontiguousarray(tensor), tangent, anisotropy)
    return tangent, anisotropy


@kernel
def _flow(tensor, tangent, anisotropy):  # type: ignore[no-untyped-def]
    height, width, _ = tensor.shape
    tiny, half, one = np.float32(1e-9), np.float32(0.5), np.float32(1)
    for i in range(height):
        row, out, surely = tensor[i], tangent[i], anisotropy[i]
        for j in range(width):
            e, f, g = row[j, 0], row[j, 1], row[j, 2]
            d = e - f
            r = np.sqrt(d * d + np.float32(4) * g * g) + tiny
            c = min(max(d / r, -one), one)
            x = np.sqrt(half - half * c)
            out[j, 0] = -x if g > 0 else x
            out[j, 1] = np.sqrt(half + half * c)
            surely[j] = min(r / max(e + f + tiny + tiny, tiny), one)
