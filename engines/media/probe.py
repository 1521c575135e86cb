"""What a media file is, read from its content and never from its name."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from PIL import Image, UnidentifiedImageError

from engines.media.colour import UNTAGGED, Colour, colour_of
from engines.media.opening import check_file, open_media
from engines.media.trouble import read_error
from engines.media.turn import EXIF, UPRIGHT, turn_of
from studio.errors import BadInput

ORIENTATION = 0x0112
MOVING = ("GIF", "PNG")
"""What may be a film: FFmpeg reads them. A moving WebP, which it doesn't, is taken for its first picture."""


@dataclass(frozen=True)
class AudioTrack:
    codec: str
    channels: int
    rate: int
    language: str = ""


@dataclass(frozen=True)
class MediaInfo:
    """Sizes are as displayed, after ``rotation`` (degrees clockwise: 0, 90, 180, 270); ``seconds`` is 0 for a picture.

    ``fps`` is the exact average rate, ``frames`` the count that the container states, if it states one.
    """

    kind: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: Fraction = Fraction(0)
    frames: int | None = None
    time_base: Fraction = Fraction(1, 1000)
    rotation: int = 0
    sar: Fraction = Fraction(1)
    codec: str = ""
    pixel_format: str = ""
    bit_depth: int = 8
    colour: Colour = UNTAGGED
    audio: tuple[AudioTrack, ...] = ()


def probe(path: Path) -> MediaInfo:
    """Look into a file. Raises NotFound, or BadInput when it is empty, cut off, or no picture, video or sound at all."""
    check_file(path)
    return _picture(path) or _stream(path)


def _picture(path: Path) -> MediaInfo | None:
    try:
        with Image.open(path) as picture:
            if getattr(picture, "n_frames", 1) > 1 and picture.format in MOVING:
                return None
            width, height = picture.size
            if EXIF.get(picture.getexif().get(ORIENTATION, 1), UPRIGHT).swaps:
                width, height = height, width
            return MediaInfo("image", width, height, codec=(picture.format or "").lower(), pixel_format=picture.mode)
    except Image.DecompressionBombError as error:
        raise BadInput("media.bomb", name=path.name) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def _stream(path: Path) -> MediaInfo:
    try:
        with open_media(path) as container:
            audio = tuple(
                AudioTrack(
                    s.codec_context.codec.canonical_name,
                    s.codec_context.channels,
                    s.codec_context.sample_rate,
                    s.language or "",
                )
                for s in container.streams.audio
                if s.codec_context is not None
            )
            if container.streams.video:
                return _video(container, path, audio)
            if not audio:
                raise BadInput("media.unreadable", name=path.name)
            seconds = float(container.duration / av.time_base) if container.duration else 0.0
            return MediaInfo("audio", seconds=seconds, codec=audio[0].codec, audio=audio)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise read_error(error, path) from error


def _video(container: InputContainer, path: Path, audio: tuple[AudioTrack, ...]) -> MediaInfo:
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None:
        raise BadInput("media.no_codec", name=path.name)
    frame = next(container.decode(stream), None)
    if frame is None:
        raise BadInput("media.no_frames", name=path.name)
    turn = turn_of(frame)
    width, height = (frame.height, frame.width) if turn.swaps else (frame.width, frame.height)
    sar = Fraction(stream.sample_aspect_ratio or 1)
    fps = Fraction(stream.average_rate or stream.guessed_rate or 25)
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = float(container.duration / av.time_base) if container.duration else 0.0
    return MediaInfo(
        "video",
        width,
        height,
        seconds=seconds,
        fps=fps,
        frames=stream.frames or None,
        time_base=stream.time_base or Fraction(1, 1000),
        rotation=turn.quarters * 90,
        sar=1 / sar if turn.swaps else sar,
        codec=context.codec.canonical_name,
        pixel_format=frame.format.name,
        bit_depth=max((component.bits for component in frame.format.components), default=8),
        colour=colour_of(frame),
        audio=audio,
    )
