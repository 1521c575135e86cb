"""The janitor takes what nobody needs, and nothing else."""

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from studio.janitor import YOUNG_S
from studio.settings import Settings
from studio.studio import Studio
from tests.waiting import until

HOUR = 3600.0


def make(folder: Path, **settings) -> Studio:
    return Studio(Settings(data_dir=folder, device="cpu", **settings), package="tests.studio.engines")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return make(tmp_path / "data", temp_hours=2.0)


def put(file: Path, size: int, age: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    moment = time.time() - age
    os.utime(file, (moment, moment))
    os.utime(file.parent, (moment, moment))
    return file


def picture(folder: Path) -> Path:
    Image.new("RGB", (20, 10)).save(folder / "picture.png")
    return folder / "picture.png"


def test_temporary_files_go_by_age(studio):
    temporary = studio.settings.data_dir / "tmp"
    old = put(temporary / "zip" / "old.zip", 10, 3 * HOUR)
    young = put(temporary / "uploads" / "young.part", 10, HOUR)
    assert studio.janitor.tidy() == 10
    assert not old.exists() and young.exists()


def test_what_was_worked_out_is_kept_while_it_is_used(studio):
    kept = studio.settings.data_dir / "cache" / "tags"
    idle = put(kept / "idle.npy", 10, 31 * 24 * HOUR)
    used = put(kept / "used.npy", 10, 29 * 24 * HOUR)
    assert studio.janitor.tidy() == 10
    assert not idle.exists() and used.exists()


def test_trials_are_no_outputs_and_go_by_age_unless_a_job_needs_them(tmp_path, monkeypatch):
    studio = make(tmp_path / "data", temp_hours=2.0)
    studio.start()
    source = studio.library.add(picture(tmp_path), "ann").id
    asked = {"source": source, "engine": "trouble", "style": "cel"}
    made = [
        list(studio.watch(studio.submit("cartoon", {**asked, "preview": trial}, "ann").id, "ann", 20))[-1]
        for trial in (True, True, False)
    ]
    studio.close()
    assert [job.state for job in made] == ["done"] * 3
    assert {asset.id for asset in studio.library.list("ann", role="output")} == set(made[2].outputs)
    assert {asset.id for asset in studio.library.list("ann", role="trial")} == {*made[0].outputs, *made[1].outputs}
    studio.submit("cartoon", {"source": made[1].outputs[0]}, "ann")
    later = time.time() + 3 * HOUR
    assert studio.library.clear_trials(later - 4 * HOUR) == 0
    monkeypatch.setattr(time, "time", lambda: later)
    studio.janitor.tidy()
    left = {asset.id for asset in studio.library.list("ann")}
    assert left == {source, made[1].outputs[0], *made[2].outputs}


def test_folders_of_jobs_that_are_over_go_and_those_of_live_ones_stay(studio, tmp_path):
    source = studio.library.add(picture(tmp_path), "ann").id
    jobs = {
        name: studio.submit("cartoon", {"source": source}, "ann").id for name in ("queued", "running", "done", "fresh")
    }
    studio.jobs.claim_one(jobs["running"], studio.worker.runner)
    for name in ("done", "fresh"):
        studio.jobs.claim_one(jobs[name], studio.worker.runner)
        studio.jobs.end(jobs[name], studio.worker.runner, "done")
    folders = {
        name: put(studio.worker.jobs_dir / job_id / "notes", 5, 3 * HOUR).parent for name, job_id in jobs.items()
    }
    put(folders["fresh"] / "preview.jpg", 5, 0)
    folders["unknown"] = put(studio.worker.jobs_dir / "nobody" / "deep" / "segment", 5, 3 * HOUR).parent.parent
    os.utime(folders["unknown"], (time.time() - 3 * HOUR,) * 2)
    studio.janitor.tidy()
    assert {name for name, folder in folders.items() if folder.exists()} == {"queued", "running", "fresh"}


def test_what_the_library_does_not_name_goes(studio, tmp_path):
    kept = studio.library.add(picture(tmp_path), "ann")
    shelf = studio.settings.data_dir / "library" / "xx"
    left = put(shelf / "xxleft" / "file.mp4", 50, YOUNG_S + 60).parent
    filling = put(shelf / "xxfilling" / "file.mp4", 50, 10).parent
    old = time.time() - 10 * YOUNG_S
    os.utime(kept.path.parent, (old, old))
    assert studio.janitor.tidy() == 50
    assert not left.exists() and filling.exists() and kept.path.is_file() and kept.thumb.is_file()


def test_over_quota_the_oldest_temporary_files_go_first(tmp_path):
    studio = make(tmp_path / "data", total_quota_gb=5000 / 1024**3)
    asset = studio.library.add(picture(tmp_path), "ann")
    temporary = studio.settings.data_dir / "tmp"
    files = [put(temporary / f"{age}.bin", 2000, age * 60) for age in (50, 40, 30, 20)]
    job = studio.submit("cartoon", {"source": asset.id}, "ann")
    live = put(studio.worker.jobs_dir / job.id / "segment", 9000, 5 * HOUR)
    studio.janitor.tidy()
    assert [file.exists() for file in files] == [False, False, True, True]
    assert live.exists() and asset.path.exists()


def test_it_works_by_itself_and_stops(tmp_path):
    studio = make(tmp_path / "data", temp_hours=1.0)
    old = put(studio.settings.data_dir / "tmp" / "old", 10, 2 * HOUR)
    studio.start()
    until(lambda: not old.exists())
    studio.close()
