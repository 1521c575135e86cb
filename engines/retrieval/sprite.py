"""A strip of small pictures of a shot, in one WebP file."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from engines.arrays import Bytes

TILES = 6
HEIGHT = 108
WIDEST = 256
QUALITY = 70


@dataclass(frozen=True)
class Sprite:
    """``webp``: tiles side by side, all ``width`` x ``height`` pixels; ``seconds`` is the moment of each."""

    webp: bytes
    seconds: tuple[float, ...]
    width: int
    height: int


def sprite_of(moments: Sequence[tuple[float, Bytes]]) -> Sprite:
    """A sprite of at most six of the moments: (seconds, uint8 RGB HxWx3), all of one shape."""
    if not moments:
        return Sprite(b"", (), 0, 0)
    count = min(len(moments), TILES)
    chosen = [moments[round(at)] for at in np.linspace(0, len(moments) - 1, count)]
    rows, columns = chosen[0][1].shape[:2]
    size = min(max(round(columns * HEIGHT / rows), 16), WIDEST), HEIGHT
    tiles = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for _, picture in chosen]
    file = BytesIO()
    Image.fromarray(np.hstack(tiles)).save(file, "WEBP", quality=QUALITY, method=2)
    return Sprite(file.getvalue(), tuple(seconds for seconds, _ in chosen), *size)
