"""Cel on a graphics card: the twin of ``cel`` in torch, for several pictures of one size at once.

It agrees with ``cel`` drawn in the same palette within a mean absolute difference of 2 levels and a 99th percentile of
12, tested on CPU torch; it hasn't been run or measured on a card yet. Palettes are fitted on the CPU.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from engines.arrays import PlanesLike
from engines.media.frame import Planes
from engines.style.cel import (
    CHROMA_REACHES,
    REACH,
    SIDES,
    SIGMA,
    SOFTNESS,
    SWEEPS,
    CelControls,
    melting,
    pen_for,
)
from engines.style.palette import CHROMA_WEIGHT, Palette
from engines.style.picture import Prepared
from engines.style.tone import lifted
from engines.style.torch_lines import draw_lines
from engines.style.torch_parts import codes, doubled, enlarged, smooth_chroma, smooth_luma
from engines.style.torch_prepare import Sheets, take_apart
from engines.style.torch_tone import compose

NOWHERE = 1e4


def prepare(pictures: Sequence[PlanesLike], device: str) -> list[Prepared]:
    """Take pictures of one size and range apart on ``device``; what comes back is like ``cel.prepare``'s."""
    return take_apart(pictures, device, sigma=SIGMA, sweeps=SWEEPS, reach=REACH)


@torch.inference_mode()
def render(
    pictures: Sequence[Prepared], controls: CelControls, palettes: Sequence[Palette], device: str
) -> list[Planes]:
    """Draw prepared pictures of one size and range on ``device``, each in the colours of its own fitted palette."""
    sheets = Sheets.of(pictures, device)
    sweeps, reach = melting(controls, sheets.scale)
    luma = smooth_luma(sheets.luma, sweeps, reach)
    uv = smooth_chroma(luma, torch.cat([sheets.u, sheets.v], 1), sweeps // 2, CHROMA_REACHES)
    large = enlarged(luma, sheets.y, SIDES)
    light = draw_lines(sheets, large, pen_for(controls))
    centres = _together(palettes).to(device)
    flat_luma = codes(_nearest(torch.cat([large / 255, doubled(uv, sheets.size)], 1), centres)[:, :1])
    flat = _nearest(torch.cat([luma, uv], 1), centres)
    return compose(sheets, flat_luma, lifted(controls.shadows), (flat[:, 1:2], flat[:, 2:]), controls.colour, light)


def _together(palettes: Sequence[Palette]) -> Tensor:
    """Colours Bxkx3, at least two each: those that a palette lacks are too far off for any pixel."""
    most = max(2, *(len(palette.centres) for palette in palettes))
    centres = torch.full((len(palettes), most, 3), NOWHERE)
    for into, palette in zip(centres, palettes, strict=True):
        into[: len(palette.centres)] = torch.from_numpy(palette.centres)
    return centres


def _nearest(colours: Tensor, centres: Tensor) -> Tensor:
    """Pixels Bx3xHxW in the nearest of the colours Bxkx3, blended with the second nearest close to their border."""
    weight = CHROMA_WEIGHT**2
    first = torch.full_like(colours[:, :1], 1e9)
    second, best, other = first, torch.zeros_like(colours), torch.zeros_like(colours)
    for centre in centres.unbind(1):
        value = centre[:, :, None, None]
        off = (colours - value) ** 2
        distance = off[:, :1] + weight * (off[:, 1:2] + off[:, 2:])
        nearest, nearer = distance < first, distance < second
        other = torch.where(nearest, best, torch.where(nearer, value, other))
        second = torch.minimum(torch.maximum(distance, first), second)
        best = torch.where(nearest, value, best)
        first = torch.minimum(distance, first)
    t = ((second - first) / (second + first + 1e-9) / SOFTNESS).clamp_max(1)
    w = 0.5 + 0.5 * t * t * (3 - 2 * t)
    return w * best + (1 - w) * other
