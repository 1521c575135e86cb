"""The parts of the classical filters in torch, for graphics cards: the same formulas as in their NumPy twins, batched.

Pictures are float32 tensors Bx1xHxW, fields BxCxHxW. Docstrings of ``picture``, ``tensor``, ``smooth`` and ``lines`` say
what is computed; here it is only said again in another language. Measured on CPU torch only so far.
"""

from typing import Any

import cv2
import torch
import torch.nn.functional as nn
from torch import Tensor

from engines.style.smooth import DIRECTIONS, FAR, NEAR, PAD, SHADE_FLOOR, SHADE_SLOPE
from engines.style.tensor import CHROMA_WEIGHT

SIDE, MIDDLE = 0.0914, 0.3172


def padded(plane: Tensor, pad: int) -> Tensor:
    return nn.pad(plane, (pad, pad, pad, pad), mode="replicate")


def mirrored(plane: Tensor, pad: int, *, edge: bool) -> Tensor:
    """Padded by what lies within; the edge itself is repeated or not."""
    for dim in (2, 3):
        size = plane.shape[dim]
        period = max(2 * size - (0 if edge else 2), 1)
        index = torch.arange(-pad, size + pad, device=plane.device) % period
        plane = plane.index_select(dim, torch.minimum(index, period - int(edge) - index))
    return plane


def even(plane: Tensor) -> Tensor:
    return nn.pad(plane, (0, plane.shape[3] % 2, 0, plane.shape[2] % 2), mode="replicate")


def halved(plane: Tensor) -> Tensor:
    """Mean of 2x2 codes, rounded as for bytes."""
    return torch.floor(nn.avg_pool2d(even(plane), 2) + 0.5)


def doubled(plane: Tensor, size: tuple[int, int], mode: str = "bilinear") -> Tensor:
    large = nn.interpolate(plane, scale_factor=2, mode=mode, align_corners=False)
    return large[..., : size[0], : size[1]]


def codes(plane: Tensor) -> Tensor:
    """What 0..1 is as a byte, still float32."""
    return torch.round(plane * 255).clamp(0, 255)


def reduced(plane: Tensor, size: tuple[int, int]) -> Tensor:
    """The mean over what falls into each pixel of the smaller size, in part too."""
    down, across = (_overlap(whole, part).to(plane) for whole, part in zip(plane.shape[2:], size, strict=True))
    return down @ plane @ across.T


def _overlap(whole: int, part: int) -> Tensor:
    """Share of each of ``whole`` pixels in each of ``part`` ones: part x whole, rows of sum 1."""
    edges = torch.arange(part + 1) * (whole / part)
    left = torch.maximum(edges[:-1, None], torch.arange(whole)[None])
    right = torch.minimum(edges[1:, None], torch.arange(whole)[None] + 1.0)
    return (right - left).clamp_min(0) * (part / whole)


def separable(plane: Tensor, taps: Tensor) -> Tensor:
    """Each channel convolved with symmetric ``taps`` along rows and columns, edges repeated."""
    return convolved(padded(plane, len(taps) // 2), taps)


def convolved(around: Tensor, taps: Tensor) -> Tensor:
    """The same for planes that are padded already. Sums rather than a convolution, which cards may do in few bits."""
    reach, weights = len(taps) // 2, taps.tolist()
    for dim in (3, 2):
        size = around.shape[dim] - 2 * reach
        total = weights[reach] * around.narrow(dim, reach, size)
        for k in range(reach):
            total = total + weights[k] * (around.narrow(dim, k, size) + around.narrow(dim, 2 * reach - k, size))
        around = total
    return around


def gaussian(sigma: float, reach: int) -> Tensor:
    x = torch.arange(-reach, reach + 1, dtype=torch.float32)
    taps = torch.exp(-(x**2) / (2 * sigma * sigma))
    return taps / taps.sum()


def blurred(plane: Tensor, sigma: float, ksize: int) -> Tensor:
    return separable(plane, torch.from_numpy(cv2.getGaussianKernel(ksize, sigma).astype("float32").ravel()))


def reach_of(sigma: float) -> int:
    """How far ``cv2.GaussianBlur`` goes when it may choose."""
    return (round(8 * sigma + 1) | 1) // 2


def structure_tensor(luma: Tensor, u: Tensor, v: Tensor, sigma: float) -> Tensor:
    planes = torch.cat([luma, u, v], 1)
    around = padded(planes, 1)
    smooth_x = SIDE * (around[..., :, :-2] + around[..., :, 2:]) + MIDDLE * around[..., :, 1:-1]
    smooth_y = SIDE * (around[..., :-2, :] + around[..., 2:, :]) + MIDDLE * around[..., 1:-1, :]
    gx, gy = smooth_y[..., 2:] - smooth_y[..., :-2], smooth_x[..., 2:, :] - smooth_x[..., :-2, :]
    weight = torch.tensor([1.0, CHROMA_WEIGHT**2, CHROMA_WEIGHT**2]).to(luma).reshape(1, 3, 1, 1)
    products = torch.cat([(weight * p).sum(1, keepdim=True) for p in (gx * gx, gy * gy, gx * gy)], 1)
    return separable(products, gaussian(sigma, int(-(-2.5 * sigma // 1))))


def flow(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """(tangent Bx2xhxw, anisotropy Bx1xhxw)."""
    e, f, g = tensor.split(1, 1)
    d, tiny = e - f, 1e-9
    r = torch.sqrt(d * d + 4 * g * g) + tiny
    c = (d / r).clamp(-1, 1)
    x = torch.sqrt(0.5 - 0.5 * c)
    tangent = torch.cat([torch.where(g > 0, -x, x), torch.sqrt(0.5 + 0.5 * c)], 1)
    return tangent, (r / (e + f + 2 * tiny).clamp_min(tiny)).clamp_max(1)


def at(field: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Values of a field BxCxhxw at places Bx1xHxW."""
    batch, channels, _, width = field.shape
    index = (rows * width + columns).reshape(batch, 1, -1).expand(-1, channels, -1)
    return field.reshape(batch, channels, -1).gather(2, index).reshape(batch, channels, *rows.shape[2:])


def places(field: Tensor) -> tuple[Tensor, Tensor]:
    """(rows, columns) of a field's pixels, int64 Bx1xHxW."""
    batch, _, height, width = field.shape
    rows = torch.arange(height, device=field.device).reshape(1, 1, -1, 1)
    columns = torch.arange(width, device=field.device).reshape(1, 1, 1, -1)
    shape = batch, 1, height, width
    return rows.expand(shape), columns.expand(shape)


def shifted(plane: Tensor, dy: int, dx: int, size: tuple[int, int]) -> Tensor:
    """A plane padded by PAD, moved."""
    return plane[..., PAD + dy : PAD + dy + size[0], PAD + dx : PAD + dx + size[1]]


def smooth_luma(luma: Tensor, sweeps: int, reach: float) -> Tensor:
    size: Any = luma.shape[2:]
    for sweep in range(sweeps):
        for dy, dx in DIRECTIONS:
            around, total, weights = padded(luma, PAD), torch.zeros_like(luma), torch.ones_like(luma)
            shade = (SHADE_FLOOR + SHADE_SLOPE * luma).clamp_max(1)
            for t, tap in ((-1, NEAR), (1, NEAR), (-2, FAR), (2, FAR)):
                step = t * (1 + sweep % 2)
                off = shifted(around, dy * step, dx * step, size) - luma
                weight = float(tap) * (1 - (off / (reach * shade)) ** 2).clamp_min(0) ** 2
                total, weights = total + weight * off, weights + weight
            luma = luma + total / weights
    return luma


def smooth_chroma(luma: Tensor, uv: Tensor, sweeps: int, reach: tuple[float, float]) -> Tensor:
    size: Any = luma.shape[2:]
    guide = padded(luma, PAD)
    shade = (SHADE_FLOOR + SHADE_SLOPE * luma).clamp_max(1) ** 2
    for sweep in range(sweeps):
        for dy, dx in DIRECTIONS[:2]:
            around, total, weights = padded(uv, PAD), uv, torch.ones_like(luma)
            for t, tap in ((-1, NEAR), (1, NEAR), (-2, FAR), (2, FAR)):
                step = t * (1 + sweep % 2)
                there = shifted(around, dy * step, dx * step, size)
                by_luma = ((shifted(guide, dy * step, dx * step, size) - luma) / reach[0]) ** 2
                by_chroma = ((there - uv) ** 2).sum(1, keepdim=True) / reach[1] ** 2
                weight = float(tap) * (1 - (by_luma + by_chroma) / shade).clamp_min(0) ** 2
                total, weights = total + weight * there, weights + weight
            uv = total / weights
    return uv


def enlarged(luma: Tensor, y: Tensor, reach: float) -> Tensor:
    """Codes Bx1xHxW of half-size luma 0..1, with the edges of y (codes)."""
    size: Any = y.shape[2:]
    around = padded(torch.round(doubled(codes(luma), size)), PAD)
    scale = 255 * reach * (SHADE_FLOOR + SHADE_SLOPE * y / 255).clamp_max(1)
    shift, weights = torch.zeros_like(y), torch.zeros_like(y)
    for dy, dx, count in ((-2, 0, 1), (2, 0, 1), (0, -2, 1), (0, 2, 1), (0, 0, 2)):
        off = shifted(around, dy, dx, size) - y
        weight = count * (1 - (off / scale) ** 2).clamp_min(0.02) ** 2
        shift, weights = shift + weight * off, weights + weight
    return torch.floor(y + shift / weights + 0.5)
