"""Joining: closed segments and the source's own sound become one file, without encoding the picture again."""

import heapq
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from engines.media.formats import Recipe
from engines.media.opening import open_media
from engines.media.sound import sound_packets

Parts = Sequence[tuple[Path, Fraction]]


@dataclass(frozen=True)
class Span:
    """The part of the source that the output covers, in seconds on the source's clock; sound may outlast the picture."""

    start: float
    end: float


def join(
    parts: Parts,
    source: Path,
    target: Path,
    recipe: Recipe,
    span: Span,
    fps: Fraction,
    step: Callable[[], None],
) -> None:
    """Write the finished file: ``parts`` are segments and when they begin, in seconds of the output.

    ``step`` is called for every packet or picture; what it raises stops the work. Nothing half-written is left.
    """
    try:
        match recipe.container:
            case "zip":
                _join_pictures(parts, target, step)
            case "gif":
                _join_gif(parts, target, fps, step)
            case _:
                _join_video(parts, source, target, recipe, span, step)
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise


def _join_video(parts: Parts, source: Path, target: Path, recipe: Recipe, span: Span, step: Callable[[], None]) -> None:
    with (
        av.open(str(target), "w", format=recipe.container, options={**recipe.muxing, "fflags": "+bitexact"}) as out,
        open_media(source) as original,
        av.open(str(parts[0][0])) as first,
    ):
        stream = out.add_stream_from_template(first.streams.video[0], opaque=True)
        stream.time_base = first.streams.video[0].time_base
        tracks = sound_packets(original, out, recipe, span)
        picture = ((float(packet.dts * packet.time_base), 0, packet) for packet in _video_packets(parts, stream))
        sound = [((time, index + 1, packet) for time, packet in track) for index, track in enumerate(tracks)]
        for _, _, packet in heapq.merge(picture, *sound, key=lambda item: item[:2]):
            step()
            out.mux(packet)


def _video_packets(parts: Parts, stream: av.VideoStream) -> Iterator[av.Packet]:
    last_dts: int | None = None
    for path, base in parts:
        with av.open(str(path)) as container:
            part = container.streams.video[0]
            shift = round(base / Fraction(part.time_base or stream.time_base))
            for packet in container.demux(part):
                if packet.dts is None or packet.pts is None:
                    continue
                packet.pts += shift
                packet.dts += shift
                if last_dts is not None and packet.dts <= last_dts:
                    packet.dts = last_dts + 1
                last_dts = packet.dts
                packet.stream = stream
                yield packet


def _join_pictures(parts: Parts, target: Path, step: Callable[[], None]) -> None:
    number = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, _ in parts:
            with av.open(str(path)) as container:
                for packet in container.demux(container.streams.video[0]):
                    step()
                    if packet.size:
                        entry = zipfile.ZipInfo(f"frame_{number:06d}.png", (1980, 1, 1, 0, 0, 0))
                        archive.writestr(entry, bytes(packet))
                        number += 1


def _join_gif(parts: Parts, target: Path, fps: Fraction, step: Callable[[], None]) -> None:
    """Two passes over the segments: one palette for the whole film, then its frames."""
    with av.open(str(parts[0][0])) as first:
        template = first.streams.video[0]
        size, pixels = (template.width, template.height), template.pix_fmt or "rgb24"
        time_base = Fraction(template.time_base or Fraction(1, 100))

    def feed(graph: av.filter.Graph) -> av.filter.context.FilterContext:
        return graph.add_buffer(width=size[0], height=size[1], format=pixels, time_base=time_base)

    finder = av.filter.Graph()
    finder.link_nodes(feed(finder), finder.add("palettegen", "stats_mode=full"), finder.add("buffersink")).configure()
    for picture in _pictures(parts):
        step()
        finder.vpush(picture)
    finder.vpush(None)
    palette = finder.vpull()
    with av.open(str(target), "w", format="gif") as out:
        stream = out.add_stream("gif", rate=fps, options={})
        stream.width, stream.height, stream.pix_fmt = *size, "pal8"
        stream.codec_context.time_base = Fraction(1, 100)
        painter = av.filter.Graph()
        film, colours = (
            feed(painter),
            painter.add_buffer(width=16, height=16, format=palette.format.name, time_base=time_base),
        )
        use, sink = painter.add("paletteuse", "dither=sierra2_4a"), painter.add("buffersink")
        film.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        use.link_to(sink)
        painter.configure()
        colours.push(palette)
        colours.push(None)
        for picture in _pictures(parts):
            step()
            film.push(picture)
            _encode_ready(painter, stream, out, time_base)
        film.push(None)
        _encode_ready(painter, stream, out, time_base)
        out.mux(stream.encode(None))


def _encode_ready(graph: av.filter.Graph, stream: av.VideoStream, out: OutputContainer, time_base: Fraction) -> None:
    while True:
        try:
            picture = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        picture.pts, picture.time_base = round(picture.pts * time_base * 100), Fraction(1, 100)
        out.mux(stream.encode(picture))


def _pictures(parts: Parts) -> Iterator[av.VideoFrame]:
    for path, base in parts:
        container: InputContainer
        with av.open(str(path)) as container:
            for picture in container.decode(video=0):
                picture.pts += round(base / picture.time_base)
                yield picture
