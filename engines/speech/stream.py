"""Speech as a stream of bytes: encoded while it is spoken, so that it can be heard before it ends."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np
import soxr

from engines.audio.master import RATE
from engines.speech.front import Front, Reading
from engines.speech.narrate import narrate
from engines.speech.segment import Segment, Spoken
from engines.speech.steady import finish_for, steadily

PCM_RATE = 24000
"""What clients of this interface expect of bare samples."""
CONTAINERS: Mapping[str, tuple[str, str, str, int, Mapping[str, str]]] = {
    "mp3": ("mp3", "libmp3lame", "fltp", 96_000, {"write_xing": "0", "id3v2_version": "4"}),
    "opus": ("ogg", "libopus", "flt", 48_000, {"page_duration": "200000"}),
    "aac": ("adts", "aac", "fltp", 160_000, {}),
    "flac": ("flac", "flac", "s16", 0, {}),
}
MIMES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
FULL = 32767


@dataclass(frozen=True)
class Asked:
    """What is to be streamed: a text, how it is read, in which format, tags for the file's head, and the finish of the voice."""

    text: str
    reading: Reading
    kind: str
    tags: Mapping[str, str]
    style: str = "voice"


class _Sink:
    """A file that is only written to, and taken from."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, block: bytes) -> int:
        self._blocks.append(bytes(block))
        return len(block)

    def taken(self) -> bytes:
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def speech(asked: Asked, say: Callable[[Segment], Spoken]) -> Iterator[bytes]:
    """The encoded sound in pieces, the first as soon as the first sentence has been spoken. Raises BadInput before that."""
    sound = samples(asked, say)
    return _bare(sound) if asked.kind == "pcm" else _encoded(sound, asked.kind, asked.tags)


def samples(asked: Asked, say: Callable[[Segment], Spoken]) -> Iterator[np.ndarray]:
    """The same as float32 (n,) at 48 kHz."""
    front = Front(asked.text, asked.reading)
    return steadily(narrate(front.segments(), say), finish_for(asked.kind, asked.style), front.volume())


def _bare(sound: Iterable[np.ndarray]) -> Iterator[bytes]:
    resampled = soxr.ResampleStream(RATE, PCM_RATE, 1, dtype="float32")
    for piece in sound:
        yield _whole(resampled.resample_chunk(piece))
    yield _whole(resampled.resample_chunk(np.zeros(0, np.float32), last=True))


def _whole(piece: np.ndarray) -> bytes:
    return bytes(np.clip(np.rint(piece * FULL), -FULL, FULL).astype("<i2").tobytes())


def _encoded(sound: Iterable[np.ndarray], kind: str, tags: Mapping[str, str]) -> Iterator[bytes]:
    with Encoder(kind, tags) as encoder:
        for piece in sound:
            if block := encoder.feed(piece):
                yield block
        if block := encoder.end():
            yield block


class Encoder:
    """A sound at 48 kHz encoded while it comes, as one of ``CONTAINERS``; used as a context."""

    def __init__(self, kind: str, tags: Mapping[str, str] | None = None) -> None:
        import av

        container, codec, given, bits, options = CONTAINERS[kind]
        self._sink: Any = _Sink()
        options = {"fflags": "+bitexact+flush_packets", **options}
        self._out: Any = av.open(self._sink, "w", format=container, options=options)
        self._out.metadata.update(tags or {})
        self._stream = self._out.add_stream(codec, rate=RATE)
        context: Any = self._stream.codec_context
        context.layout, context.format = "mono", given
        if bits:
            context.bit_rate = bits
        context.open()
        self._frames = av.AudioResampler(format=given, layout="mono", rate=RATE, frame_size=context.frame_size or 4096)
        self._frame_of = av.AudioFrame.from_ndarray
        self._clock = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    def feed(self, samples: np.ndarray) -> bytes:
        """Float32 (n,) to the bytes that are ready by now."""
        if len(samples):
            frame = self._frame_of(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
            frame.sample_rate = RATE
            self._mux(self._frames.resample(frame))
        return bytes(self._sink.taken())

    def end(self) -> bytes:
        """The last bytes."""
        self._mux(self._frames.resample(None) if self._clock else [])
        self._out.mux(self._stream.encode(None))
        self._out.close()
        return bytes(self._sink.taken())

    def _mux(self, pieces: Iterable[Any]) -> None:
        for piece in pieces:
            piece.pts, piece.time_base = self._clock, Fraction(1, RATE)
            self._clock += piece.samples
            self._out.mux(self._stream.encode(piece))
