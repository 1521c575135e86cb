"""What a finished video may be: container, codec, settings for each quality, and what sound its container takes."""

from dataclasses import dataclass
from typing import Literal

import av

from studio.errors import Unavailable

Format = Literal["mp4", "hevc", "av1", "webm", "prores", "gif", "png"]
Quality = Literal["draft", "good", "best"]

ENCODER_THREADS = 4
"""Fixed, because x264's result depends on it: the same job gives the same bytes on every machine."""

MP4_SOUND = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"})
MOV_SOUND = MP4_SOUND | {"pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be"}


@dataclass(frozen=True)
class VideoOptions:
    """``segment_frames`` is the number of frames between two points from which an interrupted run can go on."""

    format: Format = "mp4"
    quality: Quality = "good"
    hardware: bool = False
    alpha: bool = False
    segment_frames: int = 96


@dataclass(frozen=True)
class Recipe:
    """How a format is written. ``segment`` is the container of the parts, ``container`` that of the finished file."""

    codec: str
    pixel_format: str
    suffix: str
    container: str
    segment: str
    options: dict[str, str]
    sound: frozenset[str] = frozenset()
    sound_codec: str = ""
    tag: str = ""

    @property
    def even(self) -> bool:
        return "420" in self.pixel_format or "422" in self.pixel_format


def recipe(options: VideoOptions) -> Recipe:
    """The recipe for a format and a quality. Raises Unavailable where this FFmpeg can't write it."""
    chosen = _recipe(options)
    if not can_encode(chosen.codec):
        raise Unavailable("media.no_encoder", format=options.format, codec=chosen.codec)
    return chosen


def can_encode(codec: str) -> bool:
    try:
        av.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _recipe(options: VideoOptions) -> Recipe:
    level = ("draft", "good", "best").index(options.quality)
    match options.format:
        case "mp4":
            hardware = _hardware("h264", level) if options.hardware else None
            return hardware or _mp4(
                "libx264", "", preset=("superfast", "veryfast", "medium")[level], crf=("27", "20", "15")[level]
            )
        case "hevc":
            hardware = _hardware("hevc", level) if options.hardware else None
            quiet = f"log-level=error:pools={ENCODER_THREADS}:frame-threads=2"
            return hardware or _mp4(
                "libx265",
                "hvc1",
                preset=("ultrafast", "superfast", "medium")[level],
                crf=("30", "24", "18")[level],
                **{"x265-params": quiet},
            )
        case "av1":
            return _mp4("libsvtav1", "", preset=("11", "9", "6")[level], crf=("42", "33", "24")[level])
        case "webm":
            return Recipe(
                "libvpx-vp9",
                "yuva420p" if options.alpha else "yuv420p",
                ".webm",
                "webm",
                "matroska",
                {
                    "crf": ("40", "31", "22")[level],
                    "b": "0",
                    "deadline": "realtime" if level == 0 else "good",
                    "cpu-used": ("8", "5", "3")[level],
                    "auto-alt-ref": "0",
                },
                frozenset({"opus", "vorbis"}),
                "libopus",
            )
        case "prores":
            pixels = "yuva444p10le" if options.alpha else "yuv422p10le"
            profile = "4" if options.alpha else ("1", "2", "3")[level]
            return Recipe(
                "prores_ks",
                pixels,
                ".mov",
                "mov",
                "mov",
                {"profile": profile, "vendor": "apl0"},
                MOV_SOUND,
                "pcm_s16le",
            )
        case "gif":
            return Recipe("png", "rgb24", ".gif", "gif", "mov", {"compression_level": "1"})
        case "png":
            return Recipe("png", "rgba" if options.alpha else "rgb24", ".zip", "zip", "mov", {"compression_level": "6"})


def _mp4(codec: str, tag: str, **settings: str) -> Recipe:
    return Recipe(codec, "yuv420p", ".mp4", "mp4", "mp4", settings, MP4_SOUND, "aac", tag)


def _hardware(family: str, level: int) -> Recipe | None:
    """The graphics card's encoder where one really encodes a picture here."""
    codec = f"{family}_nvenc"
    if not can_encode(codec):
        return None
    try:
        context = av.CodecContext.create(codec, "w")
        context.width, context.height, context.pix_fmt, context.framerate = 256, 256, "yuv420p", 25  # type: ignore[attr-defined]
        context.open()
    except (av.FFmpegError, OSError):
        return None
    return _mp4(
        codec,
        "hvc1" if family == "hevc" else "",
        preset=("p1", "p4", "p7")[level],
        rc="vbr",
        cq=("30", "23", "17")[level],
    )
