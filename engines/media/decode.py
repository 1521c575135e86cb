"""Decoding: a video file as a stream of frames with exact times."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zlib import crc32

import av
import numpy as np
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

from engines.media.colour import SRGB_VIDEO, Colour, colour_of
from engines.media.convert import Converter
from engines.media.frame import Film, Frame
from engines.media.opening import open_video
from engines.media.segments import Place
from engines.media.tonemap import ToneMap
from engines.media.turn import Turn, turn_of
from studio.errors import BadInput

SEEK_BACK_S = (0.0, 10.0, None)
"""How long before the wanted time to seek, one after the other; None: the beginning."""
UNSURE_BACK_S = (10.0, None)
"""The same for broadcast streams (MPEG-TS and -PS): without an index seeking may land late, and the first times are guesses."""
ENDS_EARLY_S = 0.5


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
        self._threads = threads
        self._open()
        self.time_base = Fraction(self._stream.time_base or Fraction(1, 1000))
        self.origin = int(self._stream.start_time or 0)
        self._first = self.origin + round(trim.start / self.time_base)
        self._last = None if trim.end is None else self.origin + round(trim.end / self.time_base)
        rate = self._stream.average_rate or self._stream.guessed_rate or 25
        self._usual = max(1, round(1 / (rate * self.time_base)))
        self._films: dict[tuple[Colour, Turn], Film] = {}
        self._turns: dict[int, Turn] = {}
        self._convert = Converter()
        self._now: tuple[int, int, av.VideoFrame] | None = None
        self._before: tuple[int, int, av.VideoFrame] | None = None
        self.cut_short = False

    @property
    def start_seconds(self) -> float:
        """Where on the file's clock the output's zero is."""
        return float(self._first * self.time_base)

    @property
    def lasts(self) -> Fraction:
        """Seconds for which the frame that was given last is shown."""
        assert self._now is not None
        return (self._now[2].duration or self._usual) * self.time_base

    def place(self, back: int = 0) -> Place:
        """Where decoding stands, after the frame that was given last, or (``back`` 1) the one before it."""
        last = self._before if back else self._now
        assert last is not None
        index, stamp, picture = last
        return Place(index + 1, stamp, _checksum(picture))

    def frames(self, after: Place | None = None) -> Iterator[Frame]:
        """Decode; ``after`` goes on identically where another decoder of the same part stood."""
        index = after.index if after else 0
        for stamp, picture in self._after(after) if after else self._from(self._first):
            if self._last is not None and stamp >= self._last:
                break
            self._before, self._now = self._now, (index, stamp, picture)
            yield Frame(index, stamp - self._first, self.time_base, self._film(picture), picture)
            index += 1
        else:
            self._judge_end()
        if self._now is None and after is None:
            raise BadInput("media.no_frames", name=self._path.name)

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        self._container = open_video(self._path)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = self._threads
        self._used = False

    def _film(self, picture: av.VideoFrame) -> Film:
        if (
            picture.rotation not in self._turns
        ):  # a look at its side data ties a picture into a cycle, and keeps it in memory
            self._turns[picture.rotation] = turn_of(picture)
        colour, turn = colour_of(picture), self._turns[picture.rotation]
        if (colour, turn) not in self._films:
            mapped = ToneMap(colour) if colour.hdr else None
            shown = SRGB_VIDEO if mapped else colour
            self._films[colour, turn] = Film(shown, turn, mapped, self._convert)
        return self._films[colour, turn]

    def _from(self, stamp: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Pictures from a time on: sought, or counted from the beginning where seeking arrives too late."""
        for back in self._ways_back() if stamp > self.origin else (None,):
            pictures, early = self._sought(stamp, back), back is None
            for now, picture in pictures:
                if now >= stamp:
                    if not early and now != stamp:
                        break
                    yield now, picture
                    yield from pictures
                    return
                early = True
            else:
                if early:
                    return

    def _after(self, place: Place) -> Iterator[tuple[int, av.VideoFrame]]:
        """Pictures after the one that ``place`` names by time and checksum."""
        for back in self._ways_back():
            pictures = self._sought(place.stamp, back)
            for now, picture in pictures:
                if now == place.stamp and (back is None or _checksum(picture) == place.check):
                    yield from pictures
                    return
                if now >= place.stamp:
                    break
        raise BadInput("media.unreadable", name=self._path.name)

    def _ways_back(self) -> tuple[float | None, ...]:
        return UNSURE_BACK_S if self._container.format.flags & Flags.ts_discont.value else SEEK_BACK_S

    def _sought(self, stamp: int, back: float | None) -> Iterator[tuple[int, av.VideoFrame]]:
        """Timed pictures from at best ``back`` seconds before ``stamp``, or from the beginning (None)."""
        if self._used:
            self._container.close()
            self._open()
        self._used, self.cut_short = True, False
        if back is not None:
            try:
                target = max(self.origin, stamp - round(back / self.time_base))
                self._container.seek(target, stream=self._stream, backward=True, any_frame=False)
            except av.FFmpegError:
                return
        last: int | None = None
        for picture in self._pictures():
            now = picture.pts
            if now is None:
                if back is not None:
                    return
                now = self.origin if last is None else last + self._usual
            if last is None or now > last:
                last = now
                yield now, picture

    def _pictures(self) -> Iterator[av.VideoFrame]:
        def broken() -> None:
            self.cut_short = True

        return pictures(self._container, self._stream, broken)

    def _judge_end(self) -> None:
        """A track that ends well before its stated length was cut."""
        if self._now and self._stream.duration:
            missing = (self.origin + self._stream.duration - self._now[1]) * self.time_base
            self.cut_short |= missing > ENDS_EARLY_S + 2 * self._usual * self.time_base


def pictures(container: InputContainer, stream: VideoStream, broken: Callable[[], None]) -> Iterator[av.VideoFrame]:
    """The pictures of a track as far as they can be read; ``broken`` hears of each place where they can't."""
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.InvalidDataError:
                broken()
    except av.FFmpegError:
        broken()


def _checksum(picture: av.VideoFrame) -> int:
    """Of the first plane, without the padding of its rows."""
    part, sample = picture.planes[0], (picture.format.components[0].bits + 7) // 8
    rows = np.frombuffer(part, np.uint8).reshape(-1, part.line_size)[: part.height, : part.width * sample]
    return crc32(rows.tobytes())


def frame_at(path: Path, seconds: float) -> Frame:
    """A frame at a time, in seconds from the beginning; where the video has none, its first one.

    Raises BadInput for a file without frames.
    """
    for start in (max(seconds, 0.0), 0.0):
        decoder = Decoder(path, Trim(start))
        try:
            return next(decoder.frames())
        except BadInput:
            if start == 0:
                raise
        finally:
            decoder.close()
    raise AssertionError
