"""What a face swap does inside: who is found, gaps, going on after a kill, memory, threads, and what the result looks like."""

import gc
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engines.arrays import Bytes
from engines.face_swap import _film
from engines.face_swap._cast import EVERYONE, Anyone, Cast
from engines.face_swap._lay import lay
from engines.face_swap._refill import Refill
from engines.face_swap._take import Take
from engines.face_swap.mesh import MeshSwapper, person_of
from engines.media import pipeline
from engines.media.decode import Decoder, Trim
from engines.media.flow_control import Fold, through
from engines.media.frame import Frame
from engines.media.picture import read_picture, write_picture
from engines.vision.faces.identity import distance
from studio.errors import Cancelled
from studio.host import Folder
from studio.run import OUT
from tests.face_swap.half import SEGMENT, short_segments
from tests.face_swap.sitting import ASTRONAUT, MONA_LISA, PEARL, finder, local, sitter, sitting, swap
from tests.face_swap.test_refill import filled, gap, way
from tests.media.clips import decoded

SMALL = 160, 90
LIVE = 68
"""Frames that the pipeline's queues and windows may hold at once, with two threads, and each of them once more when it was swapped."""
ALIKE_DB = 34.0
"""A film's frame beside the same frame swapped as a picture: the film's landmarks are smoothed in time and its chroma is halved."""


@pytest.mark.parametrize("share", [1.0, 0.8, 0.7, 0.6])
@pytest.mark.parametrize("name", [ASTRONAUT, MONA_LISA, PEARL])
def test_10_one_face_in_every_crop(name: str, share: float) -> None:
    picture = read_picture(Path(name))
    with finder() as found:
        (face,) = found.faces(picture)
        middle, side = (face.points[:, :2].min(axis=0) + face.points[:, :2].max(axis=0)) / 2, 1.3 * face.size * share
        (left, top), (right, bottom) = np.maximum(middle - side, 0).astype(int), (middle + side).astype(int)
        assert len(found.faces(np.ascontiguousarray(picture[top:bottom, left:right]))) == 1


def test_11_gaps_are_refilled_along_the_way() -> None:
    assert [places[0][1] for places in way(filled(gap(3)))] == [0, 20, 40, 60, 80]


def hidden(index: int, width: int, height: int, flash: bool) -> Bytes:
    """The sitter going to the right, three frames long behind a board."""
    picture = np.roll(sitter(0, width, height), 3 * index, axis=1)
    if 5 <= index < 8:
        picture[:] = (90, 110, 90)
        picture[::8] = 60
    return picture


def test_11_a_face_that_was_hidden_is_followed_through(tmp_path: Path) -> None:
    target = sitting(tmp_path / "in.mp4", frames=12, draw=hidden)
    takes = taken(target)
    lefts = [take.roles[0].seen.face.box[0] for take in takes]
    assert len({role.seen.id for take in takes for role in take.roles}) == 1
    steps = [after - before for before, after in pairwise(lefts[4:9])]
    assert np.allclose(steps, np.mean(steps), atol=0.05)


def taken(target: Path) -> list[Take]:
    """The takes of a film in which everyone gets the one new face."""
    refill = Refill()
    with finder() as found:
        chain = [Fold(found.tracker(known=False)), Fold(Cast(Anyone(), [EVERYONE])), Fold(refill, refill.held)]
        return through(chain, Decoder(target, Trim()).frames())


def swapper(photo: str = MONA_LISA) -> MeshSwapper:
    picture = read_picture(Path(photo))
    with finder() as found:
        return MeshSwapper({EVERYONE: person_of([(picture, found.faces(picture)[0])])}, 1.0, 0.7)


@pytest.mark.slow
def test_13_what_was_killed_half_way_goes_on_to_the_same_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_film, "VideoOptions", short_segments)
    target = sitting(tmp_path / "in.mp4", frames=40, size=SMALL, sound=["stereo"], options={"g": "20", "bf": "2"})
    whole = Path(swap(target, local(tmp_path / "whole")).output)
    folder = tmp_path / "again"
    line = [sys.executable, "-m", "tests.face_swap.half", target, folder, "20"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        child.kill()
    assert not list((folder / "out").iterdir())
    run = local(folder)
    firsts: list[int] = []
    monkeypatch.setattr(run.host, "report", lambda done, *more: firsts.append(done))
    result = swap(target, run)
    assert SEGMENT <= firsts[0] <= 20
    assert result.frames == result.swapped == 40
    assert Path(result.output).read_bytes() == whole.read_bytes()


class Counting(Folder):
    """Counts the frames that are alive, now and then."""

    def __init__(self, outdir: Path) -> None:
        super().__init__(outdir)
        self.frames: list[int] = []

    def report(self, done: int, *more: object) -> None:
        if done and done % 30 == 0:
            kinds = [type(item) for item in gc.get_objects()]
            self.frames.append(max(kinds.count(Frame), kinds.count(av.VideoFrame), kinds.count(Take)))


@pytest.mark.slow
def test_14_a_bounded_number_of_frames_is_alive(tmp_path: Path) -> None:
    target, run = sitting(tmp_path / "in.mp4", frames=300, size=(128, 72)), local(tmp_path)
    run.host = counting = Counting(tmp_path / "out")
    gc.collect()
    gc.disable()
    try:
        assert swap(target, run).swapped == 300
    finally:
        gc.enable()
    assert len(counting.frames) >= 10
    assert 1 < max(counting.frames) <= LIVE


@pytest.mark.parametrize(("source", "target"), [(MONA_LISA, ASTRONAUT), (PEARL, ASTRONAUT), (ASTRONAUT, PEARL)])
def test_15_it_is_the_source_afterwards_and_the_target_no_longer(tmp_path: Path, source: str, target: str) -> None:
    made = read_picture(Path(swap(target, local(tmp_path), source=(source,)).output))
    with finder() as found:
        known = [
            found.identity(picture, found.faces(picture)[0])
            for picture in map(read_picture, map(Path, (source, target)))
        ]
        after = found.identity(made, found.faces(made)[0])
    own = distance(*known)
    assert distance(after, known[0]) < own - 0.03
    assert distance(after, known[1]) > 0.2
    assert distance(after, known[0]) < distance(after, known[1])


def test_15_samples_without_a_patch_are_the_decoded_ones(tmp_path: Path) -> None:
    takes = through(swapper().stages(), taken(sitting(tmp_path / "in.mp4", frames=4)))
    for take in takes:
        (patch,) = take.roles[0].patches
        height, width = patch.alpha.shape
        covered = np.zeros((take.frame.height, take.frame.width), np.uint8)
        covered[patch.top : patch.top + height, patch.left : patch.left + width] = patch.alpha > 0
        halved = cv2.resize(covered, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        wide = cv2.dilate(cv2.copyMakeBorder(covered, 0, 1, 0, 1, cv2.BORDER_REPLICATE), np.ones((2, 2), np.uint8))
        before, after = take.frame.planes, lay(take).planes
        assert (after.y[covered == 0] == before.y[covered == 0]).all()
        assert (after.y[covered > 0] != before.y[covered > 0]).mean() > 0.5
        free = wide[:-1:2, :-1:2][: halved.shape[0], : halved.shape[1]] == 0
        for plane in ("u", "v"):
            assert (getattr(after, plane)[free] == getattr(before, plane)[free]).all()


def test_15_frames_that_show_nobody_come_out_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: Frame) -> Bytes:
        raise AssertionError("nobody is there, and still the frame is made RGB")

    def wall(index: int, width: int, height: int, flash: bool) -> Bytes:
        return np.ascontiguousarray(sitter(index, 2 * width, height)[:, :width] // 2)[:, :40].repeat(
            width // 40, axis=1
        )

    target = sitting(tmp_path / "in.mp4", frames=5, size=(240, 136), draw=wall)
    takes = taken(target)
    frames = [take.frame for take in takes]
    with monkeypatch.context() as patched:
        patched.setattr(Frame, "rgb", property(never))
        assert all(lay(take) is frame for take, frame in zip(through(swapper().stages(), takes), frames, strict=True))
    run = local(tmp_path)
    assert swap(target, run).swapped == 0
    assert [key for key, _ in run.host.notes] == ["face_swap.nobody"]


@pytest.mark.slow
def test_16_a_film_looks_like_its_frames_swapped_one_by_one(tmp_path: Path) -> None:
    target = sitting(tmp_path / "in.mp4", frames=4, options={"crf": "4"})
    film = decoded(Path(swap(target, local(tmp_path / "film"), output={"quality": "best"}).output))
    for number, (before, made) in enumerate(zip(decoded(target), film, strict=True)):
        write_picture(tmp_path / f"{number}.png", before)
        alone = read_picture(Path(swap(tmp_path / f"{number}.png", local(tmp_path / str(number))).output))
        assert cv2.PSNR(made, alone) > ALIKE_DB
        assert cv2.PSNR(before, alone) < ALIKE_DB - 6


@pytest.mark.parametrize("while_joined", [False, True])
def test_17_a_job_that_was_stopped_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, while_joined: bool
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(pipeline, "ALIVE_EVERY_S", -1.0)
    target, run = sitting(tmp_path / "in.mp4", frames=30, size=SMALL, sound=["mono"]), local(tmp_path)

    def cancelled() -> bool:
        return any((run.workdir / OUT).glob("*")) if while_joined else run.host.done[0] >= 12

    monkeypatch.setattr(run.host, "cancelled", cancelled)
    with pytest.raises(Cancelled):
        swap(target, run)
    assert not list(temporary.iterdir())
    assert not list((tmp_path / "out").iterdir())
    left = {file.relative_to(tmp_path / "work").parts[0] for file in (tmp_path / "work").rglob("*") if file.is_file()}
    assert left <= {"segments"}


def test_18_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    target = sitting(tmp_path / "in.mp4", frames=16, size=SMALL, sound=["mono"])
    made = [
        Path(swap(target, local(tmp_path / str(threads), threads=threads), map={"person1": (PEARL,)}).output)
        for threads in (1, 4)
    ]
    assert len({path.read_bytes() for path in made}) == 1
