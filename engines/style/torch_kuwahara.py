"""The anisotropic Kuwahara filter in torch: the twin of ``kuwahara``. Measured on CPU torch only so far."""

import torch
from torch import Tensor

from engines.style.kuwahara import SECTORS, choosiness, stroke
from engines.style.torch_parts import places

AT_ONCE = 8
"""Samples of the stroke that are in memory at the same time."""


def kuwahara(planes: Tensor, tangent: Tensor, anisotropy: Tensor, radius: float, sharpness: float) -> Tensor:
    """Filter luma and chroma Bx3xhxw with strokes of ``radius`` pixels along tangent Bx2xhxw; ``sharpness`` 0..1."""
    batch, _, height, width = planes.shape
    points, weights = (torch.from_numpy(part).to(planes.device) for part in stroke(radius))
    picture = torch.cat([planes, (planes * planes).sum(1, keepdim=True)], 1).flatten(2)
    stretch = 1 + anisotropy
    along = tangent * (radius * stretch)
    across = torch.cat([-tangent[:, 1:], tangent[:, :1]], 1) * (radius / stretch)
    rows, columns = places(planes)
    sums = picture.new_zeros(batch, 4, SECTORS, height * width)
    for part, share in zip(points.split(AT_ONCE), weights.split(AT_ONCE), strict=True):
        p, q = part[:, :1, None], part[:, 1:, None]
        x = (columns + 0.5 + p * along[:, :1] + q * across[:, :1]).floor().long().clamp(0, width - 1)
        y = (rows + 0.5 + p * along[:, 1:] + q * across[:, 1:]).floor().long().clamp(0, height - 1)
        index = (y * width + x).reshape(batch, 1, -1).expand(-1, 4, -1)
        taken = picture.gather(2, index).reshape(batch, 4, len(part), -1)
        sums = sums + torch.einsum("pk,bcpn->bckn", share, taken)
    means = sums[:, :3]
    spread = (sums[:, 3:] - (means * means).sum(1, keepdim=True)).clamp_min(0)
    calm = (1 + choosiness(sharpness) * spread) ** -4
    return ((means * calm).sum(2) / calm.sum(2)).reshape(planes.shape)
