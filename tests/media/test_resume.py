"""Going on after an interruption: the finished file is the one that an undisturbed run writes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Fold, Map, Mark, folded
from engines.media.formats import VideoOptions
from engines.media.pipeline import transform
from engines.media.segments import Place
from studio.errors import Cancelled
from tests.media.clips import decoded, make_clip
from tests.media.half import HALF, OPTIONS, invert, stages
from tests.media.steps import Steps

LAYOUTS = {
    "mp4": ("in.mp4", "libx264", {"g": "20", "bf": "2"}),
    "open-gop": ("in.mp4", "libx264", {"g": "20", "bf": "2", "x264-params": "open-gop=1"}),
    "no-index": ("in.ts", "libx264", {"g": "20", "bf": "2"}),
    "program-stream": ("in.mpg", "mpeg2video", {"g": "12", "bf": "2"}),
    "no-times": ("in.h264", "libx264", {"g": "20"}),
    "one-key": ("in.mkv", "libx264", {"g": "900"}),
}


@pytest.fixture(params=LAYOUTS, scope="module")
def clip(request, tmp_path_factory) -> Path:
    name, codec, options = LAYOUTS[request.param]
    folder = tmp_path_factory.mktemp("clip")
    return make_clip(folder / name, frames=110, codec=codec, options={"preset": "veryfast", **options})


def test_what_was_cancelled_goes_on_identically(tmp_path, clip):
    options = VideoOptions(quality="draft", segment_frames=16)
    whole = tmp_path / "whole.mp4"
    transform(clip, whole, [Map(invert)], Steps(tmp_path / "whole"), options=options)
    for stop in (20, 55, 109):
        again, folder = tmp_path / f"again{stop}.mp4", tmp_path / f"job{stop}"
        with pytest.raises(Cancelled):
            transform(clip, again, [Map(invert)], Steps(folder, cancel_at=stop), options=options)
        assert not again.exists()
        second = Steps(folder)
        transform(clip, again, [Map(invert)], second, options=options)
        assert second.seen[0][0] > 0
        assert again.read_bytes() == whole.read_bytes()


def test_a_part_begins_at_the_right_frame(clip):
    everything = [(frame.seconds, frame.planes.y) for frame in Decoder(clip, Trim()).frames()]
    for start in (0.5, 1.62, 3.3):
        wanted = next(picture for seconds, picture in everything if seconds >= start - 1e-4)
        decoder = Decoder(clip, Trim(start))
        first = next(decoder.frames())
        decoder.close()
        assert np.array_equal(first.planes.y, wanted)
        assert 0 <= first.seconds < 1 / 25


def test_a_killed_process_is_followed_by_the_same_film(tmp_path):
    clip = make_clip(tmp_path / "in.mp4", frames=2 * HALF, sound=["stereo"], options={"g": "40", "bf": "2"})
    whole, again, folder = tmp_path / "whole.mp4", tmp_path / "again.mp4", tmp_path / "job"
    transform(clip, whole, stages(), Steps(tmp_path / "undisturbed"), options=OPTIONS)
    line = [sys.executable, "-m", "tests.media.half", clip, again, folder]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        child.kill()
    assert not again.exists()
    second = Steps(folder)
    transform(clip, again, stages(), second, options=OPTIONS)
    assert 0 < second.seen[0][0] <= HALF
    first, then = decoded(whole), decoded(again)
    assert len(first) == len(then) == 2 * HALF
    assert all(np.array_equal(a, b) for a, b in zip(first, then, strict=True))
    assert whole.read_bytes() == again.read_bytes()


def test_a_segment_that_lost_its_end_is_not_trusted(tmp_path):
    clip = make_clip(tmp_path / "in.mp4", frames=60)
    options, folder, target = VideoOptions(segment_frames=16), tmp_path / "job", tmp_path / "out.mp4"
    with pytest.raises(Cancelled):
        transform(clip, target, [Map(invert)], Steps(folder, cancel_at=50), options=options)
    segment = sorted(folder.rglob("000000.*"))[0]
    segment.write_bytes(segment.read_bytes()[:-100])
    second = Steps(folder)
    transform(clip, target, [Map(invert)], second, options=options)
    assert second.seen[0][0] == 0
    assert len(decoded(target)) == 60


class Sum:
    """A stage that adds up in place, in the array that it tells as its state."""

    def __init__(self) -> None:
        self.total = np.zeros(1)

    def __call__(self, item):
        self.total += item
        return [item]

    def flush(self):
        return []

    def state(self):
        return {"total": self.total}

    def restore(self, state) -> None: ...


def test_what_is_noted_at_a_mark_stays_as_it_was():
    items = list(folded(Fold(Sum()), [1, 2, Mark(Place(2, 0, 0)), 4]))
    (mark,) = (item for item in items if isinstance(item, Mark))
    assert mark.states[0]["total"] == 3
