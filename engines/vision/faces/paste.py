"""What a network made of a face's crop, laid back: only the part of the picture that the crop covers is touched."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import Doubles, inverse, moved
from engines.vision.faces.swap import Patch

FEATHER = 0.3
SIGMA = 0.25
MASKS = 64

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Laid:
    """A mask over a crop: ``mask`` float32 side x side (0..1); ``forth`` 2x3 brings the picture's pixels to it."""

    mask: Floats
    forth: Doubles

    def over(self, patch: Patch) -> Floats:
        """The mask over a patch's box, float32 as its alpha; 0 outside the crop."""
        height, width = patch.alpha.shape
        return warped(self.mask, self.forth, (patch.left, patch.top, patch.left + width, patch.top + height))


@lru_cache(MASKS)
def box_mask(side: int, feather: float = FEATHER) -> Floats:
    """1 within a crop, falling to 0 at its very edges; float32 side x side, not to be changed. ``feather`` 0..1 is how softly."""
    width = int(side * 0.5 * feather)
    edge = max(width // 2, 1)
    mask = np.zeros((side, side), np.float32)
    mask[edge:-edge, edge:-edge] = 1
    if width:
        mask = cv2.GaussianBlur(mask, (0, 0), width * SIGMA, borderType=cv2.BORDER_CONSTANT).astype(np.float32)
        rest = mask[0, side // 2]
        mask = np.clip((mask - rest) / (1 - rest), 0, 1)
    mask.flags.writeable = False
    return mask


def covered(forth: Doubles, side: int, shape: tuple[int, ...]) -> Box | None:
    """The part of a picture of this shape under a crop (left, top, right, bottom); None where the crop lies outside."""
    corners = moved(np.array([(0, 0), (side, 0), (0, side), (side, side)], np.float64) - 0.5, inverse(forth))
    if not np.isfinite(corners).all():
        return None
    limit = np.array([shape[1], shape[0]], np.float64)
    left, top = np.clip(np.floor(corners.min(0)), 0, limit).astype(int).tolist()
    right, bottom = np.clip(np.ceil(corners.max(0)) + 1, 0, limit).astype(int).tolist()
    return (left, top, right, bottom) if right > left and bottom > top else None


def paste(rgb: Bytes, mask: Floats, forth: Doubles, shape: tuple[int, ...]) -> Patch | None:
    """A crop (uint8 side x side x 3) with its mask (float32 side x side, 0..1), which ``forth`` cut out, as a patch of the picture.

    ``shape`` is the picture's. None where the crop lies outside of it.
    """
    box = covered(forth, rgb.shape[0], shape)
    if box is None:
        return None
    laid = warped(rgb, forth, box, cv2.BORDER_REPLICATE)
    return Patch(box[0], box[1], laid, warped(mask, forth, box))


def warped(crop: NDArray, forth: Doubles, box: Box, border: int = cv2.BORDER_CONSTANT) -> NDArray:
    """A crop brought back to a box of its picture. One that is much finer than the picture is averaged first."""
    left, top, right, bottom = box
    side = crop.shape[0]
    step = int(np.hypot(forth[0, 0], forth[0, 1]))
    if step > 1:
        small = max(side // step, 1)
        crop = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
        scale = small / side
        forth = forth * scale
        forth[:, 2] += 0.5 * scale - 0.5
    shift = forth.copy()
    shift[:, 2] += forth[:, :2] @ np.array([left, top], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(crop, shift, (right - left, bottom - top), flags=flags, borderMode=border)
