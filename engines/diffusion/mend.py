"""A part of a picture drawn anew at the model's full size, with what is around it in view, and laid back without a seam."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from engines.arrays import Bytes, Floats
from engines.diffusion.controls import Control
from engines.diffusion.drawing import Drawing
from engines.diffusion.kit import Kit
from engines.diffusion.painter import Painter
from engines.diffusion.regions import Region
from studio.run import Run

AROUND, LEAST_AROUND = 0.25, 32
"""What is seen around the part: a share of its longer side, and pixels at least."""
LONGEST = 2.0
"""How many times longer than wide the drawing may be, and the other way round."""


class Settings(Protocol):
    """How a model draws, as the requests' groups have it."""

    @property
    def speed(self) -> str: ...
    @property
    def steps(self) -> int: ...
    @property
    def guidance(self) -> float: ...
    @property
    def clip_skip(self) -> int: ...
    @property
    def worn(self) -> Mapping[str, float]: ...


def drawing_of(kit: Kit, settings: Settings, aspect: float, seed: int, prompt: str, negative: str) -> Drawing:
    """A drawing of ``aspect`` (width by height) in the model's own size, without a picture to begin with."""
    width, height = kit.size(float(np.clip(aspect, 1 / LONGEST, LONGEST)))
    return Drawing(
        prompt=prompt,
        negative=negative,
        width=width,
        height=height,
        seeds=(seed,),
        speed=settings.speed,
        steps=settings.steps,
        guidance=settings.guidance or None,
        clip_skip=settings.clip_skip,
        loras=kit.loras(settings.worn, settings.speed),
    )


def mended(
    run: Run,
    kit: Kit,
    drawing: Drawing,
    rgb: Bytes,
    mask: Floats,
    strength: float,
    controls: Sequence[Control] = (),
    regions: Sequence[Region] = (),
) -> Bytes:
    """uint8 HxWx3 with the part under ``mask`` (float32 HxW, 0..1) drawn anew, the rest to the bit.

    Maps of ``controls`` are of the picture's size. Raises what the painter raises.
    """
    side = max(_extent(mask))
    whole = replace(
        drawing,
        picture=rgb,
        mask=mask,
        strength=strength,
        padding=max(LEAST_AROUND, round(AROUND * side)),
        controls=controls,
        regions=regions,
    )
    made = Painter(run, kit.models).draw(whole).pictures[0]
    return np.where(mask[..., None] > 0, made, rgb).astype(np.uint8)


def aspect_of(mask: Floats) -> float:
    """Width by height of what ``mask`` covers."""
    height, width = _extent(mask)
    return width / height


def _extent(mask: Floats) -> tuple[int, int]:
    rows, columns = (np.flatnonzero((mask > 0).any(axis)) for axis in (1, 0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
