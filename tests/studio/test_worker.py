"""Workers: what happens to a job when its engine, its process, the disk or the studio fails."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import DiskFull
from studio.jobs import FINAL
from studio.lease import Lease
from studio.settings import Settings
from studio.studio import Studio
from tests.media.clips import make_clip
from tests.studio.engines.cartoon.trouble import visitor

PACKAGE = "tests.studio.engines"
HOLDER = """
import sys, threading, time
from pathlib import Path
from studio.lease import Lease
lease = Lease(Path(sys.argv[1]), "cpu")
assert lease.take(threading.Event())
print("held", flush=True)
time.sleep(60)
"""


def make(folder: Path, **settings) -> Studio:
    return Studio(Settings(data_dir=folder, device="cpu", **settings), package=PACKAGE)


@pytest.fixture
def studio(tmp_path: Path):
    studio = make(tmp_path / "data")
    studio.start()
    yield studio
    studio.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48), (200, 80, 40)).save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4")


def finished(studio: Studio, job_id: str, timeout: float = 20):
    return list(studio.watch(job_id, "ann", timeout))[-1]


def trouble(studio: Studio, picture: Path, what: str | None):
    source = studio.library.add(picture, "ann").id
    job = studio.submit("cartoon", {"source": source, "engine": "trouble", "model": what, "seed": 5}, "ann")
    return finished(studio, job.id)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("import", "engine.broken"),
        ("no memory", "models.out_of_memory"),
        ("disk", "media.disk_full"),
        ("exit", "job.broke"),
    ],
)
def test_an_engine_that_fails_leaves_a_clear_error_and_no_file(studio, picture, what, error):
    job = trouble(studio, picture, what)
    assert (job.state, job.error[0]) == ("failed", error)
    assert job.outputs == () and studio.library.list("ann", role="output") == []
    assert not (studio.worker.workdir(job.id) / "out").exists()
    assert trouble(studio, picture, None).state == "done", "the worker has gone with the engine"


def test_memory_that_ran_out_is_tried_once_more(studio, picture):
    job = trouble(studio, picture, "memory")
    assert job.state == "done"
    assert len(studio.library.list("ann", role="output")) == 1, "the first attempt's file is still there"


def test_a_bug_goes_into_the_log_under_its_reference(studio, picture, caplog):
    source = studio.library.add(picture, "ann").id
    with caplog.at_level(logging.ERROR):
        job = finished(studio, studio.submit("cartoon", {"source": source, "engine": "broken"}, "ann").id)
    reference = job.error[1]["reference"]
    assert reference in caplog.text and "RuntimeError: a bug" in caplog.text


def test_what_is_known_of_a_result(studio, picture):
    job = trouble(studio, picture, None)
    [asset] = studio.library.list("ann", role="output")
    assert job.outputs == (asset.id,) and asset.job == job.id
    assert (asset.task, asset.engine, asset.seed, asset.models) == ("cartoon", "trouble", 5, {})
    assert asset.worked is not None and asset.worked >= 0
    assert (asset.width, asset.height, asset.mime) == (40, 30, "image/png") and asset.thumb.is_file()
    assert job.why[0] == "named" and job.better == [] and job.result["output"] == asset.id
    assert job.worked > 0 and job.started and job.finished and job.finished >= job.started


def test_an_output_left_by_a_killed_process_is_not_there_twice(tmp_path, picture):
    data = tmp_path / "data"
    studio = make(data)
    source = studio.library.add(picture, "ann").id
    job = studio.submit("cartoon", {"source": source, "engine": "trouble", "model": "slow"}, "ann")
    with _serving(data) as process:
        _until(lambda: studio.job(job.id, "ann").done >= 5)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    [left] = studio.library.list("ann", role="output")
    killed = studio.job(job.id, "ann")
    assert killed.state == "running", "nobody has noticed yet"
    studio.start()
    after = finished(studio, job.id)
    studio.close()
    assert after.state == "done" and after.seed == killed.seed
    assert after.worked > killed.worked, "the time of the first attempt counts"
    assert [asset.id for asset in studio.library.list("ann", role="output")] == list(after.outputs)
    assert not left.path.exists()


def test_a_living_studio_takes_up_what_another_process_left(tmp_path, clip, studio):
    source = studio.library.add(clip, "ann").id
    lease = Lease(studio.settings.data_dir / "locks", "cpu")
    assert lease.take(threading.Event())
    job = studio.submit("cartoon", {"source": source, "height": 3, "start": 0.01}, "ann")
    dead = subprocess.run(
        [sys.executable, "-c", "from studio.runner import runner_id; print(runner_id())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    studio.jobs.claim_one(job.id, dead)
    lease.give_back()
    assert finished(studio, job.id, 15).state == "done"


def test_the_lease_holds_across_processes_until_its_holder_is_gone(tmp_path):
    lease, stop = Lease(tmp_path, "cpu"), threading.Event()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline().strip() == "held"
    taken = threading.Event()
    waiter = threading.Thread(target=lambda: lease.take(stop) and taken.set())
    waiter.start()
    assert not taken.wait(0.5)
    holder.kill()
    holder.communicate()
    assert taken.wait(2)
    waiter.join()
    other = Lease(tmp_path, "cuda:0")
    assert other.take(stop), "another device is another lease"
    other.give_back()
    lease.give_back()


def test_the_lease_is_held_until_a_cancelled_engine_has_left(studio, clip):
    source = studio.library.add(clip, "ann").id
    job = studio.submit("cartoon", {"source": source, "height": 100, "start": 0.4}, "ann")
    _until(lambda: studio.job(job.id, "ann").done >= 1)
    next_one = studio.submit("cartoon", {"source": source, "height": 1}, "ann")
    studio.cancel(job.id, "ann")
    while studio.job(next_one.id, "ann").state == "queued":
        time.sleep(0.01)
    assert studio.job(job.id, "ann").state == "cancelled", "two engines were on one device"
    assert finished(studio, next_one.id).state == "done"


def test_twenty_short_jobs_do_not_starve_a_long_one(studio, clip, picture):
    long = studio.submit("cartoon", {"source": studio.library.add(clip, "ann").id, "height": 40, "start": 0.05}, "ann")
    _until(lambda: studio.job(long.id, "ann").done >= 2)
    source = studio.library.add(picture, "ann").id
    shorts = [studio.submit("cartoon", {"source": source, "height": 1, "start": 0.05}, "ann") for _ in range(15)]
    before = studio.job(long.id, "ann").done
    _until(lambda: sum(studio.job(job.id, "ann").state == "done" for job in shorts) >= 8)
    assert studio.job(long.id, "ann").done > before
    after = finished(studio, long.id)
    assert after.state == "done" and after.result["frames"] == 40
    assert all(finished(studio, job.id).state == "done" for job in shorts)


def test_a_long_job_of_another_process_gives_way_too(tmp_path, clip, picture):
    data = tmp_path / "data"
    studio = make(data)
    long = studio.submit("cartoon", {"source": studio.library.add(clip, "ann").id, "height": 200, "start": 0.05}, "ann")
    with _serving(data):
        _until(lambda: studio.job(long.id, "ann").done >= 2)
        source = studio.library.add(picture, "ann").id
        asked = time.monotonic()
        short = finished(studio, studio.submit("cartoon", {"source": source, "height": 1}, "ann").id)
        assert short.state == "done" and time.monotonic() - asked < 2
        assert studio.job(long.id, "ann").state == "running"
        studio.cancel(long.id, "ann")
        asked = time.monotonic()
        assert finished(studio, long.id).state == "cancelled" and time.monotonic() - asked < 2


def test_a_job_in_the_callers_context(tmp_path, picture):
    studio = make(tmp_path / "data")
    source = studio.library.add(picture, "ann").id
    job = studio.submit("cartoon", {"source": source, "engine": "trouble", "model": "visitor"}, "ann")
    wrapped: list[str] = []

    def wrap(work):
        def inside() -> None:
            wrapped.append(threading.current_thread().name)
            work()

        return inside

    visitor.set("a guest")
    studio.worker.run_inline(job.id, wrap)
    over = studio.job(job.id, "ann")
    assert over.state == "done" and wrapped == [threading.current_thread().name]
    assert over.notes == (["core.resumed", {"first": "a guest"}],)
    studio.worker.run_inline(job.id, wrap)
    assert len(wrapped) == 1, "a finished job ran again"
    studio.close()


def test_closing_waits_for_the_engine_and_loses_no_step(tmp_path, clip):
    studio = make(tmp_path / "data")
    studio.start()
    source = studio.library.add(clip, "ann").id
    job = studio.submit("cartoon", {"source": source, "height": 30, "start": 0.1}, "ann")
    _until(lambda: studio.job(job.id, "ann").done >= 3)
    began = time.monotonic()
    studio.close()
    assert time.monotonic() - began < 3
    assert not [thread for thread in studio.worker._threads if thread.is_alive()]
    steps = int((studio.worker.workdir(job.id) / "steps").read_text())
    again = make(tmp_path / "data")
    again.start()
    after = finished(again, job.id)
    again.close()
    assert after.result["frames"] == 30 - steps


def test_a_job_needs_room_on_the_disk(studio, tmp_path):
    with pytest.raises(DiskFull):
        studio.limits.check_room(tmp_path, 1 << 60)


def test_a_preview_is_shown_and_kept(studio, clip):
    source = studio.library.add(clip, "ann").id
    job = studio.submit("cartoon", {"source": source, "engine": "previewing"}, "ann")
    looks = list(studio.watch(job.id, "ann", 20))
    assert looks[-1].state == "done"
    assert any(look.preview and look.state not in FINAL for look in looks)
    assert looks[-1].preview.read_bytes().startswith(b"\xff\xd8")


@contextlib.contextmanager
def _serving(data: Path):
    process = subprocess.Popen([sys.executable, "-m", "tests.studio.serve_jobs", str(data)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(condition, timeout: float = 20) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
