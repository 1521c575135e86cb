"""Turning pictures upright: the eight orientations that a display matrix or an EXIF tag can ask for."""

import struct
from dataclasses import dataclass

import av
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

MATRIX_BYTES = 36


@dataclass(frozen=True)
class Turn:
    """Quarter turns clockwise (0–3), made after an optional mirroring left–right."""

    quarters: int = 0
    mirror: bool = False

    def __bool__(self) -> bool:
        return bool(self.quarters or self.mirror)

    @property
    def swaps(self) -> bool:
        """Whether width and height change places."""
        return self.quarters % 2 == 1

    def apply(self, array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The upright picture (HxW or HxWxC), contiguous."""
        if self.mirror:
            array = array[:, ::-1]
        if self.quarters:
            array = np.rot90(array, -self.quarters)
        return np.ascontiguousarray(array)


UPRIGHT = Turn()


def turn_of(frame: av.VideoFrame) -> Turn:
    """What the frame's display matrix asks for; a tilt that isn't a quarter turn is left as it is."""
    side = frame.side_data.get(Type.DISPLAYMATRIX)
    data = bytes(side) if side is not None else b""
    if len(data) < MATRIX_BYTES:
        return UPRIGHT
    a, b, _, c, d = (value / 65536 for value in struct.unpack("<5i", data[:20]))
    # A point (x, y) of the stored picture is shown at (ax + cy, bx + dy), y downwards.
    shown = (round(a), round(b), round(c), round(d))
    return TURNS.get(shown, UPRIGHT)


TURNS = {
    (1, 0, 0, 1): Turn(0),
    (0, 1, -1, 0): Turn(1),
    (-1, 0, 0, -1): Turn(2),
    (0, -1, 1, 0): Turn(3),
    (-1, 0, 0, 1): Turn(0, mirror=True),
    (0, 1, 1, 0): Turn(3, mirror=True),
    (1, 0, 0, -1): Turn(2, mirror=True),
    (0, -1, -1, 0): Turn(1, mirror=True),
}

EXIF = {
    1: Turn(0),
    2: Turn(0, mirror=True),
    3: Turn(2),
    4: Turn(2, mirror=True),
    5: Turn(3, mirror=True),
    6: Turn(1),
    7: Turn(1, mirror=True),
    8: Turn(3),
}
"""EXIF orientation tag → turn."""
