"""Sound files: any that FFmpeg reads, in pieces, as float32; written as WAV, FLAC, MP3, Opus or M4A."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import av
import numpy as np
import soxr

from engines.media.opening import open_media
from engines.media.trouble import read_error, writing
from studio.errors import BadInput

Format = Literal["wav", "flac", "mp3", "opus", "m4a"]
FORMATS: dict[str, tuple[str, str, str, int]] = {
    "wav": ("wav", "pcm_s16le", "s16", 0),
    "flac": ("flac", "flac", "s16", 0),
    "mp3": ("mp3", "libmp3lame", "fltp", 96_000),
    "opus": ("ogg", "libopus", "flt", 48_000),
    "m4a": ("ipod", "aac", "fltp", 96_000),
}
"""By name: container, codec, how samples are given to it, bits a second for each channel."""
LAYOUTS = {1: "mono", 2: "stereo"}
EXACT = {"fflags": "+bitexact"}
DITHER = 1 / 32768
MOST_LEAD_S = 60.0
"""A sound that begins later than that after its film is taken for a mistake of the file."""


def chunks(path: Path, rate: int | None = None, channels: int = 1) -> tuple[int, Iterator[np.ndarray]]:
    """Its rate in Hz (``rate`` where given), and the first sound track in pieces float32 (n, channels), mixed to 1 or 2 channels.

    A track that begins after its file has silence before it. What is damaged at the end is left out.
    Raises NotFound, or BadInput when it can't be read, or has no sound.
    """
    with open_media(path) as container:
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            raise BadInput("audio.no_sound", name=path.name)
        own = int(container.streams.audio[0].codec_context.sample_rate or 0)
    if own <= 0:
        raise BadInput("audio.no_sound", name=path.name)
    return rate or own, _resampled(_decoded(path, own, channels), own, rate or own, channels)


def read_sound(path: Path, rate: int | None = None, channels: int = 1) -> tuple[np.ndarray, int]:
    """A whole sound, float32 (n,) or (n, 2), and its rate in Hz. Raises as ``chunks`` does, and BadInput where nothing is in it."""
    found, pieces = chunks(path, rate, channels)
    sound = np.concatenate([np.zeros((0, channels), np.float32), *pieces])
    if not len(sound):
        raise BadInput("audio.no_sound", name=path.name)
    return (sound[:, 0] if channels == 1 else sound), found


def _decoded(path: Path, rate: int, channels: int) -> Iterator[np.ndarray]:
    read = False
    try:
        with open_media(path) as container:
            stream = container.streams.audio[0]
            resampler = av.AudioResampler(format="fltp", layout=LAYOUTS[channels], rate=rate)
            began = Fraction(container.start_time or 0, av.time_base)
            for frame in container.decode(stream):
                lead = 0.0 if read or frame.time is None else float(frame.time - began)
                if 0 < lead < MOST_LEAD_S:
                    yield np.zeros((round(lead * rate), channels), np.float32)
                read = True
                frame.pts = None
                for piece in resampler.resample(frame):
                    yield np.ascontiguousarray(piece.to_ndarray().T)
            for piece in resampler.resample(None) if read else ():
                yield np.ascontiguousarray(piece.to_ndarray().T)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if not read:
            raise read_error(error, path) from error


def _resampled(pieces: Iterator[np.ndarray], own: int, rate: int, channels: int) -> Iterator[np.ndarray]:
    if own == rate:
        yield from pieces
        return
    stream = soxr.ResampleStream(own, rate, channels, dtype="float32", quality="HQ")
    for piece in pieces:
        yield _columns(stream.resample_chunk(piece if channels > 1 else piece[:, 0]))
    yield _columns(stream.resample_chunk(np.zeros((0, channels) if channels > 1 else 0, np.float32), last=True))


def _columns(samples: np.ndarray) -> np.ndarray:
    return samples[:, None] if samples.ndim == 1 else samples


class SoundWriter:
    """Writes a sound file in pieces. Used as a context: nothing half-written is left when the body raises.

    Raises DiskFull, NotAllowed or Failed when it can't be written.
    """

    def __init__(self, path: Path, rate: int, channels: int = 1, kind: str = "") -> None:
        container, codec, self._given, bits = FORMATS[kind or path.suffix.lstrip(".").lower()]
        self._path, self._rate, self._channels = path, rate, channels
        with writing(path.parent):
            self._out = av.open(str(path), "w", format=container, options=EXACT)
            self._stream = self._out.add_stream(codec, rate=rate)
        context: Any = self._stream.codec_context
        context.layout, context.format = LAYOUTS[channels], self._given
        if bits:
            context.bit_rate = bits * channels
        with writing(path.parent):
            context.open()
        size = context.frame_size
        self._frames = av.AudioResampler(format=context.format, layout=context.layout, rate=rate, frame_size=size or 0)
        self._random = np.random.Generator(np.random.PCG64(0))
        self._clock = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with writing(self._path.parent):
                    self._encode(None)
                    self._out.mux(self._stream.encode(None))
        finally:
            self._out.close()
            if kind is not None:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)

    def write(self, samples: np.ndarray) -> None:
        """Float (n,) or (n, channels), -1..1."""
        if not len(samples):
            return
        planes = np.atleast_2d(samples.T).astype(np.float32)
        if self._given == "s16":
            noise = self._random.random(planes.shape, np.float32) - self._random.random(planes.shape, np.float32)
            planes = np.where(planes == 0, planes, planes + noise * DITHER)
            data = np.clip(np.rint(planes * 32767), -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(data.T.reshape(1, -1)), format="s16", layout=LAYOUTS[self._channels]
            )
        else:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(planes), format="fltp", layout=LAYOUTS[self._channels]
            )
        frame.sample_rate = self._rate
        with writing(self._path.parent):
            self._encode(frame)

    def _encode(self, frame: av.AudioFrame | None) -> None:
        if frame is None and not self._clock:
            return
        for piece in self._frames.resample(frame):
            piece.pts, piece.time_base = self._clock, Fraction(1, self._rate)
            self._clock += piece.samples
            self._out.mux(self._stream.encode(piece))


def write_sound(path: Path, samples: np.ndarray, rate: int, kind: str = "") -> None:
    """Float (n,) or (n, 2) to a file of the kind that its ending, or ``kind``, says."""
    with SoundWriter(path, rate, 1 if samples.ndim == 1 else samples.shape[1], kind) as out:
        for at in range(0, len(samples), rate):
            out.write(samples[at : at + rate])
