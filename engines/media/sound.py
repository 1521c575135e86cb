"""The source's sound: its packets copied untouched, and only encoded anew where the container can't hold them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer

from engines.media.formats import Recipe
from engines.media.opening import open_media

if TYPE_CHECKING:
    from engines.media.join import Span

OPUS_RATE = 48000
Timed = Iterator[tuple[float, av.Packet]]


def sound_packets(source: InputContainer, out: OutputContainer, recipe: Recipe, span: "Span") -> list[Timed]:
    """One stream of (seconds, packet) for each sound track that the container can take, cut to ``span`` at packets."""
    if not recipe.sound:
        return []
    tracks: list[Timed] = []
    for stream in source.streams.audio:
        if stream.codec_context is None:
            continue
        copy = stream.codec_context.name in recipe.sound
        made = out.add_stream_from_template(stream, opaque=True) if copy else _encoder(out, stream, recipe)
        for name in ("language", "title"):
            if value := stream.metadata.get(name):
                made.metadata[name] = value
        tracks.append(
            _copied(source.name, stream.index, made, span) if copy else _encoded(source.name, stream.index, made, span)
        )
    return tracks


def _copied(path: str, index: int, made: av.AudioStream, span: "Span") -> Timed:
    with open_media(Path(path)) as container:
        stream = container.streams[index]
        shift = round(span.start / stream.time_base)
        _seek(container, stream, span)
        for packet in container.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            # one packet before the start stays: a decoder needs it to get going, and the file says not to play it
            if (packet.pts + 2 * (packet.duration or 0)) * stream.time_base <= span.start:
                continue
            if packet.pts * stream.time_base >= span.end:
                return
            packet.pts -= shift
            packet.dts -= shift
            time = float(packet.dts * stream.time_base)
            packet.stream = made
            yield time, packet


def _encoder(out: OutputContainer, stream: av.AudioStream, recipe: Recipe) -> av.AudioStream:
    rate = OPUS_RATE if recipe.sound_codec == "libopus" else stream.codec_context.sample_rate
    made = out.add_stream(recipe.sound_codec, rate=rate)
    made.codec_context.layout = stream.codec_context.layout.name
    if not recipe.sound_codec.startswith("pcm"):
        made.codec_context.bit_rate = 96_000 * max(1, stream.codec_context.channels)
    return made


def _encoded(path: str, index: int, made: av.AudioStream, span: "Span") -> Timed:
    with open_media(Path(path)) as container:
        stream = container.streams[index]
        _seek(container, stream, span)
        context = made.codec_context
        resampler = av.AudioResampler(
            format=context.format, layout=context.layout, rate=context.sample_rate, frame_size=context.frame_size or 0
        )
        rate = Fraction(1, context.sample_rate)
        for frame in container.decode(stream):
            if frame.pts is None or frame.time is None or frame.time + frame.samples / frame.sample_rate <= span.start:
                continue
            if frame.time >= span.end:
                break
            frame.pts -= round(span.start / frame.time_base)
            for piece in resampler.resample(frame):
                yield from _timed(made, piece, rate)
        for piece in resampler.resample(None):
            yield from _timed(made, piece, rate)
        yield from _timed(made, None, rate)


def _timed(made: av.AudioStream, frame: av.AudioFrame | None, rate: Fraction) -> Timed:
    for packet in made.encode(frame):
        yield float(packet.dts * (packet.time_base or rate)), packet


def _seek(container: InputContainer, stream: av.AudioStream, span: "Span") -> None:
    if span.start > 0:
        container.seek(max(0, int((span.start - 1) / stream.time_base)), stream=stream, backward=True)
