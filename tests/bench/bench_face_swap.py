"""What a face swap costs: the embedded engine from file to file, frames that show nobody, and memory over the length of a film.

Run as ``python -m tests.bench.bench_face_swap``, on Linux. Both sides of a ratio run in turns, in one process.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np

from engines.arrays import Bytes
from engines.face_swap.mesh import run as mesh
from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Map
from engines.media.pipeline import transform
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest
from tests.bench.bench_pipeline import own_peak_mb
from tests.bench.clips import clip_720p, clips
from tests.bench.timing import rates
from tests.media.steps import Steps

REPEATS = 3
SOURCE = ASSETS / "samples" / "mona_lisa.jpg"
MEMORY = Residency(lambda device: 2**33)
SECONDS = (10, 600)
EMPTY_FRAMES = 750
FPS = 10
SIDE = 256


def swapped(target: Path) -> int:
    """A film through the embedded engine."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run.local(Path(folder) / "work", Path(folder) / "out", threads=2, memory=MEMORY)
        return mesh(FaceSwapRequest(target=str(target), source=(str(SOURCE),)), run).frames


def copied(target: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(Path(folder), threads=2)
        return transform(target, Path(folder) / "out.mp4", [Map(lambda frame: frame)], steps).frames


def portrait() -> Path:
    """The footage's clip of 512x512 if it has one, else the sample."""
    return next((clip for clip in clips() if "_512.mp4" in clip.name and "woman" in clip.name), clip_720p())


def without_faces(target: Path) -> Path:
    """A corner of a film in which nobody stands, 1280x720."""

    def corner(rgb: Bytes) -> Bytes:
        height, width = rgb.shape[:2]
        part = rgb[2 * height // 3 :, : width // 3]
        return np.asarray(cv2.resize(part, (1280, 720), interpolation=cv2.INTER_CUBIC))

    corners = [corner(frame.rgb) for frame in islice(Decoder(clip_720p(), Trim()).frames(), 75)]
    return _written(target, islice(cycle([*corners, *corners[-2:0:-1]]), EMPTY_FRAMES), 25)


def of_length(target: Path, seconds: int) -> Path:
    """A portrait played again and again, ten small frames a second."""
    frames = [
        np.asarray(cv2.resize(frame.rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        for frame in islice(Decoder(portrait(), Trim()).frames(), 0, 150, 3)
    ]
    there_and_back = [*frames, *frames[-2:0:-1]]
    return _written(target, islice(cycle(there_and_back), seconds * FPS), FPS)


def _written(target: Path, pictures: Iterable[Bytes], fps: int) -> Path:
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "veryfast", "crf": "18"})
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            if not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return target


def peak_mb(target: Path) -> float:
    """Peak memory of a process that swaps the faces of a film."""
    program = [sys.executable, "-m", "tests.bench.bench_face_swap", "--memory", str(target)]
    return float(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clip, empty = portrait(), without_faces(Path(folder) / "empty.mp4")
        (speed,) = rates([partial(swapped, clip)], REPEATS)
        sys.stdout.write(f"mesh, {clip.name}: {speed:.1f} frames/s\n")
        ours, plain = rates([partial(swapped, empty), partial(copied, empty)], REPEATS)
        sys.stdout.write(
            f"nobody in 1280x720: {ours:.1f} frames/s, plain transcode {plain:.1f}: costs {plain / ours:.2f}x\n"
        )
        small, large = (peak_mb(of_length(Path(folder) / f"{seconds}.mp4", seconds)) for seconds in SECONDS)
        sys.stdout.write(
            f"peak memory: {SECONDS[0]} s {small:.0f} MB, {SECONDS[1]} s {large:.0f} MB, {large / small:.2f}x\n"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        swapped(Path(sys.argv[2]))
        sys.stdout.write(f"{own_peak_mb()}\n")
    else:
        main()
