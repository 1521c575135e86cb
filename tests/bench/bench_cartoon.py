"""Frames a second, end to end, of each style at 1280x720 beside a frame loop of cv2.stylization with the same encoder.

Run as ``python -m tests.bench.bench_cartoon``.
"""

import sys
import tempfile
from pathlib import Path

import av
import cv2

from engines.media.formats import VideoOptions, recipe
from engines.media.pipeline import transform
from engines.style.drawing import stages
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from studio.tasks.cartoon import Cel, Ink, Paint, Pencil
from tests.bench.clips import clip_720p
from tests.bench.timing import rate
from tests.media.steps import Steps

PEER_FRAMES = 24
REPEATS = 2
STYLES = {"ink": Ink(), "cel": Cel(), "paint": Paint(), "pencil": Pencil()}


def stylization_loop(source: Path, target: Path) -> int:
    """The usual loop: read, cv2.stylization, encode with our settings."""
    chosen = recipe(VideoOptions())
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        stream = container.streams.video[0]
        made = out.add_stream(chosen.codec, rate=stream.average_rate, options=chosen.options)
        made.width, made.height, made.pix_fmt = stream.width, stream.height, "yuv420p"
        count = 0
        for frame in container.decode(stream):
            drawn = cv2.stylization(frame.to_ndarray(format="bgr24"), sigma_s=60, sigma_r=0.45)
            out.mux(made.encode(av.VideoFrame.from_ndarray(drawn, format="bgr24")))
            count += 1
            if count == PEER_FRAMES:
                break
        out.mux(made.encode(None))
    return count


def ours(source: Path, target: Path, style: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        chain = stages(Scene(Hand(Style(style, STYLES[style]))), 0.7, 1)
        return transform(source, target, chain, Steps(Path(folder), threads=2)).frames


def main() -> None:
    source = clip_720p()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"
        ours(source, target, "ink")
        peer = rate(lambda: stylization_loop(source, target), REPEATS)
        sys.stdout.write(f"{source.name}\ncv2.stylization loop {peer:6.2f} frames/s\n")
        for style in STYLES:
            speed = rate(lambda style=style: ours(source, target, style), REPEATS)  # type: ignore[misc]
            sys.stdout.write(f"{style:<20} {speed:6.2f} frames/s  {speed / peer:5.1f}x\n")


if __name__ == "__main__":
    main()
