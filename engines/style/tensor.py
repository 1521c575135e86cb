"""The structure tensor: which way the picture runs at each place, and how surely."""

import cv2
import numpy as np
from numba import njit

from engines.style.picture import Floats

CHROMA_WEIGHT = 2.0


def structure_tensor(luma: Floats, u: Floats, v: Floats, sigma: float) -> Floats:
    """Smoothed structure tensor float32 hxwx3 (gx*gx, gy*gy, gx*gy) of luma (0..1) and chroma (-0.5..0.5), float32 hxw.

    Gradients by the 3x3 kernel with weights 0.1828, 0.6344, 0.1828 over two pixels (Jähne, Scharr & Körkel 1999); the
    products of the three planes are added, chroma's four times (``CHROMA_WEIGHT`` squared), then smoothed by a Gaussian
    of ``sigma`` pixels (Brox, Weickert et al. 2006).
    """
    out = np.zeros((*luma.shape, 3), np.float32)
    for plane, weight in ((luma, 1.0), (u, CHROMA_WEIGHT), (v, CHROMA_WEIGHT)):
        _add_products(cv2.copyMakeBorder(plane, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.float32(weight * weight), out)
    size = 2 * int(np.ceil(2.5 * sigma)) + 1
    return cv2.GaussianBlur(out, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _add_products(padded, weight, out):  # type: ignore[no-untyped-def]
    height, width, _ = out.shape
    side, middle = np.float32(0.0914), np.float32(0.3172)
    gx = np.empty(width, np.float32)
    gy = np.empty(width, np.float32)
    for i in range(height):
        above, here, below = padded[i], padded[i + 1], padded[i + 2]
        a0, a1, a2 = above[:width], above[1 : 1 + width], above[2 : 2 + width]
        h0, h2 = here[:width], here[2 : 2 + width]
        b0, b1, b2 = below[:width], below[1 : 1 + width], below[2 : 2 + width]
        for j in range(width):
            gx[j] = side * (a2[j] - a0[j] + b2[j] - b0[j]) + middle * (h2[j] - h0[j])
        for j in range(width):
            gy[j] = side * (b0[j] - a0[j] + b2[j] - a2[j]) + middle * (b1[j] - a1[j])
        row = out[i]
        for j in range(width):
            x, y = gx[j], gy[j]
            row[j, 0] += weight * x * x
            row[j, 1] += weight * y * y
            row[j, 2] += weight * x * y


def flow(tensor: Floats) -> tuple[Floats, Floats]:
    """(tangent float32 hxwx2 as unit (x, y), anisotropy float32 hxw in 0..1) of a tensor hxwx3.

    With d = E - F, r = sqrt(d^2 + 4 G^2), the tangent is the eigenvector of the smaller eigenvalue:
    (-sign(G) sqrt((1 - d/r)/2), sqrt((1 + d/r)/2)); where r is 0 it is the diagonal. Anisotropy is r / (E + F).
    """
    tangent = np.empty((*tensor.shape[:2], 2), np.float32)
    anisotropy = np.empty(tensor.shape[:2], np.float32)
    _flow(np.ascontiguousarray(tensor), tangent, anisotropy)
    return tangent, anisotropy


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
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
            surely[j] = r / (e + f + tiny + tiny)
