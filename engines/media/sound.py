"""The source's sound: its packets copied untouched, and only encoded anew where the container can't hold them."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.container import InputContainer, OutputContainer

from engines.media.formats import Recipe
from engines.media.opening import open_media

if TYPE_CHECKING:
    from engines.media.join import Span

GAP_S, LONGEST_GAP_S = 0.02, 600.0
"""Holes in the sound shorter than the first are rounding; longer than the second, a mistake of the file."""
USUAL_RATE = 48000
LAYOUTS = ("stereo", "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""By number of channels: the ones that every encoder here takes. More than eight are mixed down to two."""
Timed = Iterator[tuple[float, av.Packet]]


def sound_packets(source: InputContainer, out: OutputContainer, recipe: Recipe, span: "Span") -> list[Timed]:
    """One stream of (seconds, packet) for each sound track that the container can take, cut to ``span`` at packets."""
    if not recipe.sound:
        return []
    tracks: list[Timed] = []
    for stream in source.streams.audio:
        if stream.codec_context is None:
            continue
        copy = stream.codec_context.codec.canonical_name in recipe.sound
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
    context = stream.codec_context
    channels = context.channels if context.channels < len(LAYOUTS) else 2
    rates = av.Codec(recipe.sound_codec, "w").audio_rates
    made = out.add_stream(
        recipe.sound_codec, rate=context.sample_rate if rates is None or context.sample_rate in rates else USUAL_RATE
    )
    made.codec_context.layout = LAYOUTS[channels]
    if not recipe.sound_codec.startswith("pcm"):
        made.codec_context.bit_rate = 96_000 * max(1, channels)
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
        for piece in _counted(resampler, _without_gaps(container.decode(stream), span), rate):
            yield from _timed(made, piece, rate)
        yield from _timed(made, None, rate)


def _without_gaps(frames: Iterator[av.AudioFrame], span: "Span") -> Iterator[tuple[float, av.AudioFrame]]:
    """Frames of the span that follow each other without holes (filled with silence) or overlaps, and their seconds in it."""
    due: float | None = None
    for frame in frames:
        if frame.pts is None or frame.time is None or frame.time + frame.samples / frame.sample_rate <= span.start:
            continue
        if frame.time >= span.end:
            return
        now = frame.time - span.start
        late = 0.0 if due is None else now - due
        if late < -GAP_S:
            continue
        if GAP_S < late < LONGEST_GAP_S and due is not None:
            for silent in _silence(frame, late):
                yield due, silent
                due += silent.samples / silent.sample_rate
        yield now if due is None else due, frame
        due = (now if due is None else due) + frame.samples / frame.sample_rate


def _silence(like: av.AudioFrame, seconds: float) -> Iterator[av.AudioFrame]:
    left, most = round(seconds * like.sample_rate), like.samples
    zero = np.zeros_like(like.to_ndarray()) + (128 if like.format.name.startswith("u8") else 0)
    while left > 0:
        count = min(left, most)
        part = np.ascontiguousarray(zero[:, : zero.shape[1] * count // most])
        frame = av.AudioFrame.from_ndarray(part, format=like.format.name, layout=like.layout.name)
        frame.sample_rate = like.sample_rate
        yield frame
        left -= count


def _counted(
    resampler: av.AudioResampler, frames: Iterator[tuple[float, av.AudioFrame]], rate: Fraction
) -> Iterator[av.AudioFrame]:
    """Resampled frames whose times are their count of samples: those of the source may be rounded."""
    clock: int | None = None
    for frame in chain(frames, (None,)):
        if frame is not None and clock is None:
            clock = round(frame[0] / rate)
        if frame is not None:
            frame[1].pts = None
        for piece in resampler.resample(frame[1] if frame else None) if clock is not None else ():
            piece.pts, piece.time_base = clock, rate
            clock += piece.samples
            yield piece


def _timed(made: av.AudioStream, frame: av.AudioFrame | None, rate: Fraction) -> Timed:
    for packet in made.encode(frame):
        yield float(packet.dts * (packet.time_base or rate)), packet


def _seek(container: InputContainer, stream: av.AudioStream, span: "Span") -> None:
    if span.start > 0:
        container.seek(max(0, int((span.start - 1) / stream.time_base)), stream=stream, backward=True)
