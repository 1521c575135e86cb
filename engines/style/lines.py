"""Ink lines: a flow-based extended difference of Gaussians, evaluated only where a line can be."""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel
from engines.style.picture import Prepared
from engines.style.smooth import SHADE_FLOOR, SHADE_SLOPE
from engines.style.tensor import flow

RATIO = 1.6
NEIGHBOURHOOD = 13.0
STEPS = 3
TURN = 1
COARSE = 4
REDNESS = 1.0


@dataclass(frozen=True)
class Pen:
    """How lines are drawn; lengths in pixels at 720p.

    width     sigma of the narrow Gaussian across a line
    length    sigma of the mean along a line
    strength  darkness of a full line, 0..1
    pull      p of XDoG: how much the difference of Gaussians counts
    fill      how much plain darkness below its neighbourhood counts, 0..1 (1 gives solid blacks)
    edge      epsilon of XDoG: level below which ink flows, 0..1
    hardness  phi of XDoG
    contrast  local standard deviation of luma (0..1) at which lines begin and at which they are full
    order     anisotropy at which lines begin and at which they are full
    floor     share of a line that stays where the flow is disordered
    texture   share of the melted detail that draws lines too, 0..1
    """

    width: float = 1.1
    length: float = 3.0
    strength: float = 0.9
    pull: float = 13.0
    fill: float = 0.5
    edge: float = 0.41
    hardness: float = 5.5
    contrast: tuple[float, float] = (0.03, 0.09)
    order: tuple[float, float] = (0.15, 0.5)
    floor: float = 0.35
    texture: float = 0.3


def draw_lines(prepared: Prepared, large: Bytes, pen: Pen, mask: Floats | None = None) -> Bytes:
    """Light that the lines let through, uint8 HxW: 255 no line, 0 black.

    Drawn from P = texture y + (1 - texture) (large - v), where ``large`` (uint8 HxW) is the abstracted luma at full
    size and v its chroma: red counts as dark, as on orthochromatic film, so that lips and hands stand out. D = G_s * P
    - G_1.6s * P is averaged along the flow into <D> (Kang 2007): three samples to each side, 2 length / 3 apart,
    nearest pixel, weights exp(-2 (i/3)^2), along the tangent at the pixel, from the second sample on along the tangent
    there. With the local mean m and standard deviation d of luma (Gaussian of 13 px), shade = min(1, 0.25 + 1.2 m), s =
    d / shade: X = 0.5 + (fill gate (L - m) + pull gate <D>) / (3 shade max(s, 0.1)),  line = strength tanh(hardness
    max(edge - X, 0)), light = 1 - line (XDoG, Winnemöller 2012, on locally normalised luma). gate = smoothstep(s over
    contrast) (floor + (1 - floor) smoothstep(anisotropy over order)). The slope of the tanh in <D> is at most 1 per
    change of D to the next pixel, so that rims are smooth; tanh x is taken as x (27 + x^2) / (27 + 9 x^2) up to x = 3.
    It is evaluated only where 1.25 D lies below its limit.

    ``mask`` (float32, any size, 0..1: importance, such as a face) lowers the gate's thresholds to a half, raises its
    floor half-way to 1 and raises texture likewise.
    """
    scale = prepared.scale
    tangent, anisotropy = flow(prepared.tensor)
    limit, slope = _thresholds(prepared, pen, anisotropy, mask)
    response = difference_of_gaussians(_seen(prepared, large, pen.texture, mask), max(pen.width * scale, 0.6))
    light = np.full(prepared.y.shape, 255, np.uint8)
    stride = np.float32(max(2 * pen.length * scale / STEPS, 0.5))
    along = np.exp(-2 * (np.arange(1, STEPS + 1) / STEPS) ** 2).astype(np.float32)
    norm = np.float32(1 / (1 + 2 * along.sum()))
    _integrate(response, tangent, limit, slope, along, norm, stride, np.float32(255 * pen.strength), light)
    return light


def _seen(prepared: Prepared, large: Bytes, texture: float, mask: Floats | None) -> Bytes:
    """The picture lines are drawn from; where the mask is 1 the share of y is halfway between ``texture`` and 1."""
    y = prepared.y
    height, width = y.shape
    red = cv2.convertScaleAbs(prepared.v, alpha=255.0, beta=128.0)
    red = cv2.resize(red, (2 * red.shape[1], 2 * red.shape[0]), interpolation=cv2.INTER_LINEAR)[:height, :width]
    large = cv2.addWeighted(large, 1, red, -REDNESS, 128 * REDNESS)
    even = cv2.addWeighted(y, texture, large, 1 - texture, 0)
    if mask is None:
        return even
    share = cv2.resize(mask.astype(np.float32), (width, height)) * np.float32(0.5 * (1 - texture))
    share += np.float32(texture)
    return np.where(share > np.float32(texture), cv2.blendLinear(y, large, share, 1 - share), even)


def difference_of_gaussians(y: Bytes, sigma: float) -> Floats:
    """G_sigma * L - G_(1.6 sigma) * L, float32 HxW, of luma y uint8 HxW taken as 0..1."""
    narrow, wide = _half_gaussian(sigma, 2.7), _half_gaussian(RATIO * sigma, 2.7)
    out = np.empty(y.shape, np.float32)
    _difference(y, narrow, wide, np.float32(1 / 255), out)
    return out


def _half_gaussian(sigma: float, reach: float) -> Floats:
    taps = np.exp(-(np.arange(int(np.ceil(reach * sigma)) + 1) ** 2) / (2 * sigma * sigma))
    return (taps / (2 * taps.sum() - taps[0])).astype(np.float32)


def _thresholds(prepared: Prepared, pen: Pen, anisotropy: Floats, mask: Floats | None) -> tuple[Floats, Floats]:
    """Limit below which <D> draws, and darkness per unit below it: float32 hxw."""
    luma = prepared.luma
    height, width = luma.shape
    mean, deviation = _local_levels(prepared.y, NEIGHBOURHOOD * prepared.scale, (width, height))
    importance = np.zeros_like(luma) if mask is None else cv2.resize(mask.astype(np.float32), (width, height))
    limit, slope = np.empty_like(luma), np.empty_like(luma)
    shape = np.array([pen.pull, pen.fill, pen.edge, pen.hardness, *pen.contrast, *pen.order, pen.floor], np.float32)
    _limits(luma, mean, deviation, anisotropy, importance, shape, limit, slope)
    return limit, slope


def _local_levels(y: Bytes, sigma: float, size: tuple[int, int]) -> tuple[Floats, Floats]:
    height, width = y.shape
    small = (max(width // COARSE, 1), max(height // COARSE, 1))
    luma = cv2.resize(y, small, interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(1 / 255)
    sigma = max(sigma / COARSE, 0.5)
    ksize = 2 * int(np.ceil(2 * sigma)) + 1
    mean = cv2.GaussianBlur(luma, (ksize, ksize), sigma, borderType=cv2.BORDER_REPLICATE)
    square = cv2.GaussianBlur(luma * luma, (ksize, ksize), sigma, borderType=cv2.BORDER_REPLICATE)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    return cv2.resize(mean, size), cv2.resize(deviation, size)


@kernel
def _smoothstep(x, low, high):  # type: ignore[no-untyped-def]
    t = min(max((x - low) / (high - low), np.float32(0)), np.float32(1))
    return t * t * (np.float32(3) - np.float32(2) * t)


@kernel
def _limits(luma, mean, deviation, anisotropy, importance, shape, limit, slope):  # type: ignore[no-untyped-def]
    pull, fill, edge, hardness = shape[0], shape[1], shape[2], shape[3]
    low, high, loose, firm, floor = shape[4], shape[5], shape[6], shape[7], shape[8]
    height, width = luma.shape
    one, half = np.float32(1), np.float32(0.5)
    for i in range(height):
        for j in range(width):
            care = one - half * importance[i, j]
            shade = min(SHADE_FLOOR + SHADE_SLOPE * mean[i, j], one)
            s = deviation[i, j] / shade
            stay = one - (one - floor) * care
            order = stay + (one - stay) * _smoothstep(anisotropy[i, j], loose * care, firm * care)
            gate = _smoothstep(s, low * care, high * care) * order
            gain = one / (np.float32(3) * shade * max(s, np.float32(0.1)))
            power = max(pull * gate * gain, np.float32(1e-3))
            limit[i, j] = (edge - half - fill * gate * (luma[i, j] - mean[i, j]) * gain) / power
            slope[i, j] = hardness * power


@kernel
def _difference(y, narrow, wide, unit, out):  # type: ignore[no-untyped-def]
    height, width = y.shape
    reach, near = wide.shape[0] - 1, narrow.shape[0] - 1
    padded_a = np.empty(width + 2 * reach, np.float32)
    padded_b = np.empty(width + 2 * reach, np.float32)
    a, b = padded_a[reach : reach + width], padded_b[reach : reach + width]
    for i in range(height):
        here = y[i]
        for j in range(width):
            a[j] = narrow[0] * here[j]
        for j in range(width):
            b[j] = wide[0] * here[j]
        for r in range(1, reach + 1):
            above, below = y[max(i - r, 0)], y[min(i + r, height - 1)]
            if r <= near:
                tap = narrow[r]
                for j in range(width):
                    a[j] += tap * (np.float32(above[j]) + np.float32(below[j]))
            tap = wide[r]
            for j in range(width):
                b[j] += tap * (np.float32(above[j]) + np.float32(below[j]))
        padded_a[:reach] = a[0]
        padded_b[:reach] = b[0]
        padded_a[reach + width :] = a[width - 1]
        padded_b[reach + width :] = b[width - 1]
        row = out[i]
        tap_a, tap_b = unit * narrow[0], unit * wide[0]
        for j in range(width):
            row[j] = tap_a * a[j] - tap_b * b[j]
        for r in range(1, reach + 1):
            left, right = padded_b[reach - r : reach - r + width], padded_b[reach + r : reach + r + width]
            tap = unit * wide[r]
            for j in range(width):
                row[j] -= tap * (left[j] + right[j])
            if r <= near:
                left, right = padded_a[reach - r : reach - r + width], padded_a[reach + r : reach + r + width]
                tap = unit * narrow[r]
                for j in range(width):
                    row[j] += tap * (left[j] + right[j])


@kernel
def _integrate(response, tangent, limit, slope, along, norm, stride, ink, light):  # type: ignore[no-untyped-def]
    height, width = response.shape
    last_y, last_x = np.float32(height - 1), np.float32(width - 1)
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    for i in range(height):
        here, above, below = response[i], response[max(i - 1, 0)], response[min(i + 1, height - 1)]
        limits, slopes, field, out = limit[i >> 1], slope[i >> 1], tangent[i >> 1], light[i]
        for j in range(width):
            bound = limits[j >> 1]
            if here[j] * np.float32(1.25) >= bound:
                continue
            total = here[j]
            ax, ay = np.float32(j) + half, np.float32(i) + half
            bx, by = ax, ay
            adx, ady = stride * field[j >> 1, 0], stride * field[j >> 1, 1]
            bdx, bdy = -adx, -ady
            for t in range(STEPS):
                if t == TURN:
                    tx, ty = tangent[int(ay) >> 1, int(ax) >> 1, 0], tangent[int(ay) >> 1, int(ax) >> 1, 1]
                    turn = stride if tx * adx + ty * ady >= zero else -stride
                    adx, ady = turn * tx, turn * ty
                    tx, ty = tangent[int(by) >> 1, int(bx) >> 1, 0], tangent[int(by) >> 1, int(bx) >> 1, 1]
                    turn = stride if tx * bdx + ty * bdy >= zero else -stride
                    bdx, bdy = turn * tx, turn * ty
                ax, ay = min(max(ax + adx, zero), last_x), min(max(ay + ady, zero), last_y)
                bx, by = min(max(bx + bdx, zero), last_x), min(max(by + bdy, zero), last_y)
                total += along[t] * (response[int(ay), int(ax)] + response[int(by), int(bx)])
            depth = bound - total * norm
            if depth > zero:
                gx = here[min(j + 1, width - 1)] - here[max(j - 1, 0)]
                gy = below[j] - above[j]
                steep = half * np.sqrt(gx * gx + gy * gy) + np.float32(1e-6)
                x = min(min(slopes[j >> 1], one / steep) * depth, np.float32(3))
                tanh = x * (np.float32(27) + x * x) / (np.float32(27) + np.float32(9) * x * x)
                out[j] = np.uint8(np.float32(255) - ink * tanh + half)
