"""Workers: what happens to a job when its engine, its process, the disk or the studio fails."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import DiskFull
from studio.jobs import FINAL
from studio.lease import Lease
from studio.settings import Settings
from studio.studio import Studio
from studio.worker import SHORTS_AT_ONCE
from tests.media.clips import make_clip
from tests.studio.engines.cartoon.trouble import TROUBLES, visitor
from tests.studio.holding import held_at
from tests.waiting import PATIENCE_S, until

PACKAGE = "tests.studio.engines"
HOLDER = """
import sys, threading
from pathlib import Path
from studio.lease import Lease
lease = Lease(Path(sys.argv[1]), "cpu")
assert lease.take(threading.Event())
print("held", flush=True)
sys.stdin.read()
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


def finished(studio: Studio, job_id: str, timeout: float = PATIENCE_S):
    return list(studio.watch(job_id, "ann", timeout))[-1]


def trouble(studio: Studio, picture: Path, what: str = ""):
    source = studio.library.add(picture, "ann").id
    asked = {"source": source, "engine": "trouble", "height": TROUBLES.index(what), "seed": 5}
    job = studio.submit("cartoon", asked, "ann")
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
    assert trouble(studio, picture).state == "done", "the worker has gone with the engine"


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
    job = trouble(studio, picture)
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
    job = studio.submit("cartoon", {"source": source, "engine": "trouble", "height": TROUBLES.index("slow")}, "ann")
    with held_at(data, 5), _serving(data) as process:
        until(lambda: studio.job(job.id, "ann").done == 5)
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
    job = studio.submit("cartoon", {"source": source, "height": 3}, "ann")
    dead = subprocess.run(
        [sys.executable, "-c", "from studio.runner import runner_id; print(runner_id())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    studio.jobs.claim_one(job.id, dead)
    lease.give_back()
    assert finished(studio, job.id).state == "done"


def test_the_lease_holds_across_processes_until_its_holder_is_gone(tmp_path):
    lease, stop = Lease(tmp_path, "cpu"), threading.Event()
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline().strip() == "held"
    taken = threading.Event()
    waiter = threading.Thread(target=lambda: lease.take(stop) and taken.set())
    waiter.start()
    assert not taken.wait(0.5)
    holder.kill()
    holder.communicate()
    assert taken.wait(PATIENCE_S)
    waiter.join()
    other = Lease(tmp_path, "cuda:0")
    assert other.take(stop), "another device is another lease"
    other.give_back()
    lease.give_back()


def test_the_lease_is_held_until_a_cancelled_engine_has_left(studio, clip):
    source = studio.library.add(clip, "ann").id
    with held_at(studio.settings.data_dir, 2):
        job = studio.submit("cartoon", {"source": source, "height": 100}, "ann")
        until(lambda: studio.job(job.id, "ann").done == 2)
        next_one = studio.submit("cartoon", {"source": source, "height": 1}, "ann")
        studio.cancel(job.id, "ann")
        until(lambda: studio.job(next_one.id, "ann").state != "queued")
    assert studio.job(job.id, "ann").state == "cancelled", "two engines were on one device"
    assert finished(studio, next_one.id).state == "done"


def test_a_step_lets_a_few_short_jobs_in_and_then_goes_on(tmp_path, picture):
    studio = make(tmp_path / "data")
    source = studio.library.add(picture, "ann").id
    shorts = [studio.submit("cartoon", {"source": source, "height": 1}, "ann") for _ in range(SHORTS_AT_ONCE + 3)]
    for done in (SHORTS_AT_ONCE, len(shorts)):
        studio.worker.let_in("cpu")
        assert [studio.job(job.id, "ann").state for job in shorts].count("done") == done
    studio.close()


def test_short_jobs_and_the_long_one_between_them_are_all_done(studio, clip, picture):
    with held_at(studio.settings.data_dir, 2):
        source = studio.library.add(clip, "ann").id
        long = studio.submit("cartoon", {"source": source, "height": 40}, "ann")
        until(lambda: studio.job(long.id, "ann").done == 2)
        source = studio.library.add(picture, "ann").id
        shorts = [studio.submit("cartoon", {"source": source, "height": 1}, "ann") for _ in range(15)]
    after = finished(studio, long.id)
    assert after.state == "done" and after.result["frames"] == 40
    assert all(finished(studio, job.id).state == "done" for job in shorts)


def test_a_long_job_of_another_process_gives_way_too(tmp_path, clip, picture):
    data = tmp_path / "data"
    studio = make(data)
    long = studio.submit("cartoon", {"source": studio.library.add(clip, "ann").id, "height": 200}, "ann")
    with held_at(data, 2), _serving(data):
        until(lambda: studio.job(long.id, "ann").done == 2)
        source = studio.library.add(picture, "ann").id
        short = finished(studio, studio.submit("cartoon", {"source": source, "height": 1}, "ann").id)
        assert short.state == "done"
        assert studio.job(long.id, "ann").state == "running"
        studio.cancel(long.id, "ann")
        assert finished(studio, long.id).state == "cancelled"


def test_a_job_in_the_callers_context(tmp_path, picture):
    studio = make(tmp_path / "data")
    source = studio.library.add(picture, "ann").id
    job = studio.submit("cartoon", {"source": source, "engine": "trouble", "height": TROUBLES.index("visitor")}, "ann")
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
    with held_at(studio.settings.data_dir, 3):
        job = studio.submit("cartoon", {"source": source, "height": 30}, "ann")
        until(lambda: studio.job(job.id, "ann").done == 3)
        studio.close()
    assert not [thread for thread in studio.worker._threads if thread.is_alive()]
    assert int((studio.worker.workdir(job.id) / "steps").read_text()) == 3
    again = make(tmp_path / "data")
    again.start()
    after = finished(again, job.id)
    again.close()
    assert after.result["frames"] == 27


def test_a_job_needs_room_on_the_disk(studio, tmp_path):
    with pytest.raises(DiskFull):
        studio.limits.check_room(tmp_path, 1 << 60)


def test_a_preview_is_shown_and_kept(studio, clip):
    source = studio.library.add(clip, "ann").id
    with held_at(studio.settings.data_dir, 5):
        job = studio.submit("cartoon", {"source": source, "engine": "previewing"}, "ann")
        shown = until(lambda: studio.job(job.id, "ann").preview)
        assert studio.job(job.id, "ann").state not in FINAL
        assert shown.read_bytes().startswith(b"\xff\xd8")
    over = finished(studio, job.id)
    assert over.state == "done" and over.preview.read_bytes().startswith(b"\xff\xd8")


@contextlib.contextmanager
def _serving(data: Path):
    process = subprocess.Popen([sys.executable, "-m", "tests.studio.serve_jobs", str(data)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()
