"""Guided filter: a soft mask takes the edges of a picture (He, Sun & Tang 2010; the fast form, He & Sun 2015)."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats


def guided(mask: Floats, guides: tuple[Bytes, ...], *, radius: int, eps: float) -> tuple[Floats, ...]:
    """Coefficients (a_1 .. a_n, b), float32 hxw each, of the local linear model  mask = sum a_i guide_i + b.

    mask float32 hxw; guides one or three uint8 planes hxw, taken as 0..1; radius in pixels of that size; eps in
    squared units of 0..1. With three guides the covariance is inverted in closed form.
    """
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(plane: Floats) -> Floats:
        return cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT)

    units = [guide.astype(np.float32) * np.float32(1 / 255) for guide in guides]
    means = [mean(unit) for unit in units]
    middle = mean(mask)
    joint = [mean(unit * mask) - m * middle for unit, m in zip(units, means, strict=True)]
    if len(units) == 1:
        factors = [joint[0] / (mean(units[0] * units[0]) - means[0] * means[0] + np.float32(eps))]
    else:
        factors = _solve(units, means, joint, mean, eps)
    rest = middle - sum(f * m for f, m in zip(factors, means, strict=True))
    return tuple(mean(plane) for plane in (*factors, rest))


def applied(coefficients: tuple[Floats, ...], guides: tuple[Bytes, ...], shape: tuple[int, int]) -> Floats:
    """The mask at full size (height, width), float32: coefficients enlarged bilinearly, on guides of any size."""
    size = (shape[1], shape[0])
    out = cv2.resize(coefficients[-1], size, interpolation=cv2.INTER_LINEAR)
    for factor, guide in zip(coefficients, guides, strict=False):
        large = cv2.resize(factor, size, interpolation=cv2.INTER_LINEAR)
        full = guide if guide.shape == shape else cv2.resize(guide, size, interpolation=cv2.INTER_LINEAR)
        out += cv2.multiply(large, full, scale=1 / 255, dtype=cv2.CV_32F)
    return out


def _solve(units, means, joint, mean, eps) -> list[Floats]:  # type: ignore[no-untyped-def]
    """Factors for three guides: (covariance + eps) ** -1 times the covariance with the mask."""
    c = {
        (i, j): mean(units[i] * units[j]) - means[i] * means[j] + np.float32(eps if i == j else 0)
        for i in range(3)
        for j in range(i, 3)
    }
    m00 = c[1, 1] * c[2, 2] - c[1, 2] * c[1, 2]
    m01 = c[0, 2] * c[1, 2] - c[0, 1] * c[2, 2]
    m02 = c[0, 1] * c[1, 2] - c[0, 2] * c[1, 1]
    m11 = c[0, 0] * c[2, 2] - c[0, 2] * c[0, 2]
    m12 = c[0, 1] * c[0, 2] - c[0, 0] * c[1, 2]
    m22 = c[0, 0] * c[1, 1] - c[0, 1] * c[0, 1]
    scale = 1 / np.maximum(c[0, 0] * m00 + c[0, 1] * m01 + c[0, 2] * m02, np.float32(1e-12))
    p, q, r = joint
    return [
        (m00 * p + m01 * q + m02 * r) * scale,
        (m01 * p + m11 * q + m12 * r) * scale,
        (m02 * p + m12 * q + m22 * r) * scale,
    ]
