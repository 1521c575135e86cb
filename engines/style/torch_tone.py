"""Light and colour put on paper in torch: the twin of ``tone``."""

import numpy as np
import torch
import torch.nn.functional as nn
from torch import Tensor

from engines.arrays import Bytes, Floats
from engines.media.frame import Planes
from engines.style.picture import chroma_gain, luma_code
from engines.style.torch_parts import even
from engines.style.torch_prepare import Sheets


def compose(
    sheets: Sheets, luma: Tensor, curve: Floats, chroma: tuple[Tensor, Tensor], colour: float, light: Tensor
) -> list[Planes]:
    """Codes Bx1xHxW through ``curve`` and half-size chroma times ``colour``, both times the light 0..255 (255 = 1)."""
    full = sheets.full_range
    offset, gain = luma_code(full)
    steps = torch.from_numpy(curve).to(luma)
    y = torch.floor(steps[luma.long()] * (gain / 255) * light + offset + 0.5)
    through = nn.avg_pool2d(even(light), 2)
    low, high = (1, 255) if full else (16, 240)
    scale = colour * chroma_gain(full) / 255
    u, v = (torch.floor((plane * through * scale + 128.5).clamp(low, high)) for plane in chroma)
    return planes_of(sheets, y, u, v)


def planes_of(sheets: Sheets, y: Tensor, u: Tensor, v: Tensor) -> list[Planes]:
    """Codes of luma at full size and chroma at half size, back in main memory as the pictures' kind of planes."""
    parts = [part.to(torch.uint8).cpu().numpy()[:, 0] for part in (y, u, v)]
    shape = sheets.chroma_shape
    return [
        Planes(one, _fitted(two, shape), _fitted(three, shape), sheets.full_range)
        for one, two, three in zip(*parts, strict=True)
    ]


def _fitted(half: Bytes, shape: tuple[int, int]) -> Bytes:
    """Chroma at half size, or enlarged to ``shape``."""
    if half.shape == shape:
        return half
    large = torch.from_numpy(half)[None, None].float()
    twice = torch.round(nn.interpolate(large, scale_factor=2, mode="bilinear", align_corners=False))
    return np.ascontiguousarray(twice[0, 0, : shape[0], : shape[1]].to(torch.uint8).numpy())
