"""What is to be drawn, and from which weights."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.diffusion.checkpoint import Checkpoint, open_checkpoint
from engines.diffusion.configs import CONFIGS
from engines.diffusion.controls import Control, Source, check_controls
from engines.diffusion.kinds import Role
from engines.diffusion.lora import Lora
from engines.diffusion.regions import Region, checked
from studio.errors import BadInput, LimitReached

GRID = 8
MOST_PIXELS = 4_194_304
LEAST_SIDE = 64


@dataclass(frozen=True)
class Models:
    """The weights that drawings are made from: ``base`` is the model, the others are needed for what asks for them.

    ``adapter`` is an IP-Adapter for pictures of regions, ``vision`` the picture encoder that it was trained with,
    ``style_adapter`` one for pictures without a mask where it is another; ``tiny_vae`` makes better previews.
    """

    base: Source
    adapter: Source | None = None
    vision: Source | None = None
    style_adapter: Source | None = None
    tiny_vae: Source | None = None
    vae: Source | None = None
    configs: Path = CONFIGS

    def checkpoint(self) -> Checkpoint:
        """The model's header. Raises BadInput where it is none."""
        return open_checkpoint(self.base.path, vae=self.vae.path if self.vae else None, configs=self.configs)


@dataclass(frozen=True)
class Drawing:
    """A picture for each of ``seeds``, ``width`` x ``height`` pixels in multiples of 8.

    ``speed`` is a name of assets/diffusion/speeds.toml; ``steps`` 0 and ``guidance`` None are the speed's own. ``clip_skip``
    is the number of last layers of the text encoders left out beside those that the architecture leaves out.
    ``picture`` uint8 HxWx3 is drawn over with ``strength`` 0..1; where there is a ``mask`` (HxW of that picture, float 0..1
    or uint8), only within it. ``padding`` draws the mask's surroundings alone, with so many pixels around it, at full size.
    """

    prompt: str
    negative: str = ""
    width: int = 1024
    height: int = 1024
    seeds: Sequence[int] = (0,)
    speed: str = "full"
    steps: int = 0
    guidance: float | None = None
    clip_skip: int = 0
    regions: Sequence[Region] = ()
    controls: Sequence[Control] = ()
    loras: Sequence[Lora] = ()
    picture: NDArray[np.uint8] | None = None
    strength: float = 0.6
    mask: NDArray[Any] | None = None
    padding: int | None = None

    @property
    def mode(self) -> str:
        """The part of a pipeline's name that says what it begins with."""
        if self.mask is not None:
            return "Inpaint"
        return "" if self.picture is None else "Img2Img"

    def enough_steps(self, own: int) -> int:
        """So many that at least one is left of them after ``strength``."""
        steps = self.steps or own
        return steps if self.picture is None else max(steps, math.ceil(1 / self.strength))


@dataclass(frozen=True)
class Drawn:
    """Pictures, uint8 HxWx3, and by which means memory was saved, if it was (keys of ``note.diffusion.memory_…``)."""

    pictures: tuple[NDArray[np.uint8], ...]
    saved_by: tuple[str, ...] = ()


def check_drawing(drawing: Drawing, models: Models, checkpoint: Checkpoint) -> Role | None:
    """The kind of its ControlNets. Raises BadInput or LimitReached for what can't be drawn."""
    width, height = drawing.width, drawing.height
    if width % GRID or height % GRID or min(width, height) < LEAST_SIDE:
        raise BadInput("diffusion.size", width=width, height=height, grid=GRID, least=LEAST_SIDE)
    if width * height > MOST_PIXELS:
        raise LimitReached("diffusion.too_large", width=width, height=height, megapixels=MOST_PIXELS // 2**20)
    if not drawing.seeds:
        raise BadInput("diffusion.no_seed")
    _check_picture(drawing)
    checked(drawing.regions)
    if drawing.regions and (models.vision is None or _adapterless(drawing, models)):
        raise BadInput("diffusion.no_adapter")
    return check_controls(drawing.controls, checkpoint.family)


def _check_picture(drawing: Drawing) -> None:
    if drawing.picture is None:
        if drawing.mask is not None:
            raise BadInput("diffusion.mask_alone")
        return
    if drawing.picture.ndim != 3 or drawing.picture.shape[2] != 3:
        raise BadInput("diffusion.picture")
    if not 0 < drawing.strength <= 1:
        raise BadInput("diffusion.strength", given=drawing.strength)
    if drawing.mask is None:
        return
    if drawing.mask.shape != drawing.picture.shape[:2]:
        sizes = {"mask": "×".join(map(str, drawing.mask.shape[::-1]))}
        sizes["drawing"] = "×".join(map(str, drawing.picture.shape[1::-1]))
        raise BadInput("diffusion.own_mask_size", **sizes)
    if not np.isfinite(drawing.mask).all() or drawing.mask.max() <= 0:
        raise BadInput("diffusion.own_mask_empty")


def _adapterless(drawing: Drawing, models: Models) -> bool:
    style = models.style_adapter or models.adapter
    return any((style if region.mask is None else models.adapter) is None for region in drawing.regions)
