"""Another frame rate: an exact grid of times, the film as long as before, its sound whole, nothing worked on in vain."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engines.media.decode import Trim
from engines.media.flow_control import Fold, Map
from engines.media.formats import VideoOptions, recipe
from engines.media.pace import exact_rate
from engines.media.pipeline import transform
from engines.media.probe import probe
from studio.errors import Cancelled
from tests.media.clips import decoded, flash_and_click, make_clip, times_of
from tests.media.half import Trail, invert
from tests.media.steps import Steps

NTSC = Fraction(30000, 1001)
RATES = [12.5, 15, 10, 25, 24, 23.976, 29.97, 50, 60]


class Counted:
    """A stage that only counts."""

    def __init__(self) -> None:
        self.indexes: list[int] = []

    def __call__(self, frame):
        self.indexes.append(frame.index)
        return [frame]

    def flush(self):
        return []

    def state(self):
        return {}

    def restore(self, state) -> None: ...


def sound_seconds(path: Path) -> float:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return float(sum(packet.duration for packet in container.demux(stream) if packet.size) * stream.time_base)


@pytest.mark.parametrize(
    ("fps", "exact"),
    [
        (12.5, Fraction(25, 2)),
        (15, 15),
        (3, 3),
        (24, 24),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (29.97, NTSC),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (0.5, Fraction(1, 2)),
        (0, None),
    ],
)
def test_rates_are_exact(fps, exact):
    assert exact_rate(fps) == exact


@pytest.mark.parametrize("fps", RATES)
def test_another_rate_keeps_length_sound_and_sync(tmp_path: Path, fps):
    source = make_clip(tmp_path / "in.mp4", frames=50, sound=["stereo"], flash_at=30)
    target, seen, rate = tmp_path / "out.mp4", Counted(), exact_rate(fps)
    steps = Steps(tmp_path / "job")
    report = transform(source, target, [Fold(seen), Map(invert), Map(invert)], steps, fps=rate)
    times, frame = times_of(target), 1 / rate
    assert report.frames == len(times) == probe(target).frames
    assert probe(target).fps == report.fps == rate
    assert np.allclose(times, [float(number * frame) for number in range(len(times))], atol=1e-4)
    assert abs(len(times) * frame - 2) <= frame
    assert sound_seconds(target) == sound_seconds(source)
    flash, click = flash_and_click(target)
    assert abs(flash - click) <= max(frame, Fraction(1, 25))
    assert len(seen.indexes) == len(set(seen.indexes)) <= min(len(times), 50)
    assert steps.seen[-1][0] == report.frames
    assert abs(steps.seen[-1][1] - report.frames) <= 1


def test_half_the_rate_shows_every_other_frame(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=20)
    seen = Counted()
    transform(source, tmp_path / "out.mp4", [Fold(seen)], Steps(tmp_path / "job"), fps=Fraction(25, 2))
    assert seen.indexes == list(range(0, 20, 2))


def test_rounded_times_drop_evenly(tmp_path: Path):
    """Matroska has whole milliseconds: half of 29.97 is every other frame all the same."""
    source = make_clip(tmp_path / "in.mkv", fps=NTSC, frames=60)
    seen = Counted()
    transform(source, tmp_path / "out.mp4", [Fold(seen)], Steps(tmp_path / "job"), fps=NTSC / 2)
    assert seen.indexes == list(range(0, 60, 2))


def test_a_variable_rate_becomes_an_even_one(tmp_path: Path):
    moments = [0, 40, 80, 200, 210, 300, 500, 540, 580, 900]
    source = make_clip(tmp_path / "in.mp4", frames=len(moments), times=moments, sound=["mono"])
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(invert), Map(invert)], Steps(tmp_path / "job"), fps=Fraction(25))
    assert np.allclose(times_of(target), np.arange(len(times_of(target))) / 25, atol=1e-4)
    assert abs(len(times_of(target)) / 25 - 0.94) <= 0.04
    before = decoded(source)
    for number, shown in enumerate(decoded(target)):
        near = [abs(shown.astype(int) - picture).mean() for picture in before]
        assert abs(moments[int(np.argmin(near))] - 40 * number) <= 20 or moments[int(np.argmin(near))] <= 40 * number
    assert sound_seconds(target) == sound_seconds(source)


@pytest.mark.parametrize("fps", [Fraction(25, 2), Fraction(60)], ids=str)
def test_a_part_at_another_rate(tmp_path: Path, fps):
    source = make_clip(tmp_path / "in.mp4", frames=50, sound=["stereo"], flash_at=30)
    target = tmp_path / "out.mp4"
    report = transform(source, target, [Map(lambda f: f)], Steps(tmp_path / "job"), trim=Trim(0.8, 1.6), fps=fps)
    assert abs(report.frames / fps - Fraction(4, 5)) <= 1 / fps
    flash, click = flash_and_click(target)
    assert flash == pytest.approx(0.4, abs=0.02)
    assert click == pytest.approx(flash, abs=0.04)


@pytest.mark.parametrize("fps", [Fraction(25, 2), Fraction(24), Fraction(60)], ids=str)
@pytest.mark.parametrize("regular", [True, False])
def test_what_was_cancelled_goes_on_identically(tmp_path: Path, fps, regular):
    times = None if regular else [40 * number + (7 * number) % 30 + 300 * (number > 50) for number in range(90)]
    source = make_clip(tmp_path / "in.mp4", frames=90, times=times, options={"g": "20", "bf": "2"})
    options, whole = VideoOptions(quality="draft", segment_frames=16), tmp_path / "whole.mp4"
    total = transform(
        source, whole, [Map(invert), Fold(Trail())], Steps(tmp_path / "whole", 1), options=options, fps=fps
    )
    for part in (0.4, 0.6, 1.0):
        again, folder = tmp_path / f"again{part}.mp4", tmp_path / f"job{part}"
        stop = Steps(folder, cancel_at=int(total.frames * part))
        with pytest.raises(Cancelled):
            transform(source, again, [Map(invert), Fold(Trail())], stop, options=options, fps=fps)
        second = Steps(folder)
        transform(source, again, [Map(invert), Fold(Trail())], second, options=options, fps=fps)
        assert second.seen[0][0] > 0
        assert again.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("name", ["webm", "prores", "gif", "png"])
def test_every_container_has_the_rate(tmp_path: Path, name):
    source = make_clip(tmp_path / "in.mp4", frames=12)
    options = VideoOptions(name, "draft")
    target = tmp_path / f"out{recipe(options).suffix}"
    steps = Steps(tmp_path / "job")
    report = transform(source, target, [Map(invert)], steps, options=options, fps=Fraction(50))
    assert report.frames == 24
    if name != "png":
        assert len(decoded(target)) == 24
        assert times_of(target)[-1] == pytest.approx(23 / 50, abs=0.006)
