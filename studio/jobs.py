"""The job store: what was asked, how it stands, and what came of it. Nothing is lost, nothing runs twice."""

import os
import secrets
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFound
from studio.store import jobs

FINAL = frozenset({"done", "failed", "cancelled"})
WAITING = ("queued", "running")
LOOK_EVERY_S = 0.25
HISTORY = 20


@dataclass(frozen=True)
class Job:
    """A job as it stands. Times are Unix seconds; ``rank`` counts the jobs before it; ``error`` is (key, params)."""

    id: str
    task: str
    owner: str
    state: str
    request: Mapping[str, Any]
    long: bool
    engine: str | None
    why: Any
    better: Any
    done: int
    total: int | None
    unit: str
    eta_s: float | None
    rank: int | None
    preview: Path | None
    notes: tuple[Any, ...]
    error: tuple[str, Mapping[str, Any]] | None
    outputs: tuple[str, ...]
    result: Mapping[str, Any] | None
    seed: int | None
    created: float
    started: float | None
    finished: float | None
    changed: int

    @property
    def over(self) -> bool:
        return self.state in FINAL


class JobStore:
    """Jobs in the database. Every change wakes the watchers of this process; those of other processes look four times a second."""

    def __init__(self, engine: sa.Engine) -> None:
        self._db = engine
        self._changed = threading.Condition()

    def add(self, task: str, owner: str, request: Mapping[str, Any], *, long: bool) -> str:
        job_id = secrets.token_urlsafe(9)
        row = {"id": job_id, "task": task, "owner": owner, "state": "queued", "request": dict(request), "long": int(long), "created": time.time()}
        with self._db.begin() as db:
            db.execute(jobs.insert().values(**row, notes=[], outputs=[]))
        self._wake()
        return job_id

    def get(self, job_id: str, owner: str | None = None) -> Job:
        """Raises NotFound for a job that doesn't exist or is somebody else's (``owner`` None sees all)."""
        with self._db.connect() as db:
            row = db.execute(jobs.select().where(jobs.c.id == job_id)).mappings().first()
            if row is None or owner is not None and row["owner"] != owner:
                raise NotFound("job.unknown")
            return self._job(db, row)

    def find(self, job_id: str) -> Job | None:
        """The job of that id, whoever's it is, or None."""
        try:
            return self.get(job_id)
        except NotFound:
            return None

    def of(self, owner: str, limit: int = 50) -> list[Job]:
        """The owner's jobs, newest first."""
        with self._db.connect() as db:
            rows = db.execute(jobs.select().where(jobs.c.owner == owner).order_by(jobs.c.created.desc()).limit(limit)).mappings().all()
            return [self._job(db, row) for row in rows]

    def waiting(self, owner: str | None = None) -> int:
        """How many jobs are queued or running."""
        query = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state.in_(WAITING))
        with self._db.connect() as db:
            return int(db.execute(query if owner is None else query.where(jobs.c.owner == owner)).scalar_one())

    def claim(self, runner: str, *, long: bool | None = None) -> Job | None:
        """Take the next queued job: short ones first, then by age. No two callers get the same one."""
        query = sa.select(jobs.c.id).where(jobs.c.state == "queued").order_by(jobs.c.long, jobs.c.created).limit(1)
        if long is not None:
            query = query.where(jobs.c.long == int(long))
        while True:
            with self._db.begin() as db:
                job_id = db.execute(query).scalar()
                if job_id is None:
                    return None
                taken = db.execute(
                    jobs.update()
                    .where(jobs.c.id == job_id, jobs.c.state == "queued")
                    .values(state="running", runner=runner, started=sa.func.coalesce(jobs.c.started, time.time()), changed=jobs.c.changed + 1)
                ).rowcount
            if taken:
                self._wake()
                return self.get(job_id)

    def claim_one(self, job_id: str, runner: str) -> Job | None:
        """Take this very job, if it is still queued."""
        with self._db.begin() as db:
            values = {"state": "running", "runner": runner, "started": time.time()}
            taken = db.execute(jobs.update().where(jobs.c.id == job_id, jobs.c.state == "queued").values(**values)).rowcount
        self._wake()
        return self.get(job_id) if taken else None

    def update(self, job_id: str, **values: Any) -> None:
        with self._db.begin() as db:
            db.execute(jobs.update().where(jobs.c.id == job_id).values(**values, changed=jobs.c.changed + 1))
        self._wake()

    def cancel(self, job_id: str, owner: str) -> Job:
        """Ask a job to stop; a queued one is cancelled at once."""
        self.get(job_id, owner)
        with self._db.begin() as db:
            db.execute(
                jobs.update()
                .where(jobs.c.id == job_id, jobs.c.state == "queued")
                .values(state="cancelled", finished=time.time(), changed=jobs.c.changed + 1)
            )
            db.execute(jobs.update().where(jobs.c.id == job_id, jobs.c.state == "running").values(cancel=True))
        self._wake()
        return self.get(job_id, owner)

    def cancelled(self, job_id: str) -> bool:
        with self._db.connect() as db:
            return bool(db.execute(sa.select(jobs.c.cancel).where(jobs.c.id == job_id)).scalar())

    def short_waits(self) -> bool:
        """Whether a short job is queued."""
        with self._db.connect() as db:
            return db.execute(sa.select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.long == 0).limit(1)).first() is not None

    def recover(self) -> int:
        """Queue again what dead processes left running; how many."""
        with self._db.begin() as db:
            rows = db.execute(sa.select(jobs.c.id, jobs.c.runner).where(jobs.c.state == "running")).all()
            left = [job_id for job_id, runner in rows if not alive(runner)]
            if left:
                db.execute(jobs.update().where(jobs.c.id.in_(left)).values(state="queued", runner=None, changed=jobs.c.changed + 1))
        return len(left)

    def watch(self, job_id: str, owner: str, timeout: float | None = None) -> Iterator[Job]:
        """A snapshot at once and one after each change, at most four a second, until the job is over or time is up."""
        until = None if timeout is None else time.monotonic() + timeout
        seen: tuple[Any, ...] | None = None
        while True:
            job = self.get(job_id, owner)
            mark = (job.changed, job.rank, job.state)
            if mark != seen:
                seen = mark
                yield job
            if job.over or until is not None and time.monotonic() >= until:
                return
            with self._changed:
                self._changed.wait(LOOK_EVERY_S)
            time.sleep(0.02)

    def wait_for_work(self, timeout: float) -> None:
        with self._changed:
            self._changed.wait(timeout)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _job(self, db: sa.Connection, row: sa.RowMapping) -> Job:
        rank = eta = None
        if row["state"] == "queued":
            rank = _rank(db, row)
        if row["state"] in WAITING:
            eta = _eta(db, row)
        values = {name: row[name] for name in Job.__dataclass_fields__ if name in row}
        values.update(
            long=bool(row["long"]),
            rank=rank,
            eta_s=eta,
            preview=Path(row["preview"]) if row["preview"] else None,
            notes=tuple(row["notes"] or ()),
            error=tuple(row["error"]) if row["error"] else None,
            outputs=tuple(row["outputs"] or ()),
        )
        return Job(**values)


def _rank(db: sa.Connection, row: sa.RowMapping) -> int:
    earlier = sa.or_(
        jobs.c.state == "running",
        sa.and_(
            jobs.c.state == "queued",
            sa.or_(jobs.c.long < row["long"], sa.and_(jobs.c.long == row["long"], jobs.c.created < row["created"])),
        ),
    )
    return int(db.execute(sa.select(sa.func.count()).select_from(jobs).where(earlier)).scalar_one())


def _eta(db: sa.Connection, row: sa.RowMapping) -> float | None:
    """Seconds to go: from the job's own pace once it has one, before that from the median of the task's last jobs."""
    if row["state"] == "running" and row["done"] and row["total"] and row["worked"]:
        return max(0.0, row["worked"] / row["done"] * (row["total"] - row["done"]))
    query = (
        sa.select(jobs.c.worked)
        .where(jobs.c.task == row["task"], jobs.c.long == row["long"], jobs.c.state == "done", jobs.c.worked > 0)
        .order_by(jobs.c.finished.desc())
        .limit(HISTORY)
    )
    spent: Sequence[float] = db.execute(query).scalars().all()
    return statistics.median(spent) if spent else None


def runner_id() -> str:
    """This process: its number and when it began, so that a later process of the same number isn't taken for it."""
    return f"{os.getpid()}:{_began(os.getpid())}"


def alive(runner: str | None) -> bool:
    """Whether the process that a runner's id names is still there."""
    if not runner:
        return False
    pid, _, began = runner.partition(":")
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return _began(int(pid)) == began


def _began(pid: int) -> str:
    """Start time of a process in clock ticks where the system tells it, else nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""
