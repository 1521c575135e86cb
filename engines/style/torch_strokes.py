"""Strokes in torch: the twin of ``strokes``, for several pictures at once. Measured on CPU torch only so far."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import torch
import torch.nn.functional as nn
from torch import Tensor

from engines.style.strokes import TILE, tile
from engines.style.torch_parts import at, blurred, flow, mirrored, padded, places, reach_of
from engines.vision.drift import Drift

LOBES = 4


def grain(
    shape: tuple[int, int], seed: int, softness: float, drifts: Sequence[Drift | None], device: torch.device
) -> Tensor:
    """Noise Bx1xHxW of mean 0 and deviation 1, one layer a picture, moved along its drift where it has one."""
    noise = _tile_on(seed, softness, device)
    height, width = shape
    if not any(drifts):
        many = noise.repeat(-(-height // TILE), -(-width // TILE))[:height, :width]
        return many.expand(len(drifts), 1, height, width)
    one, two = (torch.cat([_way(drift, number, shape, device) for drift in drifts]) for number in range(2))
    shares = torch.tensor([tuple(drift.shares) if drift else (1.0, 0.0) for drift in drifts]).to(device)
    a, b = shares[:, :1, None, None], shares[:, 1:, None, None]
    apart = ((one - two) ** 2).sum(1, keepdim=True)
    strength = torch.sqrt(a * a + b * b + 2 * a * b * torch.exp(-apart / (1 + 2 * softness) ** 2))
    rows, columns = places(apart)
    own = torch.cat([columns, rows], 1)
    return (a * _moved(noise, own + one) + b * _moved(noise, own + two)) / strength


@lru_cache(maxsize=16)
def _tile_on(seed: int, softness: float, device: torch.device) -> Tensor:
    return torch.from_numpy(tile(seed, softness)).to(device)


def _way(drift: Drift | None, number: int, shape: tuple[int, int], device: torch.device) -> Tensor:
    """One way of a drift (none: it stays in place) in pixels (x, y): 1x2xHxW."""
    if drift is None:
        return torch.zeros(1, 2, *shape, device=device)
    way = torch.from_numpy(drift.ways[number]).to(device).permute(2, 0, 1)[None]
    return nn.interpolate(way, size=shape, mode="bilinear", align_corners=False) * shape[1]


def _moved(noise: Tensor, there: Tensor) -> Tensor:
    """The repeated tile at places Bx2xHxW (x, y), by Lanczos' kernel of four lobes: Bx1xHxW."""
    base = torch.floor(there)
    taps = torch.arange(1 - LOBES, LOBES + 1, device=there.device).reshape(1, -1, 1, 1)
    columns, rows = ((base[:, k : k + 1].long() + taps) % TILE for k in range(2))
    across, down = (_lanczos(taps - (there - base)[:, k : k + 1]) for k in range(2))
    total = torch.zeros_like(there[:, :1])
    for k in range(2 * LOBES):
        row = noise.reshape(-1)[rows[:, k : k + 1] * TILE + columns]
        total = total + down[:, k : k + 1] * (across * row).sum(1, keepdim=True)
    return total


def _lanczos(off: Tensor) -> Tensor:
    weights = torch.sinc(off) * torch.sinc(off / LOBES)
    return weights / weights.sum(1, keepdim=True)


def directions(tensor: Tensor, sigma: float, slant: float, reach: float) -> Tensor:
    """Unit directions Bx2xhxw for strokes: along the picture's forms, or along ``slant`` (radians)."""
    wide = blurred(tensor, sigma, 2 * reach_of(sigma) + 1)
    tangent, anisotropy = flow(wide)
    aside = towards(slant, tensor)
    side = torch.where((tangent * aside).sum(1, keepdim=True) < 0, -1.0, 1.0)
    strength = (reach * torch.sqrt(wide[:, :2].sum(1, keepdim=True).clamp_min(0)) - 0.5).clamp(0, 1)
    follow = (3 * anisotropy - 0.6).clamp(0, 1) * strength
    mixed = follow * tangent * side + (1 - follow) * aside
    return mixed / torch.linalg.vector_norm(mixed, dim=1, keepdim=True).clamp_min(1e-3)


def towards(slant: float, like: Tensor) -> Tensor:
    """The direction of an angle in radians: 1x2x1x1."""
    return torch.tensor([math.cos(slant), math.sin(slant)]).to(like).reshape(1, 2, 1, 1)


def bristles(seed: int, softness: float, tangent: Tensor, length: float, drifts: Sequence[Drift | None]) -> Tensor:
    """Grain Bx1xhxw, moved along each picture's drift, drawn out along ``tangent`` Bx2xhxw."""
    reach = math.ceil(length) + 1
    noise = grain((tangent.shape[2], tangent.shape[3]), seed, softness, drifts, tangent.device)
    around = mirrored(noise, reach, edge=True)
    drawn = draw_out(around, padded(tangent, reach), length, keep="deviation")
    return drawn[..., reach:-reach, reach:-reach]


def draw_out(field: Tensor, tangent: Tensor, length: float, *, keep: Literal["mean", "deviation"]) -> Tensor:
    """Mean of a field BxCxHxW along the streamline through each pixel, ``length`` pixels to each side."""
    steps = max(round(length), 1)
    stride, samples = length / steps, 2 * steps + 1
    channels, height, width = field.shape[1:]
    both, total = torch.cat([field, tangent], 1), field
    rows, columns = places(field)
    for side in (1, -1):
        ahead = side * tangent
        x, y = columns + 0.5, rows + 0.5
        for _ in range(steps):
            x = (x + stride * ahead[:, :1]).clamp(0, width - 1)
            y = (y + stride * ahead[:, 1:]).clamp(0, height - 1)
            here = at(both, y.long(), x.long())
            total, there = total + here[:, :channels], here[:, channels:]
            ahead = torch.where((there * ahead).sum(1, keepdim=True) >= 0, there, -there)
    return total / (samples if keep == "mean" else math.sqrt(samples))
