"""A film read quickly, to be looked through and not to be shown: the frames that others don't need, without deblocking, in exact time."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from engines.arrays import Bytes
from engines.media.colour import Colour, colour_of
from engines.media.convert import Converter
from engines.media.decode import pictures
from engines.media.opening import open_stream, open_video
from engines.media.tonemap import ToneMap
from engines.media.turn import UPRIGHT, Turn, turn_of
from engines.vision.look import Look
from studio.errors import BadInput

PLANAR = ("yuv420p", "yuvj420p")
LONG_SIDE = 640
DETAIL, SMALL = 180, 90
"""Short sides of what sharpness is judged by, and of what shots are."""
MOST_A_SECOND = 16
SMOOTH = 20
"""Frames a second from which on those that lie between others are left out, some three of four in a usual film: twice as fast, and a cut
is known to within a fifth of a second.
"""
ENDS_EARLY_S = 1.0


@dataclass(frozen=True)
class Facts:
    """What the file says of itself: sizes as displayed; ``seconds`` 0 where it doesn't say."""

    seconds: float
    width: int
    height: int
    fps: float


@dataclass(frozen=True)
class Glance:
    """A decoded frame, made small: ``seconds`` from the first frame; ``detail`` luma uint8 with a short side of at most 180,
    ``look`` of at most 90.
    """

    seconds: float
    detail: Bytes
    look: Look
    native: av.VideoFrame


class Footage:
    """An open film. ``damaged`` says after the last glance that not all could be read. Close it after use.

    Raises BadInput and NotFound as ``open_video`` does.
    """

    def __init__(self, source: "Path | Any", name: str = "", threads: int = 1) -> None:
        self._container = open_video(source) if isinstance(source, Path) else open_stream(source, name)
        self._name = name or getattr(source, "name", "")
        self._stream = self._container.streams.video[0]
        context = self._stream.codec_context
        context.thread_type, context.thread_count = "AUTO", threads
        context.options = {"skip_loop_filter": "all"}
        context.skip_frame = "BIDIR" if float(self._stream.average_rate or 25) >= SMOOTH else "NONREF"
        self._convert = Converter()
        self._turn: Turn | None = None
        self._maps: dict[Colour, ToneMap] = {}
        self.damaged = False
        self.read_to = 0.0

    def __enter__(self) -> "Footage":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def facts(self) -> Facts:
        """Known in full once the first glance has come."""
        stream = self._stream
        if stream.duration and stream.time_base:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = float(self._container.duration / av.time_base) if self._container.duration else 0.0
        wide = Fraction(stream.sample_aspect_ratio or 1)
        width, height = max(round(stream.codec_context.width * wide), 1), stream.codec_context.height
        if self._turn is not None and self._turn.swaps:
            width, height = height, width
        return Facts(seconds, width, height, float(stream.average_rate or stream.guessed_rate or 25))

    def glances(self) -> Iterator[Glance]:
        """The film from its beginning, at most sixteen times a second. Raises BadInput where there is no frame at all."""
        base = Fraction(self._stream.time_base or Fraction(1, 1000))
        usual = max(1, round(1 / (Fraction(self._stream.average_rate or 25) * base)))
        first: int | None = None
        last, shown = -1, -1.0
        for picture in self._pictures():
            stamp = picture.pts if picture.pts is not None else last + usual
            if first is None:
                first = stamp
                self._turn = turn_of(picture)
            if stamp <= last:
                continue
            last = stamp
            self.read_to = float((stamp - first + usual) * base)
            seconds = float((stamp - first) * base)
            if shown >= 0 and seconds - shown < 1 / MOST_A_SECOND:
                continue
            shown = seconds
            detail, look = self._small(picture)
            yield Glance(seconds, detail, look, picture)
        if first is None:
            raise BadInput("media.no_frames", name=self._name)
        stated = self.facts.seconds
        self.damaged |= bool(stated) and stated - self.read_to > ENDS_EARLY_S + 0.02 * stated

    def picture(self, native: av.VideoFrame) -> Bytes:
        """A frame upright and in its true shape, uint8 RGB HxWx3, its long side at most 640."""
        wide = Fraction(self._stream.sample_aspect_ratio or 1)
        width, height = max(round(native.width * wide), 1), native.height
        factor = min(1.0, LONG_SIDE / max(width, height))
        size = max(round(width * factor), 16), max(round(height * factor), 16)
        colour = colour_of(native)
        if colour.hdr:
            tone_map = self._maps.setdefault(colour, ToneMap(colour))
            rgb = cv2.resize(tone_map(native, self._convert), size, interpolation=cv2.INTER_AREA)
        else:
            rgb = self._convert(native, "rgb24", colour, size=size).to_ndarray()
        return (self._turn or UPRIGHT).apply(np.asarray(rgb, np.uint8))

    def _pictures(self) -> Iterator[av.VideoFrame]:
        def broken() -> None:
            self.damaged = True

        return pictures(self._container, self._stream, broken)

    def _small(self, picture: av.VideoFrame) -> tuple[Bytes, Look]:
        if picture.format.name not in PLANAR:
            factor = min(1.0, 2 * DETAIL / min(picture.width, picture.height))
            size = max(round(picture.width * factor), 16) & ~1, max(round(picture.height * factor), 16) & ~1
            picture = self._convert(picture, "yuv420p", colour_of(picture), size=size)
        turn = self._turn or UPRIGHT
        planes = [_view(picture, number) for number in range(3)]
        detail = turn.apply(_reduced(planes[0], DETAIL))
        u, v = (turn.apply(_reduced(plane, SMALL // 2)) for plane in planes[1:])
        return detail, Look(_reduced(detail, SMALL), u, v)


def _view(picture: av.VideoFrame, number: int) -> Bytes:
    """One plane of a picture, uint8 HxW, without copying it."""
    part = picture.planes[number]
    return np.frombuffer(part, np.uint8).reshape(-1, part.line_size)[: part.height, : part.width]


def _reduced(plane: Bytes, short_side: int) -> Bytes:
    height, width = plane.shape
    factor = min(1.0, short_side / min(height, width))
    size = max(round(width * factor), 16), max(round(height * factor), 16)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
