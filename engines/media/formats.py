"""What a finished video may be: container, codec, settings for each quality, and what sound its container takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import av

from engines.media.hardware import hardware_codec
from studio.errors import Unavailable

Format = Literal["mp4", "hevc", "av1", "webm", "prores", "gif", "png"]
Quality = Literal["draft", "good", "best"]
LEVELS: tuple[Quality, ...] = ("draft", "good", "best")

ENCODER_THREADS = 4
"""Fixed, because the result of some encoders depends on it: the same job gives the same bytes however many threads work."""

X264 = "stitchable=1:cpu-independent=1"
"""Segments that fit together; and without the second, pictures whose width isn't a multiple of 64 come out a little
different each time: the macroblock tree's fast code reads what it never wrote."""

MP4_SOUND = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "opus", "flac", "alac"})
MOV_SOUND = frozenset(
    {"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be", "pcm_s32le"}
)
WEBM_SOUND = frozenset({"opus", "vorbis"})
FASTSTART = {"movflags": "+faststart"}
PRORES_4444 = "4"


@dataclass(frozen=True)
class VideoOptions:
    """``alpha`` None keeps transparency where the first frame has some and the format can hold it.

    ``segment_frames`` is the number of source frames between two points from which an interrupted run can go on.
    """

    format: Format = "mp4"
    quality: Quality = "good"
    hardware: bool = False
    alpha: bool | None = None
    segment_frames: int = 96


@dataclass(frozen=True)
class Recipe:
    """How a format is written.

    ``pixels`` and ``alpha_pixels`` (empty where there is no transparency) are the encoder's pixel formats. ``sound`` names the codecs
    whose packets the container takes as they are; others become ``sound_codec``. ``longest`` limits the longer side, 0 doesn't.
    """

    codec: str
    pixels: str
    suffix: str
    container: str
    options: Mapping[str, str] = field(default_factory=dict)
    alpha_pixels: str = ""
    sound: frozenset[str] = frozenset()
    sound_codec: str = ""
    tag: str = ""
    even: bool = False
    longest: int = 0
    muxing: Mapping[str, str] = field(default_factory=dict)

    @property
    def segment(self) -> str:
        """The container of the parts, which holds any time and any of the format's pixels."""
        return {"webm": "matroska", "mp4": "mp4"}.get(self.container, "mov")

    def with_alpha(self) -> "Recipe":
        """The same, keeping transparency; itself where the format can't."""
        if not self.alpha_pixels:
            return self
        options = {**self.options, "profile": PRORES_4444} if self.codec == "prores_ks" else self.options
        return replace(self, pixels=self.alpha_pixels, options=options)


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
    level = LEVELS.index(options.quality)
    match options.format:
        case "mp4" | "hevc" | "av1":
            return _mp4(options.format, level, options.hardware)
        case "webm":
            return _webm(level)
        case "prores":
            return _prores(level)
        case "gif":
            return Recipe(
                "png",
                "rgb24",
                ".gif",
                "gif",
                {"compression_level": "1", "pred": "up"},
                alpha_pixels="rgba",
                longest=(480, 640, 1280)[level],
            )
        case "png":
            return Recipe(
                "png",
                "rgb24",
                ".zip",
                "zip",
                {"compression_level": ("1", "4", "6")[level], "pred": "up"},
                alpha_pixels="rgba",
            )


def _mp4(family: str, level: int, hardware: bool) -> Recipe:
    """H.264, HEVC or AV1 in MP4 that starts playing before it's all there."""
    found = hardware_codec(family, level) if hardware else None
    codec, settings = found or _software(family, level)
    return Recipe(
        codec,
        "yuv420p",
        ".mp4",
        "mp4",
        settings,
        sound=MP4_SOUND,
        sound_codec="aac",
        tag="hvc1" if family == "hevc" else "",
        even=True,
        muxing=FASTSTART,
    )


def _software(family: str, level: int) -> tuple[str, dict[str, str]]:
    match family:
        case "hevc":
            quiet = f"log-level=error:pools={ENCODER_THREADS}:frame-threads=2:info=0"
            return "libx265", {
                "preset": ("ultrafast", "superfast", "medium")[level],
                "crf": ("28", "22", "17")[level],
                "x265-params": quiet,
            }
        case "av1":
            return "libsvtav1", {
                "preset": ("11", "9", "6")[level],
                "crf": ("40", "31", "22")[level],
                "svtav1-params": f"lp={ENCODER_THREADS}",
            }
        case _:
            return "libx264", {
                "preset": ("superfast", "veryfast", "medium")[level],
                "crf": ("26", "20", "15")[level],
                "x264-params": X264,
            }


def _webm(level: int) -> Recipe:
    return Recipe(
        "libvpx-vp9",
        "yuv420p",
        ".webm",
        "webm",
        {
            "crf": ("40", "31", "22")[level],
            "b": "0",
            "deadline": "realtime" if level == 0 else "good",
            "cpu-used": ("8", "5", "3")[level],
            "row-mt": "1",
            "auto-alt-ref": "0",  # the encoder can't have it together with transparency
        },
        alpha_pixels="yuva420p",
        sound=WEBM_SOUND,
        sound_codec="libopus",
    )


def _prores(level: int) -> Recipe:
    """ProRes 422 (LT, standard, HQ); 4444 where there is transparency."""
    return Recipe(
        "prores_ks",
        "yuv422p10le",
        ".mov",
        "mov",
        {"profile": ("1", "2", "3")[level], "vendor": "apl0"},
        alpha_pixels="yuva444p10le",
        sound=MOV_SOUND,
        sound_codec="pcm_s16le",
        even=True,
        muxing=FASTSTART,
    )
