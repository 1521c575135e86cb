"""Files that people send by mistake or on purpose: each function writes one into a folder and gives its path."""

import io
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.media.clips import make_clip

CUTS = (*range(5, 100, 5), 99)
Make = Callable[[Path], Path]


def _bytes(name: str, data: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def colours(width: int = 64, height: int = 48, channels: int = 3) -> np.ndarray:
    """A soft picture, uint8 HxWxC."""
    ramp = np.add.outer(np.arange(height) * 3, np.arange(width) * 2)
    return np.stack([(ramp * (2 + channel)) % 256 for channel in range(channels)], -1).astype(np.uint8)


def _saved(name: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **more: object) -> Make:
    def make(folder: Path) -> Path:
        Image.fromarray(colours(*size)).convert(mode).save(folder / name, **more)
        return folder / name

    return make


def _huge(folder: Path) -> Path:
    Image.new("1", (12_000, 8_400)).save(folder / "huge.png")
    return folder / "huge.png"


def large(folder: Path) -> Path:
    """A picture of 7680x4320."""
    Image.fromarray(colours(240, 135)).resize((7680, 4320)).save(folder / "large.jpg", quality=80)
    return folder / "large.jpg"


def _transparent(folder: Path) -> Path:
    Image.fromarray(colours(channels=4)).save(folder / "alpha.png")
    return folder / "alpha.png"


def _turned(folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved("turned.jpg", exif=exif)(folder)


def _moving(name: str) -> Make:
    def make(folder: Path) -> Path:
        frames = [Image.fromarray(np.roll(colours(), shift, 1)) for shift in (0, 9, 18, 27)]
        frames[0].save(folder / name, save_all=True, append_images=frames[1:], duration=80, loop=0)
        return folder / name

    return make


def cut_clip(percent: int) -> Make:
    """A clip of which only so much has come; every second one has its table of contents in front."""

    def make(folder: Path) -> Path:
        whole = make_clip(folder / "whole.mp4", frames=12)
        if percent % 10:
            whole = _contents_first(whole, folder / "first.mp4")
        data = whole.read_bytes()
        return _bytes(f"cut-{percent}.mp4", data[: len(data) * percent // 100])(folder)

    return make


def _contents_first(clip: Path, target: Path) -> Path:
    with av.open(str(clip)) as source, av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return target


def _one_pixel(folder: Path) -> Path:
    return make_clip(folder / "one.mkv", size=(1, 1), codec="ffv1", pixels="yuv444p", frames=5)


def _unknown_codec(folder: Path) -> Path:
    data = make_clip(folder / "known.mp4").read_bytes()
    return _bytes("unknown.mp4", data.replace(b"avc1", b"zzz1").replace(b"avcC", b"zzzC"))(folder)


def _sound(name: str, seconds: float) -> Make:
    def make(folder: Path) -> Path:
        with wave.open(str(folder / name), "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(bytes(2 * int(8000 * seconds)))
        return folder / name

    return make


def _bomb(folder: Path) -> Path:
    """A PNG of 60000x60000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return _bytes("bomb.png", data)(folder)


def _zip(folder: Path) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("clip.mp4", bytes(100_000))
    return _bytes("zip.mp4", held.getvalue())(folder)


HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
LONG = "very long name " * 16

REFUSED: dict[str, tuple[Make, str]] = {
    "empty": (_bytes("empty.mp4", b""), "media.empty"),
    "one byte": (_bytes("byte.png", b"\x89"), "media.unreadable"),
    "text": (_bytes("text.mp4", b"It was a dark and stormy night.\n" * 40), "media.unreadable"),
    "zeros": (_bytes("zeros.mp4", bytes(50_000)), "media.unreadable"),
    "noise": (_bytes("noise.mp4", np.random.default_rng(3).bytes(50_000)), "media.unreadable"),
    "page": (_bytes("page.mp4", HTML), "media.unreadable"),
    "vectors": (_bytes("vectors.mp4", SVG), "media.unreadable"),
    "vectors by name": (_bytes("vectors.svg", SVG), "media.unreadable"),
    "playlist": (_bytes("list.mp4", PLAYLIST), "media.unreadable"),
    "concat list": (_bytes("list.mkv", CONCAT), "media.unreadable"),
    "archive": (_zip, "media.unreadable"),
    "bomb": (_bomb, "media.bomb"),
    "100 megapixels": (_huge, "media.too_large"),
    "unknown codec": (_unknown_codec, "media.no_codec"),
    "half a PNG": (lambda folder: _bytes("half.png", _png(folder)[:-200])(folder), "media.unreadable"),
    "half a JPEG": (lambda folder: _bytes("half.jpg", _jpeg(folder)[:700])(folder), "media.broken_picture"),
}
"""What is refused on its way in, by name: how to make it, and the error."""

DRAWN: dict[str, tuple[Make, tuple[int, int]]] = {
    "transparent": (_transparent, (64, 48)),
    "grey JPEG": (_saved("grey.jpg", "L"), (64, 48)),
    "CMYK JPEG": (_saved("cmyk.jpg", "CMYK"), (64, 48)),
    "16 bit": (_saved("deep.png", "I;16"), (64, 48)),
    "palette": (_saved("palette.gif", "P"), (64, 48)),
    "black and white": (_saved("bits.tif", "1"), (64, 48)),
    "turned": (_turned, (48, 64)),
    "one pixel": (_saved("dot.png", size=(1, 1)), (1, 1)),
    "a line": (_saved("line.png", size=(500, 1)), (500, 1)),
    "WebP film": (_moving("film.webp"), (64, 48)),
    "GIF film": (_moving("film.gif"), (64, 48)),
    "1x1 clip": (_one_pixel, (2, 2)),
    "Chinese name": (_saved("我的照片 ①.png"), (64, 48)),
    "emoji name": (_saved("🎬👩‍👩‍👧.png"), (64, 48)),
    "long name": (_saved(f"{LONG[:240]}.png"), (64, 48)),
    "wrong ending": (lambda folder: _saved("really.png")(folder).rename(folder / "really.mp4"), (64, 48)),
}
"""What is unusual and drawn all the same: how to make it, and the size of the drawing."""


def _png(folder: Path) -> bytes:
    return _saved("whole.png")(folder).read_bytes()


def _jpeg(folder: Path) -> bytes:
    return _saved("whole.jpg")(folder).read_bytes()


sound, silence = _sound("sound.wav", 0.5), _sound("nothing.wav", 0)
