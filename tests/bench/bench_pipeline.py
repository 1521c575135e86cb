"""What the pipeline costs: beside a bare decode → encode loop, a folder of PNG files, and a moviepy frame loop; and its memory.

Run as ``python -m tests.bench.bench_pipeline``, on Linux.
"""

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import av

from engines.media.flow_control import Map
from engines.media.formats import ENCODER_THREADS, VideoOptions, recipe
from engines.media.pipeline import transform
from tests.bench.clips import clip_720p
from tests.bench.timing import rate, rates
from tests.media.clips import make_clip
from tests.media.steps import Steps

REPEATS = 3
MEMORY_FPS = 10


def identity(source: Path, target: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return transform(source, target, [Map(lambda frame: frame)], Steps(Path(folder), threads=2)).frames


def bare_loop(source: Path, target: Path) -> int:
    chosen = recipe(VideoOptions())
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        made = out.add_stream(chosen.codec, rate=stream.average_rate, options=chosen.options)
        made.width, made.height, made.pix_fmt = stream.width, stream.height, "yuv420p"
        made.codec_context.thread_count = ENCODER_THREADS
        count = 0
        for frame in container.decode(stream):
            frame.pict_type = 0
            out.mux(made.encode(frame))
            count += 1
        out.mux(made.encode(None))
    return count


def png_folder(source: Path, target: Path) -> int:
    """Every frame to a PNG file, then every file to the video."""
    chosen = recipe(VideoOptions())
    with tempfile.TemporaryDirectory() as folder, av.open(str(source)) as container:
        stream = container.streams.video[0]
        files = []
        for index, frame in enumerate(container.decode(stream)):
            files.append(Path(folder) / f"{index:06d}.png")
            frame.to_image().save(files[-1])
        with av.open(str(target), "w") as out:
            made = out.add_stream(chosen.codec, rate=stream.average_rate, options=chosen.options)
            made.width, made.height, made.pix_fmt = stream.width, stream.height, "yuv420p"
            for file in files:
                with av.open(str(file)) as picture:
                    frame = next(picture.decode(video=0))
                out.mux(made.encode(av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")))
            out.mux(made.encode(None))
    return len(files)


def moviepy_loop(source: Path, target: Path) -> int:
    from moviepy import VideoFileClip

    with VideoFileClip(str(source)) as clip:
        clip.image_transform(lambda picture: picture).write_videofile(
            str(target), codec="libx264", preset="veryfast", ffmpeg_params=["-crf", "20"], audio=True, logger=None
        )
        return round(clip.duration * clip.fps)


def peak_mb(source: Path) -> float:
    """Peak memory of a process that sends a clip through the pipeline, converted both ways."""
    program = [sys.executable, "-m", "tests.bench.bench_pipeline", "--memory", str(source)]
    return float(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def memory(source: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(Path(folder), threads=2)
        transform(source, Path(folder) / "out.mp4", [Map(lambda frame: frame.replace(rgb=frame.rgb))], steps)
    sys.stdout.write(f"{own_peak_mb()}\n")


def own_peak_mb() -> float:
    """Peak memory of this process; ``ru_maxrss`` would count that of the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    source = clip_720p()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"
        routes = {"bare loop": bare_loop, "moviepy loop": moviepy_loop}
        works = [partial(route, source, target) for route in (identity, *routes.values())]
        ours, *speeds = rates(works, REPEATS)
        speeds.append(rate(lambda: png_folder(source, target), 1))
        sys.stdout.write(f"{source.name}\nidentity pipeline {ours:7.1f} frames/s\n")
        for name, speed in zip((*routes, "PNG folder"), speeds, strict=True):
            sys.stdout.write(f"{name:<17} {speed:7.1f} frames/s   ours is {ours / speed:.2f}x\n")
        short = make_clip(
            Path(folder) / "short.mp4", fps=MEMORY_FPS, frames=30 * MEMORY_FPS, size=(640, 360), sound=["stereo"]
        )
        long = make_clip(
            Path(folder) / "long.mp4", fps=MEMORY_FPS, frames=600 * MEMORY_FPS, size=(640, 360), sound=["stereo"]
        )
        small, large = peak_mb(short), peak_mb(long)
        sys.stdout.write(f"peak memory: 30 s clip {small:.0f} MB, 10 min clip {large:.0f} MB, {large / small:.2f}x\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory(Path(sys.argv[2]))
    else:
        main()
