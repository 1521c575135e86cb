"""A film with another sound: its picture's packets as they are, byte by byte, and a sound encoded anew."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from engines.audio.files import LAYOUTS
from engines.media.opening import open_video
from engines.media.trouble import writing

CONTAINERS = (("webm", ".webm", "libopus"), ("matroska", ".mkv", "aac"), ("mp4", ".mp4", "aac"), ("mov", ".mov", "aac"))
"""FFmpeg's names for a container, its ending here, and the codec of the new sound; others become the second."""
BITS = 96_000
RATE = 48_000
Timed = Iterator[tuple[float, int, av.Packet]]


def container_of(film: Path) -> tuple[str, str, str]:
    """Container, ending and sound codec for a film whose picture is kept."""
    with open_video(film) as source:
        names = source.format.name.split(",")
        if film.suffix.lower() == ".webm" and "webm" in names:
            return CONTAINERS[0]
        if "matroska" in names:
            return CONTAINERS[1]
        return CONTAINERS[3] if film.suffix.lower() == ".mov" else CONTAINERS[2] if "mp4" in names else CONTAINERS[1]


def with_sound(film: Path, sound: Iterable[np.ndarray], channels: int, target: Path, step: Callable[[], None]) -> None:
    """Write ``film`` to ``target`` with a sound float (n,) or (n, channels) at 48 kHz that begins with the film, in place of its own.

    ``step`` is called for every packet; what it raises stops the work, and nothing half-written is left.
    """
    name, _, codec = container_of(film)
    try:
        with (
            writing(target.parent),
            open_video(film) as source,
            av.open(
                str(target),
                "w",
                format=name,
                options={"movflags": "+faststart", "fflags": "+bitexact"} if name in ("mp4", "mov") else {},
            ) as out,
        ):
            kept = [source.streams.video[0], *(s for s in source.streams.subtitles if name == "matroska")]
            made = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in kept}
            for stream in kept:
                made[stream.index].metadata.update(
                    {k: v for k, v in stream.metadata.items() if k in ("language", "title")}
                )
            voice: Any = out.add_stream(codec, rate=RATE)
            voice.codec_context.layout, voice.codec_context.bit_rate = LAYOUTS[channels], BITS * channels
            began = float(Fraction(source.start_time or 0, av.time_base))
            picture = _copied(source, made, began)
            for _, _, packet in heapq.merge(
                picture, _encoded(voice, sound, channels, began), key=lambda item: item[:2]
            ):
                step()
                out.mux(packet)
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise


def _copied(source: Any, made: dict[int, Any], began: float) -> Timed:
    last = began
    for packet in source.demux([stream for stream in source.streams if stream.index in made]):
        if packet.pts is None and packet.dts is None:
            continue
        packet.stream = made[packet.stream.index]
        # what carries no decoding time keeps its place in the file
        last = max(last, float(packet.dts * packet.time_base)) if packet.dts is not None else last
        yield last, 0, packet


def _encoded(stream: Any, sound: Iterable[np.ndarray], channels: int, began: float) -> Timed:
    context = stream.codec_context
    context.open()
    frames = av.AudioResampler(
        format=context.format, layout=context.layout, rate=RATE, frame_size=context.frame_size or 0
    )
    clock, base = round(began * RATE), Fraction(1, RATE)

    def encoded(frame: av.AudioFrame | None) -> Timed:
        nonlocal clock
        for piece in frames.resample(frame):
            piece.pts, piece.time_base = clock, base
            clock += piece.samples
            yield from ((float(p.dts * p.time_base), 1, p) for p in stream.encode(piece))

    for samples in sound:
        if len(samples):
            planes = np.ascontiguousarray(np.atleast_2d(samples.T), np.float32)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=LAYOUTS[channels])
            frame.sample_rate = RATE
            yield from encoded(frame)
    if clock > round(began * RATE):
        yield from encoded(None)
        yield from ((float(p.dts * p.time_base), 1, p) for p in stream.encode(None))
