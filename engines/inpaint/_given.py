"""A picture with its mask and margins, as every engine fills it; and what was filled, laid back into it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.picture import over_white, read_picture, write_picture
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.tasks.inpaint import InpaintRequest, InpaintResult

MOST_PIXELS = 24_000_000
FAINT = 0.1
"""Share of a mask's white from which on a pixel is part of the hole."""
WHOLE = 0.5
"""Share from which on nothing of the old picture is left."""
SHAPE_SLACK = 0.02
GREY = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Given:
    """``picture`` uint8 HxWx3 or HxWx4 with its margins, ``share`` float32 HxW how much of each pixel is new,
    ``margins`` true where the picture wasn't.
    """

    picture: Bytes
    share: Floats
    margins: Bytes

    @property
    def hole(self) -> Bytes:
        """uint8 HxW, 1 where something is to be filled."""
        return (self.share >= FAINT).astype(np.uint8)

    @property
    def rgb(self) -> Bytes:
        """uint8 HxWx3, what is transparent seen over white."""
        return over_white(self.picture)

    def mended(self, made: Bytes, strength: float) -> Bytes:
        """The picture with ``made`` (uint8 HxWx3) in its hole, mixed with what was there where the mask or
        ``strength`` leave some of it; the rest to the bit.
        """
        share = np.clip(self.share / WHOLE, 0, 1) * self.hole * np.where(self.margins, 1.0, strength)
        share = share[..., None].astype(np.float32)
        mixed = np.rint(self.rgb + (made.astype(np.float32) - self.rgb) * share).astype(np.uint8)
        out = self.picture.copy()
        out[..., :3] = np.where(share > 0, mixed, out[..., :3])
        if out.shape[2] == 4:
            out[..., 3] = np.maximum(out[..., 3], np.rint(share[..., 0] * 255).astype(np.uint8))
        return out


def given(request: InpaintRequest, run: Run) -> Given:
    """What a request asks to fill. Raises BadInput for a mask that is empty or of another shape, LimitReached for too
    wide margins, and what reading raises.
    """
    picture = read_picture(run.path(request.picture))
    height, width = picture.shape[:2]
    left, top, right, bottom = request.grow.pixels(width, height)
    whole = (height + top + bottom, width + left + right)
    if left + top + right + bottom and whole[0] * whole[1] > MOST_PIXELS:
        raise LimitReached("inpaint.too_large", width=whole[1], height=whole[0], limit=MOST_PIXELS // 1_000_000)
    share = np.ones(whole, np.float32)
    share[top : top + height, left : left + width] = _mask(request, run, width, height)
    margins = np.ones(whole, np.uint8)
    margins[top : top + height, left : left + width] = 0
    edge = ((top, bottom), (left, right), (0, 0))
    return Given(np.pad(picture, edge), share, margins)


def finished(run: Run, request: InpaintRequest, picture: Bytes) -> InpaintResult:
    """The picture written."""
    with run.output(".png", name=f"{Path(run.name(request.picture)).stem} filled") as out:
        write_picture(out.path, picture)
    return InpaintResult(output=out.id, width=picture.shape[1], height=picture.shape[0])


def _mask(request: InpaintRequest, run: Run, width: int, height: int) -> Floats:
    """float32 height x width, 0..1."""
    if request.mask is None:
        return np.zeros((height, width), np.float32)
    name = run.name(request.mask)
    share = painted(read_picture(run.path(request.mask)))
    sizes = {"mask": f"{share.shape[1]} × {share.shape[0]}", "picture": f"{width} × {height}"}
    if abs(share.shape[1] / share.shape[0] * height / width - 1) > SHAPE_SLACK:
        raise BadInput("inpaint.mask_shape", name=name, **sizes)
    if share.shape != (height, width):
        way = cv2.INTER_AREA if share.shape[0] > height else cv2.INTER_LINEAR
        share = cv2.resize(share, (width, height), interpolation=way).astype(np.float32)
    if share.max() < FAINT:
        raise BadInput("inpaint.mask_empty", name=name)
    return share


def painted(mask: Bytes) -> Floats:
    """float32 HxW, 0..1: what is painted on a transparent ground, else what is white."""
    if mask.shape[2] == 4 and mask[..., 3].min() < 255:
        return mask[..., 3].astype(np.float32) / 255
    return np.asarray(mask[..., :3] @ np.array(GREY, np.float32) / 255, np.float32)
