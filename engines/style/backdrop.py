"""What is put behind a person: a colour, a picture, or a video that runs along and starts again when it ends."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.media.decode import Decoder, Trim
from engines.media.frame import Frame, Planes
from engines.style.photo import to_planes
from studio.errors import BadInput

LEAST_STEP_S = Fraction(1, 50)


class Backdrop(Protocol):
    """Pictures to lie behind, asked for in the order of their frames."""

    def __call__(self, frame: Frame) -> Planes:
        """Planes of the size and layout of ``frame``'s, for its moment."""


class Still:
    """One picture (uint8 HxWx3) for all frames, enlarged until it fills them."""

    def __init__(self, rgb: Bytes) -> None:
        self._rgb = rgb
        self._made: Planes | None = None

    def __call__(self, frame: Frame) -> Planes:
        if self._made is None or self._made.y.shape != (frame.height, frame.width):
            self._made = planes_for(frame, self._rgb)
        return self._made


class Moving:
    """A video's frames by their time, from the beginning again when it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._frames: Iterator[Frame] | None = None
        self._decoder: Decoder | None = None
        self._now: Frame | None = None
        self._next: Frame | None = None
        self._began = Fraction(0)
        self._step = Fraction(0)

    def __call__(self, frame: Frame) -> Planes:
        while self._next is None or self._began + time(self._next) <= time(frame):
            self._advance()
        assert self._now is not None
        return planes_for(frame, self._now.rgb)

    def anew(self) -> "Moving":
        """The same from its beginning."""
        return Moving(self._path)

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.close()

    def _advance(self) -> None:
        """Go one frame on, opening the video anew at its end."""
        if self._frames is None:
            self._decoder = Decoder(self._path, Trim())
            self._frames = self._decoder.frames()
        if self._next is not None:
            if self._now is not None:
                self._step = time(self._next) - time(self._now)
            self._now = self._next
        self._next = next(self._frames, None)
        if self._next is not None:
            self._now = self._now or self._next
            return
        if self._now is None:
            raise BadInput("media.no_frames", name=self._path.name)
        self._began += time(self._now) + max(self._step, LEAST_STEP_S)
        self.close()
        self._frames = None


def time(frame: Frame) -> Fraction:
    """A frame's exact time in seconds."""
    return frame.pts * frame.time_base


def planes_for(frame: Frame, rgb: Bytes) -> Planes:
    """``rgb`` (uint8 HxWx3) filling the frame, what hangs over cut off evenly, in the frame's layout, matrix and range."""
    height, width = frame.height, frame.width
    scale = max(height / rgb.shape[0], width / rgb.shape[1])
    rows, columns = min(round(height / scale), rgb.shape[0]), min(round(width / scale), rgb.shape[1])
    top, left = (rgb.shape[0] - rows) // 2, (rgb.shape[1] - columns) // 2
    part = rgb[top : top + max(rows, 1), left : left + max(columns, 1)]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.asarray(cv2.resize(part, (width, height), interpolation=way))
    return frame.replace(rgb=sized).planes if frame.planes.halved else to_planes(sized)
