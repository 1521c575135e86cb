"""The job store alone: claims, recovery, watching, estimates, and databases of earlier versions."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from studio.job import Job
from studio.jobs import AT_MOST_EVERY_S, MOST_ATTEMPTS, JobStore
from studio.runner import DEAD_AFTER_S, alive, runner_id
from studio.store import VERSION, open_store
from tests.waiting import PATIENCE_S, until

CLAIMER = """
import sys
from pathlib import Path
from studio.job import Job
from studio.jobs import JobStore
from studio.store import open_store
store = JobStore(open_store(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
while (job := store.claim(sys.argv[2])) is not None:
    print(job.id, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(open_store(tmp_path / "studio.db"))


def add(store: JobStore, **more) -> str:
    return store.add("cartoon", "ann", {"source": "a"}, **{"long": False, **more})


def ended_process() -> str:
    """The runner's name of a process that has come and gone."""
    done = subprocess.run(
        [sys.executable, "-c", "from studio.runner import runner_id; print(runner_id())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_processes_and_threads_never_take_the_same_job(store, tmp_path):
    wanted = {add(store) for _ in range(150)}
    command = [sys.executable, "-c", CLAIMER, str(tmp_path / "studio.db")]
    processes = [
        subprocess.Popen([*command, f"process {n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    for process in processes:
        assert process.stdout.readline().strip() == "ready"
    taken: list[str] = []

    def claim(name: str) -> None:
        while (job := store.claim(name)) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=claim, args=(f"thread {n}",)) for n in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        taken += process.communicate()[0].split()
    assert len(taken) == 150 and set(taken) == wanted


def test_short_jobs_first_then_by_age(store):
    first_long, short, second_long = add(store, long=True), add(store), add(store, long=True)
    assert [store.get(job_id).rank for job_id in (short, first_long, second_long)] == [0, 1, 2]
    assert [store.claim("me").id for _ in range(3)] == [short, first_long, second_long]
    assert store.claim("me") is None


def test_what_dead_processes_left_is_queued_again(store):
    dead = ended_process()
    jobs = [add(store) for _ in range(4)]
    assert store.claim_one(jobs[0], dead) and store.claim_one(jobs[1], runner_id())
    assert store.claim_one(jobs[2], dead) and store.claim_one(jobs[3], "elsewhere:boot|12|99")
    store.cancel(jobs[2], "ann")
    assert store.recover() == 1
    assert [store.get(job_id).state for job_id in jobs] == ["queued", "running", "cancelled", "running"]


def test_signs_of_life():
    here, elsewhere = runner_id(), "elsewhere:boot|12|99"
    assert alive(here, None) and not alive(ended_process(), time.time())
    machine, number, began = here.split("|")
    assert not alive(f"{machine}|{number}|{int(began) - 1}", time.time()), "another process of the same number"
    assert alive(elsewhere, time.time()) and not alive(elsewhere, time.time() - DEAD_AFTER_S - 1)
    assert not alive(None, None) and not alive("", time.time())


def test_a_job_that_ends_every_process_is_given_up(store):
    dead, job_id = ended_process(), add(store)
    for _ in range(MOST_ATTEMPTS):
        assert store.get(job_id).state == "queued"
        store.claim_one(job_id, dead)
        store.recover()
    job = store.get(job_id)
    assert job.state == "failed" and job.error == ("job.killed", {"times": MOST_ATTEMPTS})


def test_putting_back_is_no_failure(store):
    job_id = add(store)
    for _ in range(MOST_ATTEMPTS + 2):
        store.claim_one(job_id, "me")
        assert store.put_back(job_id, "me")
    assert store.get(job_id).state == "queued"


def test_a_runner_that_lost_its_job_has_no_say(store):
    job_id = add(store)
    store.claim_one(job_id, "first")
    assert store.report(job_id, "first", done=3)
    store.put_back(job_id, "first")
    store.claim_one(job_id, "second")
    assert not store.report(job_id, "first", done=9)
    assert not store.end(job_id, "first", "done")
    assert not store.put_back(job_id, "first")
    assert store.cancelled(job_id, "first") and not store.cancelled(job_id, "second")
    job = store.get(job_id)
    assert (job.state, job.done) == ("running", 3)
    assert store.end(job_id, "second", "done", result={})
    assert store.get(job_id).state == "done"


def test_watching_is_woken_by_a_change_and_not_too_often(store, monkeypatch):
    monkeypatch.setattr("studio.jobs.LOOK_EVERY_S", 10 * PATIENCE_S)
    job_id = add(store)
    seen: list[Job] = []
    watcher = threading.Thread(target=lambda: seen.extend(store.watch(job_id, "ann")), daemon=True)
    began = time.monotonic()
    watcher.start()
    time.sleep(AT_MOST_EVERY_S)
    store.claim_one(job_id, "me")
    for done in range(100):
        store.report(job_id, "me", done=done, total=100)
        time.sleep(0.01)
    store.end(job_id, "me", "done", done=100)
    watcher.join(PATIENCE_S)
    assert not watcher.is_alive(), "no change woke it"
    assert seen[-1].state == "done" and seen[-1].done == 100
    assert len(seen) <= (time.monotonic() - began) / AT_MOST_EVERY_S + 3


def test_watching_tells_at_once_what_is_more_than_progress(store, tmp_path, monkeypatch):
    for pause in ("LOOK_EVERY_S", "AT_MOST_EVERY_S"):
        monkeypatch.setattr(f"studio.jobs.{pause}", 10 * PATIENCE_S)
    job_id = add(store)
    seen: list[Job] = []
    watcher = threading.Thread(target=lambda: seen.extend(store.watch(job_id, "ann")), daemon=True)
    watcher.start()
    until(lambda: seen)
    store.claim_one(job_id, "me")
    until(lambda: seen[-1].state == "running")
    store.report(job_id, "me", done=1, total=2)
    store.report(job_id, "me", preview=str(tmp_path / "preview.mp3"))
    until(lambda: seen[-1].audible)
    store.report(job_id, "me", notes=[["some.note", {}]])
    until(lambda: seen[-1].notes)
    store.end(job_id, "me", "done")
    until(lambda: seen[-1].over)


def test_watching_sees_what_another_process_does(store, tmp_path):
    job_id = add(store)
    look = store.watch(job_id, "ann", timeout=PATIENCE_S)
    assert next(look).state == "queued"
    subprocess.run(
        [sys.executable, "-c", CLAIMER, str(tmp_path / "studio.db"), "other"],
        input="go\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    assert next(look).state == "running"


def test_watching_ends_when_time_is_up(store):
    job_id = add(store)
    began = time.monotonic()
    assert len(list(store.watch(job_id, "ann", timeout=0.4))) == 1
    assert time.monotonic() - began >= 0.4


def test_estimates_come_from_jobs_like_it(store):
    def ran(worked: float, **more) -> None:
        job_id = add(store, long=True, engine="ink", **more)
        store.claim_one(job_id, "me")
        store.end(job_id, "me", "done", worked=worked)

    unknown = add(store, long=True, engine="ink")
    assert store.get(unknown).eta_s is None
    store.cancel(unknown, "ann")
    for worked in (19.0, 20.0, 300.0):
        ran(worked, size=20, weight=10.0)
    ran(4.0, size=16, weight=10.0)
    like = add(store, long=True, engine="ink", size=20, weight=30.0)
    assert store.get(like).eta_s == pytest.approx(60)
    behind = add(store, long=True, engine="ink", size=16, weight=10.0)
    assert store.get(behind).eta_s == pytest.approx(64), "the wait for the job before it counts"
    store.claim_one(like, "me")
    store.report(like, "me", done=25, total=100, worked=10.0)
    assert store.get(like).eta_s == pytest.approx(30), "its own pace counts once it has one"
    assert store.get(behind).eta_s == pytest.approx(34)


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path):
    file = tmp_path / "studio.db"
    with sqlite3.connect(file) as old:
        old.executescript((Path(__file__).parent / "first_version.sql").read_text(encoding="utf-8"))
        old.execute(
            "INSERT INTO jobs (id, task, owner, state, request, long, done, unit, notes, outputs, cancel, created, worked, changed) "
            "VALUES ('kept', 'cartoon', 'ann', 'queued', ?, 1, 0, '', '[]', '[]', 0, 1.0, 0.0, 0)",
            [json.dumps({"source": "x"})],
        )
    store = JobStore(open_store(file))
    job = store.claim("me")
    assert job.id == "kept" and job.request == {"source": "x"} and job.long
    with sqlite3.connect(file) as new:
        assert new.execute("SELECT value FROM meta WHERE name = 'version'").fetchone() == (str(VERSION),)
        assert new.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    JobStore(open_store(file)).get("kept")


def test_a_newer_database_is_refused(tmp_path):
    open_store(tmp_path / "studio.db")
    with sqlite3.connect(tmp_path / "studio.db") as base:
        base.execute("UPDATE meta SET value = '999'")
    with pytest.raises(RuntimeError, match="newer"):
        open_store(tmp_path / "studio.db")


def test_a_forked_child_has_connections_and_locks_of_its_own(store):
    job_id = add(store)
    held = threading.Event()
    release = threading.Event()

    def hold() -> None:
        with store._signals._condition:
            held.set()
            release.wait(PATIENCE_S)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if not child:
        job = store.claim_one(job_id, "child")
        os._exit(0 if job and store.report(job_id, "child", done=7) else 1)
    release.set()
    holder.join()
    assert os.waitpid(child, 0)[1] == 0
    assert store.get(job_id).done == 7
