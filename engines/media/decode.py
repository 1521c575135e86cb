"""Decoding: a video file as a stream of upright frames with exact times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from engines.media.frame import Frame
from engines.media.probe import colour_of, open_video
from studio.errors import BadInput

TURNS = {90: ("clock",), 180: ("clock", "clock"), 270: ("cclock",)}


@dataclass(frozen=True)
class Trim:
    """Part of a video, in seconds from its beginning; ``end`` None goes to the end."""

    start: float = 0.0
    end: float | None = None


class Turner:
    """Turns decoded pictures upright without converting them."""

    def __init__(self, picture: av.VideoFrame) -> None:
        turns = TURNS.get(round(-picture.rotation) % 360, ())
        self._graph: av.filter.Graph | None = None
        if turns:
            graph = av.filter.Graph()
            graph.link_nodes(
                graph.add_buffer(
                    width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 1000)
                ),
                *(graph.add("transpose", turn) for turn in turns),
                graph.add("buffersink"),
            ).configure()
            self._graph = graph

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        if self._graph is None:
            return picture
        self._graph.vpush(picture)
        return self._graph.vpull()  # type: ignore[no-any-return]


class Decoder:
    """Frames of the first video track, from ``trim.start`` on, numbered from 0, with times from the start of the part.

    ``skip_before`` (in stream ticks) drops what an interrupted run has done. ``cut_short`` says after the last frame
    whether the file ended in the middle of something. Raises BadInput when nothing can be decoded.
    """

    def __init__(self, path: Path, trim: Trim, threads: int = 0) -> None:
        self._path = path
        self._container = open_video(path)
        self._stream = self._container.streams.video[0]
        if self._stream.codec_context is None:
            self._container.close()
            raise BadInput("media.no_codec", name=path.name)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = threads
        self.time_base = Fraction(self._stream.time_base or Fraction(1, 1000))
        self.origin = int(self._stream.start_time or 0)
        self._first = self.origin + round(trim.start / self.time_base)
        self._last = None if trim.end is None else self.origin + round(trim.end / self.time_base)
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
        index, last_pts, turner = first_index, after_pts, None
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
            turner = turner or Turner(picture)
            colour = colour_of(picture)
            yield Frame(index, last_pts, self.time_base, colour, turner(picture))
            index += 1
        if index == first_index and after_pts is None:
            raise BadInput("media.no_frames", name=self._path.name)

    def close(self) -> None:
        self._container.close()

    def _pictures(self) -> Iterator[av.VideoFrame]:
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    self.cut_short = True
        except av.FFmpegError:
            self.cut_short = True
