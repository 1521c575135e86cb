"""Real encoded clips for the tests: moving pictures with numbered frames, clicks and flashes, in every awkward shape."""

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

RATE = 48000
Draw = Callable[[int, int, int, bool], np.ndarray]


def picture(index: int, width: int, height: int, flash: bool = False) -> np.ndarray:
    """uint8 HxWx3: a moving gradient and disc; white on a flash. The frame's number is coded in the top row of blocks."""
    if flash:
        return np.full((height, width, 3), 255, np.uint8)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    image = np.stack([(x * 2 + index * 3) % 200, (y * 2) % 200, np.full_like(x, 60)], axis=-1).astype(np.uint8)
    cv2.circle(
        image, (width // 4 + index * 2 % max(1, width // 2), height // 2), max(1, height // 5), (220, 60, 40), -1
    )
    return image


def make_clip(
    path: Path,
    *,
    fps: Fraction | int = 25,
    frames: int = 25,
    size: tuple[int, int] = (128, 72),
    pixels: str = "yuv420p",
    codec: str = "libx264",
    times: Sequence[int] | None = None,
    sound: Sequence[str] = (),
    flash_at: int | None = None,
    options: dict[str, str] | None = None,
    draw: Draw = picture,
) -> Path:
    """Write a clip of what ``draw`` gives for (index, width, height, flash).

    ``times`` are milliseconds (VFR); ``sound`` are channel layouts, one track each, with a click at the flash.
    """
    width, height = size
    fps = Fraction(fps)
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate=fps, options={"preset": "ultrafast", "crf": "12", **(options or {})})
        video.width, video.height, video.pix_fmt = width, height, pixels
        base = Fraction(1, 1000) if times else 1 / fps
        video.codec_context.time_base = base
        tracks = [out.add_stream("aac", rate=RATE, layout=layout) for layout in sound]
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(index, width, height, index == flash_at), format="rgb24")
            frame.pts, frame.time_base = (times[index] if times else index), base
            out.mux(video.encode(frame.reformat(format=pixels)))
        out.mux(video.encode(None))
        seconds = (times[-1] / 1000 + 0.04) if times else float(frames / fps)
        for track in tracks:
            click = None if flash_at is None else float(flash_at / fps)
            for block in _sound(seconds, track.codec_context.layout.name, click):
                out.mux(track.encode(block))
            out.mux(track.encode(None))
    return path


def _sound(seconds: float, layout: str, click: float | None) -> list[av.AudioFrame]:
    channels = av.AudioLayout(layout).nb_channels
    samples = np.zeros((channels, round(seconds * RATE)), np.float32)
    if click is not None:
        start = round(click * RATE)
        samples[:, start : start + 480] = 0.9 * np.sin(np.arange(480) * 0.4)[: samples.shape[1] - start]
    blocks = []
    for start in range(0, samples.shape[1], 1024):
        block = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:, start : start + 1024]), format="fltp", layout=layout
        )
        block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
        blocks.append(block)
    return blocks


def orient(file: Path, matrix: tuple[int, int, int, int]) -> None:
    """Put (a, b, c, d) into the display matrix of an MP4's first track header (ISO 14496-12, 8.3.2)."""
    data = bytearray(file.read_bytes())
    at = data.index(b"tkhd") + 44
    a, b, c, d = (value << 16 for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    file.write_bytes(data)


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def flash_and_click(path: Path, track: int = 0) -> tuple[float, float]:
    """Seconds of the brightest frame and of the loudest click."""
    with av.open(str(path)) as container:
        flash = max((f.to_ndarray(format="gray").mean(), float(f.time)) for f in container.decode(video=0))[1]
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        for frame in container.decode(stream):
            loud = np.flatnonzero(np.abs(frame.to_ndarray().reshape(frame.layout.nb_channels, -1)[0]) > 0.3)
            if loud.size:
                return flash, float(frame.time) + loud[0] / frame.sample_rate
    raise AssertionError("no click")
