"""Which picture leads which region of a drawing, and how strongly; and pictures that lead the whole of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.diffusion.kinds import Family
from studio.errors import BadInput

Floats = NDArray[np.float32]
Reach = Literal["all", "style", "layout"]
FAINTEST = 1 / 255
ASPECT_SLACK = 0.01
MOST_SCALE = 2.0
REACH: dict[tuple[Family, Reach], tuple[str, ...]] = {
    (Family.SDXL, "style"): ("up_blocks.0.attentions.1.",),
    (Family.SDXL, "layout"): ("down_blocks.2.attentions.1.",),
    (Family.SD15, "style"): ("up_blocks.1.",),
    (Family.SD15, "layout"): ("down_blocks.2.",),
}
"""Blocks of the UNet that carry the look, and those that carry the layout (InstantStyle, arXiv 2404.02733)."""


@dataclass(frozen=True)
class Region:
    """``picture`` is uint8 HxWx3 or HxWx4, ``mask`` HxW in 0..1 (float) or 0..255 (uint8), soft edges allowed.

    The mask has the drawing's aspect. ``scale`` 0..2 is how much the picture counts; after the part ``stop`` of the steps
    it doesn't any more. ``mask`` None reaches everywhere. ``reach`` limits it to its look or its layout.
    """

    picture: NDArray[np.uint8]
    mask: NDArray[Any] | None = None
    scale: float = 0.7
    stop: float = 1.0
    reach: Reach = "all"
    name: str = ""


def picture_key(picture: NDArray[np.uint8]) -> str:
    """The same for the same pixels."""
    shape = ",".join(map(str, picture.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(picture).tobytes()).hexdigest()


def shares(regions: Sequence[Region], height: int, width: int) -> list[Floats | None]:
    """Where each region counts, as float32 ``height`` x ``width``, None for everywhere.

    Where masks overlap, each gets its share, so that their sum is at most 1; those without a mask take no part in it.
    Raises BadInput for an empty mask and for one of another aspect than the drawing.
    """
    masks = [
        None if region.mask is None else _fitted(region.mask, region.name or str(place), height, width)
        for place, region in enumerate(regions, start=1)
    ]
    there = [mask for mask in masks if mask is not None]
    if not there:
        return masks
    crowd = np.maximum(1.0, np.sum(there, axis=0, dtype=np.float32))
    return [None if mask is None else (mask / crowd).astype(np.float32) for mask in masks]


def checked(regions: Sequence[Region]) -> None:
    """Raises BadInput for pictures that are no pictures and scales out of bounds."""
    for place, region in enumerate(regions, start=1):
        name = region.name or str(place)
        shape = region.picture.shape
        if len(shape) != 3 or shape[2] not in (3, 4) or not region.picture.size or region.picture.dtype != np.uint8:
            raise BadInput("diffusion.region_picture", name=name)
        if not 0 <= region.scale <= MOST_SCALE:
            raise BadInput("diffusion.region_scale", name=name, most=MOST_SCALE)


def share_of_queries(mask: Floats, height: int, width: int) -> Floats:
    """A mask averaged over the cells of a coarser grid, float32 of height * width."""
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 1).astype(np.float32).reshape(-1)


def _fitted(given: NDArray[Any], name: str, height: int, width: int) -> Floats:
    mask = np.asarray(given)
    if mask.ndim != 2 or not mask.size:
        raise BadInput("diffusion.mask_shape", name=name)
    if abs(mask.shape[1] / mask.shape[0] * height / width - 1) > ASPECT_SLACK:
        sizes = {"mask": f"{mask.shape[1]}×{mask.shape[0]}", "drawing": f"{width}×{height}"}
        raise BadInput("diffusion.mask_aspect", name=name, **sizes)
    values = mask.astype(np.float32) / (255 if mask.dtype == np.uint8 else 1)
    if not np.isfinite(values).all() or values.max() < FAINTEST:
        raise BadInput("diffusion.mask_empty", name=name)
    values = np.clip(values, 0, 1)
    if values.shape == (height, width):
        return values
    way = cv2.INTER_AREA if values.shape[0] > height else cv2.INTER_LINEAR
    return cv2.resize(values, (width, height), interpolation=way).astype(np.float32)
