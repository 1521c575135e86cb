"""A picture as it is looked at: its colours over white, and a small copy in CIELAB."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats

SMALL = 256
LARGE = 1536
OPAQUE = 128


@dataclass(frozen=True)
class View:
    """``rgb`` uint8 HxWx3 over white, its longer side at most 1536; ``alpha`` uint8 HxW or None; ``size``: the whole picture's
    width and height.
    """

    rgb: Bytes
    alpha: Bytes | None
    size: tuple[int, int]

    @cached_property
    def small(self) -> Bytes:
        """uint8 hxwx3, its longer side at most 256."""
        return shrunk(self.rgb, SMALL)

    @cached_property
    def lab(self) -> Floats:
        """The small copy in CIELAB (D65): float32 hxwx3, L 0..100, a and b about -128..127."""
        return lab(self.small)

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """Where the small copy isn't transparent, hxw."""
        if self.alpha is None:
            return np.ones(self.small.shape[:2], bool)
        height, width = self.small.shape[:2]
        return cv2.resize(self.alpha, (width, height), interpolation=cv2.INTER_AREA) >= OPAQUE

    @property
    def see_through(self) -> float:
        """Share of the picture that is transparent, 0..1."""
        return 1 - float(self.shown.mean())


def view_of(picture: Bytes) -> View:
    """uint8 HxWx3 or HxWx4."""
    height, width = picture.shape[:2]
    alpha = np.ascontiguousarray(picture[..., 3]) if picture.shape[2] == 4 and picture[..., 3].min() < 255 else None
    rgb = np.ascontiguousarray(picture[..., :3])
    rgb = shrunk(rgb, LARGE)
    if alpha is not None:
        alpha = shrunk(alpha, LARGE)
        share = alpha[..., None].astype(np.uint16)
        rgb = ((rgb * share + 255 * (255 - share)) // 255).astype(np.uint8)
    return View(rgb, alpha, (width, height))


def shrunk(plane: Bytes, side: int) -> Bytes:
    """At most ``side`` pixels long, averaged over the pixels that fall together."""
    height, width = plane.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return plane
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))


def lab(rgb: Bytes) -> Floats:
    """CIELAB of uint8 RGB, any shape ending in 3; float32."""
    flat = rgb.reshape(1, -1, 3).astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2LAB)).reshape(rgb.shape)
