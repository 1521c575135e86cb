"""Taking pictures apart in torch: the twin of ``prepare`` for several pictures of one size and range at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from engines.arrays import PlanesLike
from engines.style.picture import Prepared, chroma_gain, scale_of, stretch
from engines.style.prepare import CHROMA_REACH
from engines.style.torch_parts import halved, smooth_chroma, smooth_luma, structure_tensor
from engines.vision.drift import Drift


@torch.inference_mode()
def take_apart(
    pictures: Sequence[PlanesLike], device: str, *, sigma: float, sweeps: float, reach: float, grainy: bool = False
) -> list[Prepared]:
    """Prepare pictures on ``device``; what comes back lies in main memory and is like ``prepare.take_apart``'s."""
    first = pictures[0]
    full, scale = first.full_range, scale_of(first.y.shape)
    stretched = [stretch(picture.y, full) for picture in pictures]
    y = batch(stretched, device)
    luma = halved(y) / 255
    planes = [batch([getattr(picture, name) for picture in pictures], device) for name in "uv"]
    whole = planes[0].shape[2:] != luma.shape[2:]
    u, v = (((halved(plane) if whole else plane) - 128) / chroma_gain(full) for plane in planes)
    tensor = structure_tensor(luma, u, v, max(sigma * scale, 0.6))
    passes = int(np.clip(round(sweeps * scale), 1, 6))
    luma = smooth_luma(luma, passes, reach)
    uv = smooth_chroma(luma, torch.cat([u, v], 1), max(passes // 2, 1), (0.1, CHROMA_REACH))
    parts = (luma[:, 0], uv[:, 0], uv[:, 1], tensor.permute(0, 2, 3, 1).contiguous())
    calmed: list[tuple[Any, ...]] = list(zip(*(part.cpu().numpy() for part in parts), strict=True))
    return [
        Prepared(flat, one, two, three, four, full_range=full, chroma_shape=first.u.shape, grainy=grainy)
        for flat, (one, two, three, four) in zip(stretched, calmed, strict=True)
    ]


@dataclass(frozen=True)
class Sheets:
    """Prepared pictures of one size and range on a device: y as codes Bx1xHxW, luma, u, v Bx1xhxw, tensor Bx3xhxw."""

    y: Tensor
    luma: Tensor
    u: Tensor
    v: Tensor
    tensor: Tensor
    full_range: bool
    chroma_shape: tuple[int, int]
    drifts: Sequence[Drift | None]

    @classmethod
    def of(cls, pictures: Sequence[Prepared], device: str) -> Self:
        first = pictures[0]
        y, luma, u, v = (batch([getattr(p, name) for p in pictures], device) for name in ("y", "luma", "u", "v"))
        tensor = torch.from_numpy(np.stack([p.tensor for p in pictures])).to(device).permute(0, 3, 1, 2)
        return cls(y, luma, u, v, tensor, first.full_range, first.chroma_shape, [p.drift for p in pictures])

    @property
    def size(self) -> tuple[int, int]:
        return self.y.shape[2], self.y.shape[3]

    @property
    def scale(self) -> float:
        return scale_of(self.size)


def batch(planes: Sequence[Any], device: str) -> Tensor:
    """Planes HxW of one size as float32 Bx1xHxW."""
    return torch.from_numpy(np.stack(planes)[:, np.newaxis]).to(device).float()
