"""Editing finished films with moviepy: what is done once at the end, not frame loops."""

from pathlib import Path
from typing import Any

from engines.media.pipeline import Watcher
from studio.run import Run

EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"


def compared(before: Path, made: str, run: Run, *, name: str, start: float) -> str:
    """A film in the library that shows ``before`` beside the one that was ``made`` from it (its id); the new one's id."""
    with run.output(".mp4", name=f"{name} compared") as pair:
        side_by_side(before, run.path(made), pair.path, run, start=start)
    return pair.id


def side_by_side(before: Path, after: Path, target: Path, run: Watcher, *, start: float = 0.0) -> None:
    """``before`` from ``start`` seconds on beside ``after``, as high as that, with its sound; H.264 in MP4.

    Reports and stops through ``run.step``.
    """
    from moviepy import VideoFileClip, clips_array
    from proglog import ProgressBarLogger

    class Steps(ProgressBarLogger):  # type: ignore[misc]
        def bars_callback(self, bar: str, attr: str, value: Any, old_value: Any = None) -> None:
            if bar == "frame_index" and attr == "index":
                run.step(value, self.bars[bar]["total"])

    with VideoFileClip(str(before)) as left, VideoFileClip(str(after)) as right:
        end = min(left.duration, start + right.duration)
        pair = clips_array([[left.subclipped(start, end).resized(height=right.h), right]])
        pair.with_audio(right.audio).write_videofile(
            str(target),
            fps=right.fps,
            codec="libx264",
            audio_codec="aac",
            temp_audiofile_path=str(run.workdir),
            threads=run.threads,
            ffmpeg_params=["-crf", "20", "-pix_fmt", "yuv420p", "-vf", EVEN, "-movflags", "+faststart"],
            logger=Steps(),
        )
