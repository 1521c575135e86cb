"""Ink lines in torch: the twin of ``lines``, evaluated at every pixel. Measured on CPU torch only so far."""

from typing import Any

import torch
import torch.nn.functional as nn
from torch import Tensor

from engines.style.lines import COARSE, NEIGHBOURHOOD, RATIO, REDNESS, STEPS, TURN, Pen
from engines.style.smooth import SHADE_FLOOR, SHADE_SLOPE
from engines.style.torch_parts import at, blurred, codes, doubled, flow, gaussian, padded, places, reduced, separable
from engines.style.torch_prepare import Sheets


def draw_lines(sheets: Sheets, large: Tensor, pen: Pen) -> Tensor:
    """Light 0..255 that the lines let through, Bx1xHxW; ``large`` is the abstracted luma's codes Bx1xHxW."""
    size, scale = sheets.size, sheets.scale
    tangent, anisotropy = flow(sheets.tensor)
    limit, slope = _limits(sheets.y, sheets.luma, anisotropy, pen, scale)
    red = torch.round(doubled(torch.round(sheets.v * 255 + 128).clamp(0, 255), size))
    seen = torch.round(large - REDNESS * (red - 128)).clamp(0, 255)
    seen = torch.round(pen.texture * sheets.y + (1 - pen.texture) * seen)
    response = _difference(seen / 255, max(pen.width * scale, 0.6))
    total = _along(response, tangent, max(2 * pen.length * scale / STEPS, 0.5))
    around = padded(response, 1)
    gx = around[..., 1:-1, 2:] - around[..., 1:-1, :-2]
    gy = around[..., 2:, 1:-1] - around[..., :-2, 1:-1]
    steep = 0.5 * torch.sqrt(gx * gx + gy * gy) + 1e-6
    limit, slope = (plane.repeat_interleave(2, 2).repeat_interleave(2, 3) for plane in (limit, slope))
    limit, slope = limit[..., : size[0], : size[1]], slope[..., : size[0], : size[1]]
    x = (torch.minimum(slope, 1 / steep) * (limit - total)).clamp(0, 3)
    light = torch.floor(255 - 255 * pen.strength * (x * (27 + x * x) / (27 + 9 * x * x)) + 0.5)
    return torch.where(response * 1.25 >= limit, torch.full_like(light, 255), light)


def _difference(plane: Tensor, sigma: float) -> Tensor:
    narrow, wide = (separable(plane, gaussian(s, int(-(-2.7 * s // 1)))) for s in (sigma, RATIO * sigma))
    return narrow - wide


def _along(response: Tensor, tangent: Tensor, stride: float) -> Tensor:
    """Weighted mean of the response at three places to each side along the flow."""
    _, _, height, width = response.shape
    rows, columns = places(response)
    first = at(tangent, rows >> 1, columns >> 1) * stride
    weights = [float(torch.exp(torch.tensor(-2 * ((t + 1) / STEPS) ** 2))) for t in range(STEPS)]
    total = response
    for side in (1, -1):
        step = side * first
        x, y = columns + 0.5, rows + 0.5
        for t, weight in enumerate(weights):
            if t == TURN:
                there = at(tangent, y.long() >> 1, x.long() >> 1)
                ahead = (there * step).sum(1, keepdim=True) >= 0
                step = torch.where(ahead, stride, -stride) * there
            x = (x + step[:, :1]).clamp(0, width - 1)
            y = (y + step[:, 1:]).clamp(0, height - 1)
            total = total + weight * at(response, y.long(), x.long())
    return total / (1 + 2 * sum(weights))


def _limits(y: Tensor, luma: Tensor, anisotropy: Tensor, pen: Pen, scale: float) -> tuple[Tensor, Tensor]:
    size: Any = luma.shape[2:]
    mean, deviation = _local_levels(y, NEIGHBOURHOOD * scale, size)
    shade = (SHADE_FLOOR + SHADE_SLOPE * mean).clamp_max(1)
    s = deviation / shade
    order = pen.floor + (1 - pen.floor) * _smoothstep(anisotropy, *pen.order)
    gate = _smoothstep(s, *pen.contrast) * order
    gain = 1 / (3 * shade * s.clamp_min(0.1))
    power = (pen.pull * gate * gain).clamp_min(1e-3)
    return (pen.edge - 0.5 - pen.fill * gate * (luma - mean) * gain) / power, pen.hardness * power


def _local_levels(y: Tensor, sigma: float, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    small = max(y.shape[2] // COARSE, 1), max(y.shape[3] // COARSE, 1)
    luma = codes(reduced(y / 255, small)) / 255
    sigma = max(sigma / COARSE, 0.5)
    ksize = 2 * int(-(-2 * sigma // 1)) + 1
    mean, square = blurred(luma, sigma, ksize), blurred(luma * luma, sigma, ksize)
    deviation = torch.sqrt((square - mean * mean).clamp_min(0))
    large = nn.interpolate(torch.cat([mean, deviation], 1), size=size, mode="bilinear", align_corners=False)
    return large[:, :1], large[:, 1:]


def _smoothstep(x: Tensor, low: float, high: float) -> Tensor:
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)
