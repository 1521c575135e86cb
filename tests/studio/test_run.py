"""The handle of a running engine, without a worker behind it."""

import errno
import io
import time
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import BadInput, DiskFull, Unavailable
from studio.memory import Residency
from studio.run import PREVIEW_EVERY_S, Run
from studio.tasks.prompt import PromptRequest
from tests.media.clips import make_clip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out")


def test_media_are_paths(run, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4")
    assert run.path(str(clip)) == clip and run.kind(str(clip)) == "video"
    with pytest.raises(BadInput, match=r"no\.mp4"):
        run.path(str(tmp_path / "no.mp4"))


def test_a_seed_is_drawn_or_given(tmp_path):
    drawn = {Run.local(tmp_path, tmp_path).seed for _ in range(3)}
    assert len(drawn) == 3 and all(0 <= seed < 2**32 for seed in drawn)
    assert Run.local(tmp_path, tmp_path, seed=0).seed == 0


def test_an_output_is_there_when_it_is_whole(run, tmp_path):
    with run.output(".png", name="картина") as out:
        Image.new("RGB", (4, 4)).save(out.path)
        assert list((tmp_path / "out").iterdir()) == [] and out.id == ""
    assert Path(out.id) == tmp_path / "out" / "картина.png" and Path(out.id).is_file()
    assert not list((tmp_path / "work" / "out").iterdir())


def test_a_broken_output_leaves_nothing(run, tmp_path):
    with pytest.raises(ValueError, match="broken"), run.output(".png") as out:
        out.path.write_bytes(b"half")
        raise ValueError("broken")
    with pytest.raises(DiskFull), run.output(".png") as out:
        out.path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert out.id == ""
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_previews_are_made_when_they_are_due(run):
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG")
    shown: list[bytes] = []
    run.host.report = lambda done, total, unit, preview: shown.append(preview()) if preview else None
    asked, answered = [], []
    while len(shown) < 3:
        before, began = len(shown), time.monotonic()
        run.step(1, None, preview=data.getvalue)
        if len(shown) > before:
            asked.append(began)
            answered.append(time.monotonic())
        time.sleep(0.005)
    assert all(later - earlier >= PREVIEW_EVERY_S for earlier, later in zip(asked, answered[1:], strict=False))


def test_models_come_from_the_residency(tmp_path):
    memory = Residency(lambda device: 1 << 30)
    run = Run.local(tmp_path / "work", tmp_path / "out", memory=memory)
    loads = []
    for _ in range(2):
        with run.model("squares", lambda: loads.append(1) or [n * n for n in range(10)]) as model:
            assert model[3] == 9
    assert loads == [1]
    with pytest.raises(Unavailable), Run.local(tmp_path, tmp_path).model("squares", list):
        pass


def test_a_task_calls_another_which_is_a_piece_of_its_work(tmp_path):
    run = Run.local(tmp_path / "work", tmp_path / "out", seed=7)
    told: list[tuple[int, int | None]] = []
    run.host.report = lambda done, total, unit, preview: told.append((done, total))
    whole = [
        run.call("prompt", PromptRequest(draw=True, count=60, keep=True), number=number, of=2) for number in (0, 1)
    ]
    assert [made.engine for made in whole] == ["composer", "composer"] and whole[0].seed == 7
    assert whole[0].prompts == whole[1].prompts and Path(whole[0].output).is_file()
    assert told == sorted(told) and told[0] == (0, 2000) and (1000, 2000) in told and told[-1] == (2000, 2000)
    assert run.call("prompt", PromptRequest(draw=True, seed=8)).seed == 8
    with pytest.raises(Unavailable):
        run.call("prompt", PromptRequest(idea="x", engine="llm"))
