"""Decoding: a video file as a stream of frames with exact times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from engines.media.colour import SRGB_VIDEO, Colour, colour_of
from engines.media.convert import Converter
from engines.media.frame import Film, Frame
from engines.media.opening import open_video
from engines.media.tonemap import ToneMap
from engines.media.turn import Turn, turn_of
from studio.errors import BadInput


@dataclass(frozen=True)
class Trim:
    """Part of a video, in seconds from its beginning; ``end`` None goes to the end."""

    start: float = 0.0
    end: float | None = None


class Decoder:
    """Frames of the first video track, from ``trim.start`` on, numbered from 0, with times from the start of the part.

    ``cut_short`` says after the last frame whether the file ended in the middle of something. Raises BadInput when nothing
    can be decoded.
    """

    def __init__(self, path: Path, trim: Trim, threads: int = 0) -> None:
        self._path = path
        self._container = open_video(path)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = threads
        self.time_base = Fraction(self._stream.time_base or Fraction(1, 1000))
        self.origin = int(self._stream.start_time or 0)
        self._first = self.origin + round(trim.start / self.time_base)
        self._last = None if trim.end is None else self.origin + round(trim.end / self.time_base)
        self._films: dict[tuple[Colour, Turn], Film] = {}
        self._convert = Converter()
        self.cut_short = False

    @property
    def start_seconds(self) -> float:
        """Where on the file's clock the output's zero is."""
        return float(self._first * self.time_base)

    def frames(self, first_index: int = 0, after_pts: int | None = None) -> Iterator[Frame]:
        """Decode; to continue an interrupted run give the next index and the (output) pts of the last frame that was done."""
        skip_to = self._first if after_pts is None else self._first + after_pts + 1
        if skip_to > self.origin:
            self._container.seek(skip_to, stream=self._stream, backward=True, any_frame=False)
        index, last_pts = first_index, after_pts
        for picture in self._pictures():
            pts = picture.pts
            if pts is None:
                pts = self._first + (0 if last_pts is None else last_pts + 1)
            if pts < skip_to:
                continue
            if self._last is not None and pts >= self._last:
                break
            if last_pts is not None and pts - self._first <= last_pts:
                continue
            last_pts = pts - self._first
            yield Frame(index, last_pts, self.time_base, self._film(picture), picture)
            index += 1
        if index == first_index and after_pts is None:
            raise BadInput("media.no_frames", name=self._path.name)

    def close(self) -> None:
        self._container.close()

    def _film(self, picture: av.VideoFrame) -> Film:
        colour, turn = colour_of(picture), turn_of(picture)
        if (colour, turn) not in self._films:
            mapped = ToneMap(colour) if colour.hdr else None
            shown = SRGB_VIDEO if mapped else colour
            self._films[colour, turn] = Film(shown, turn, mapped, self._convert)
        return self._films[colour, turn]

    def _pictures(self) -> Iterator[av.VideoFrame]:
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    self.cut_short = True
        except av.FFmpegError:
            self.cut_short = True
