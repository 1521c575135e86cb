"""Encoders of graphics cards: used only where one has really encoded a picture here."""

from functools import cache

import av

SIDE = 256
MAKERS = ("nvenc", "videotoolbox", "qsv", "amf")
NVENC = {"preset": ("p1", "p4", "p7"), "rc": ("vbr",) * 3, "cq": ("30", "23", "17")}
QSV = {"preset": ("veryfast", "medium", "veryslow"), "global_quality": ("30", "23", "17")}
AMF = {
    "quality": ("speed", "balanced", "quality"),
    "rc": ("cqp",) * 3,
    "qp_i": ("30", "23", "17"),
    "qp_p": ("30", "23", "17"),
}
VIDEOTOOLBOX = {"q": ("45", "60", "75")}
SETTINGS: dict[str, dict[str, tuple[str, str, str]]] = {
    "nvenc": NVENC,  # type: ignore[dict-item]
    "qsv": QSV,
    "amf": AMF,  # type: ignore[dict-item]
    "videotoolbox": VIDEOTOOLBOX,
}


def hardware_codec(family: str, level: int) -> tuple[str, dict[str, str]] | None:
    """The first usable encoder for ``h264``/``mp4``, ``hevc`` or ``av1`` and its settings for quality 0–2, or None."""
    family = "h264" if family == "mp4" else family
    for maker in MAKERS:
        codec = f"{family}_{maker}"
        settings = {name: values[level] for name, values in SETTINGS[maker].items()}
        if works(codec, tuple(settings.items())):
            return codec, settings
    return None


@cache
def works(codec: str, settings: tuple[tuple[str, str], ...] = ()) -> bool:
    """Whether ``codec`` encodes a small grey picture on this machine; asked once."""
    try:
        context = av.CodecContext.create(codec, "w")
        context.width = context.height = SIDE  # type: ignore[attr-defined]
        context.pix_fmt, context.framerate = "yuv420p", 25  # type: ignore[attr-defined]
        context.options = dict(settings)
        picture = av.VideoFrame(SIDE, SIDE, "yuv420p")
        for part in picture.planes:
            part.update(bytes([128]) * part.buffer_size)
        picture.pts = 0
        packets = [*context.encode(picture), *context.encode(None)]  # type: ignore[attr-defined]
    except (av.FFmpegError, av.codec.codec.UnknownCodecError, OSError, ValueError):
        return False
    return bool(packets)
