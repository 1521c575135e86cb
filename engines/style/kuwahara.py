"""The anisotropic Kuwahara filter: a pixel takes the mean of the calmest part of a brush stroke along the flow."""

import cv2
import numpy as np

from engines.arrays import Floats
from engines.kernel import kernel

SECTORS = 8
TILE = 64
GOLDEN_ANGLE = 2.399963


def kuwahara(
    luma: Floats, u: Floats, v: Floats, tangent: Floats, anisotropy: Floats, radius: float, sharpness: float
) -> tuple[Floats, Floats, Floats]:
    """Filter luma (0..1) and chroma (-0.5..0.5), float32 hxw, with strokes of ``radius`` pixels; ``sharpness`` 0..1.

    The neighbourhood is an ellipse along the tangent with half-axes radius (1 + A) and radius / (1 + A), A the
    anisotropy (Kyprianidis, Kang & Döllner 2009, alpha = 1). It is sampled, to the nearest pixel, at the points of a
    Vogel spiral: n = clip(3.5 radius^2, 24, 120), rho_i = sqrt((i + 1/2) / n), angle_i = 2.399963 i. In the disc's
    coordinates turned by sector k's angle 2 pi k/8, (x, y), a sample weighs max(0, 0.12 + x - 1.6 y^2)^2 exp(-rho^2),
    less than 2 % of the greatest counting as 0 (after the polynomial sectors of Kyprianidis 2010); each sector's
    weights sum to 1. With the mean m_k and the variance s_k of sector k (luma's and chroma's added): out = sum(m_k a_k)
    / sum(a_k), a_k = (1 + 255^2 s_k / 10^(3 - 2 sharpness))^-4.
    """
    points, weights = stroke(radius)
    pad = int(np.ceil(2 * radius)) + 1
    picture = np.stack([luma, u, v, luma * luma + u * u + v * v], 2)
    padded = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    out = np.empty((*luma.shape, 3), np.float32)
    choosy = np.float32(choosiness(sharpness))
    _filter(
        padded.reshape(-1),
        np.int32(padded.shape[1]),
        pad,
        tangent,
        anisotropy,
        np.float32(radius),
        points,
        weights,
        choosy,
        out,
    )
    return cv2.split(out)


def choosiness(sharpness: float) -> float:
    """How much a sector's variance counts against it."""
    return float(255 * 255 / 10 ** (3 - 2 * sharpness))


def stroke(radius: float) -> tuple[Floats, Floats]:
    """Sample points nx2 in the unit disc and their sector weights nx8, each sector's summing to 1."""
    count = int(np.clip(round(3.5 * radius * radius), 24, 120))
    k = np.arange(count)
    rho, angle = np.sqrt((k + 0.5) / count), k * GOLDEN_ANGLE
    turn = angle[:, None] - np.arange(SECTORS)[None] * (2 * np.pi / SECTORS)
    x, y = rho[:, None] * np.cos(turn), rho[:, None] * np.sin(turn)
    weights = np.maximum(0, 0.12 + x - 1.6 * y * y) ** 2 * np.exp(-(rho**2))[:, None]
    weights[weights < 0.02 * weights.max()] = 0
    points = np.stack([rho * np.cos(angle), rho * np.sin(angle)], 1)
    return points.astype(np.float32), (weights / weights.sum(0)).astype(np.float32)


@kernel
def _filter(picture, pitch, pad, tangent, anisotropy, radius, points, weights, choosy, out):  # type: ignore[no-untyped-def]
    height, width, _ = out.shape
    one, half, zero = np.float32(1), np.float32(0.5), np.float32(0)
    sums = np.empty((SECTORS, 4 * TILE), np.float32)
    taken = np.zeros(4 * TILE, np.float32)
    total = np.empty(4 * TILE, np.float32)
    along_x, along_y = np.zeros(TILE, np.float32), np.zeros(TILE, np.float32)
    across_x, across_y = np.zeros(TILE, np.float32), np.zeros(TILE, np.float32)
    place = np.zeros(TILE, np.int32)
    for i in range(height):
        for start in range(0, width, TILE):
            n = min(TILE, width - start)
            for j in range(n):
                stretch = one + anisotropy[i, start + j]
                tx, ty = tangent[i, start + j, 0], tangent[i, start + j, 1]
                along_x[j], along_y[j] = tx * radius * stretch, ty * radius * stretch
                across_x[j], across_y[j] = -ty * radius / stretch, tx * radius / stretch
            sums[:] = 0
            corner_x, corner_y = np.float32(start + pad) + half, np.float32(i + pad) + half
            for p in range(points.shape[0]):
                px, py = points[p, 0], points[p, 1]
                for j in range(TILE):
                    x = corner_x + np.float32(j) + px * along_x[j] + py * across_x[j]
                    y = corner_y + px * along_y[j] + py * across_y[j]
                    place[j] = 4 * (np.int32(y) * pitch + np.int32(x))
                for j in range(n):
                    at = place[j]
                    taken[4 * j] = picture[at]
                    taken[4 * j + 1] = picture[at + 1]
                    taken[4 * j + 2] = picture[at + 2]
                    taken[4 * j + 3] = picture[at + 3]
                for k in range(SECTORS):
                    w = weights[p, k]
                    if w > zero:
                        into = sums[k]
                        for j in range(4 * TILE):
                            into[j] += w * taken[j]
            total[:] = 0
            for k in range(SECTORS):
                into = sums[k]
                for j in range(n):
                    a, b, c, d = into[4 * j], into[4 * j + 1], into[4 * j + 2], into[4 * j + 3]
                    spread = max(d - a * a - b * b - c * c, zero)
                    w = one / (one + choosy * spread)
                    w *= w
                    w *= w
                    total[4 * j] += w * a
                    total[4 * j + 1] += w * b
                    total[4 * j + 2] += w * c
                    total[4 * j + 3] += w
            for j in range(n):
                for channel in range(3):
                    out[i, start + j, channel] = total[4 * j + channel] / total[4 * j + 3]
