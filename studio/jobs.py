"""The job store: what was asked, how it stands, and what came of it. Nothing is lost, nothing runs twice."""

import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFound
from studio.estimate import Outlook
from studio.job import FINAL, UNFINISHED, WAITING, Job, job_of
from studio.runner import alive
from studio.signals import QUEUE, Signals
from studio.store import jobs

AT_MOST_EVERY_S = 0.25
LOOK_EVERY_S = 1.0
MOST_ATTEMPTS = 5
KILLED = ["job.killed", {"times": MOST_ATTEMPTS}]


class JobStore:
    """Jobs in the database. A change wakes the watchers of this process at once; those of others look every second.

    ``workers`` is the number of devices that work side by side, for the estimates.
    """

    def __init__(self, engine: sa.Engine, workers: int = 1) -> None:
        self._db = engine
        self._workers = workers
        self._signals = Signals()

    def add(
        self,
        task: str,
        owner: str,
        request: Mapping[str, Any],
        *,
        long: bool,
        engine: str | None = None,
        size: int = 0,
        weight: float = 1.0,
        prepare: Callable[[str], None] = lambda job_id: None,
    ) -> str:
        """Queue a request; the job's id, which ``prepare`` is given before anybody can take the job.

        ``engine`` will probably do it; ``size`` and ``weight`` as in ``store.jobs``.
        """
        job_id = secrets.token_urlsafe(9)
        row = {
            "id": job_id,
            "task": task,
            "owner": owner,
            "state": "queued",
            "request": dict(request),
            "long": int(long),
        }
        more: dict[str, Any] = {
            "engine": engine,
            "size": size,
            "weight": weight,
            "created": time.time(),
            "notes": [],
            "outputs": [],
        }
        with self._db.begin() as db:
            db.execute(jobs.insert().values(**row, **more))
            prepare(job_id)
        self._signals.fire(QUEUE)
        return job_id

    def get(self, job_id: str, owner: str | None = None) -> Job:
        """Raises NotFound for a job that doesn't exist or is somebody else's (``owner`` None sees all)."""
        with self._db.connect() as db:
            row = db.execute(jobs.select().where(jobs.c.id == job_id)).mappings().first()
            if row is None or (owner is not None and row["owner"] != owner):
                raise NotFound("job.unknown")
            return _told(row, Outlook(db, self._workers))

    def find(self, job_id: str) -> Job | None:
        """The job of that id, whoever's it is, or None."""
        try:
            return self.get(job_id)
        except NotFound:
            return None

    def of(self, owner: str, limit: int = 50) -> list[Job]:
        """The owner's jobs, newest first."""
        return self._several(jobs.select().where(jobs.c.owner == owner).order_by(jobs.c.created.desc()).limit(limit))

    def live(self, owner: str | None = None) -> list[Job]:
        """The jobs that are queued or running, everybody's or one owner's."""
        query = jobs.select().where(jobs.c.state.in_(WAITING))
        return self._several(query if owner is None else query.where(jobs.c.owner == owner))

    def waiting(self, owner: str | None = None) -> int:
        """How many jobs are queued or running."""
        query = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state.in_(WAITING))
        with self._db.connect() as db:
            return int(db.execute(query if owner is None else query.where(jobs.c.owner == owner)).scalar_one())

    def queued(self, *, long: bool | None = None) -> bool:
        """Whether a job waits to be taken; ``long`` False asks for short ones only."""
        query = sa.select(jobs.c.id).where(jobs.c.state == "queued").limit(1)
        with self._db.connect() as db:
            return db.execute(query if long is None else query.where(jobs.c.long == int(long))).first() is not None

    def claim(self, runner: str, *, long: bool | None = None) -> Job | None:
        """Take the next queued job, without estimates: short ones first, then by age. No two callers get the same one."""
        query = (
            sa.select(jobs.c.id)
            .where(jobs.c.state == "queued")
            .order_by(jobs.c.long, jobs.c.created, jobs.c.id)
            .limit(1)
        )
        if long is not None:
            query = query.where(jobs.c.long == int(long))
        while True:
            with self._db.connect() as db:
                job_id = db.execute(query).scalar()
            if job_id is None:
                return None
            if (job := self.claim_one(job_id, runner)) is not None:
                return job

    def claim_one(self, job_id: str, runner: str) -> Job | None:
        """Take this very job, if it is still queued; without estimates."""
        now = time.time()
        values = {"state": "running", "runner": runner, "beat": now, "started": sa.func.coalesce(jobs.c.started, now)}
        if not self._change(job_id, jobs.c.state == "queued", **values, attempts=jobs.c.attempts + 1):
            return None
        self._signals.fire(QUEUE)
        with self._db.connect() as db:
            return job_of(db.execute(jobs.select().where(jobs.c.id == job_id)).mappings().one())

    def update(self, job_id: str, **values: Any) -> None:
        """Change a job, whoever runs it."""
        self._change(job_id, **values)
        self._tell_end(values)

    def report(self, job_id: str, runner: str, /, **values: Any) -> bool:
        """Change a job that ``runner`` runs; false when it has been taken from that runner."""
        changed = self._change(job_id, jobs.c.state == "running", jobs.c.runner == runner, **values, beat=time.time())
        self._tell_end(values)
        return changed

    def end(self, job_id: str, runner: str, state: str, /, **values: Any) -> bool:
        """The runner's last word on a job; false when it has been taken from that runner."""
        return self.report(job_id, runner, state=state, finished=time.time(), runner=None, **values)

    def put_back(self, job_id: str, runner: str) -> bool:
        """Queue a running job again; it goes on where it was. A job that is to be cancelled ends instead."""
        if self._change(
            job_id,
            jobs.c.runner == runner,
            jobs.c.cancel.is_(True),
            state="cancelled",
            finished=time.time(),
            runner=None,
        ):
            return True
        back = self._change(
            job_id,
            jobs.c.state == "running",
            jobs.c.runner == runner,
            state="queued",
            runner=None,
            attempts=jobs.c.attempts - 1,
        )
        self._signals.fire(QUEUE)
        return back

    def cancel(self, job_id: str, owner: str) -> Job:
        """Ask a job to stop; a queued one is cancelled at once."""
        self.get(job_id, owner)
        if self._change(job_id, jobs.c.state == "queued", state="cancelled", finished=time.time()):
            self._signals.fire(QUEUE)
        else:
            self._change(job_id, jobs.c.state == "running", cancel=True)
        return self.get(job_id, owner)

    def reopen(self, job_id: str) -> bool:
        """Queue a job that was cancelled or has failed once more, at the end; its seed, progress and folder stay."""
        fresh: dict[str, Any] = {"error": None, "finished": None, "cancel": False, "attempts": 0, "notes": []}
        again = self._change(job_id, jobs.c.state.in_(UNFINISHED), state="queued", created=time.time(), **fresh)
        self._signals.fire(QUEUE)
        return again

    def cancelled(self, job_id: str, runner: str) -> bool:
        """Whether a running job is to stop: it was cancelled, or isn't this runner's any more."""
        with self._db.connect() as db:
            row = db.execute(sa.select(jobs.c.cancel, jobs.c.runner).where(jobs.c.id == job_id)).first()
        return row is None or bool(row.cancel) or row.runner != runner

    def beat(self, runner: str) -> None:
        """A sign of life for all that this runner runs."""
        with self._db.begin() as db:
            db.execute(jobs.update().where(jobs.c.runner == runner, jobs.c.state == "running").values(beat=time.time()))

    def held(self, runner: str) -> set[str]:
        """The jobs that this runner runs, by what the database says."""
        with self._db.connect() as db:
            query = sa.select(jobs.c.id).where(jobs.c.runner == runner, jobs.c.state == "running")
            return set(db.execute(query).scalars())

    def recover(self) -> int:
        """Queue again what dead processes left running; how many. What has ended too many processes fails."""
        with self._db.connect() as db:
            rows = db.execute(sa.select(jobs).where(jobs.c.state == "running")).mappings().all()
        found = 0
        for row in rows:
            if alive(row["runner"], row["beat"]):
                continue
            values: dict[str, Any] = {"state": "queued"}
            if row["cancel"]:
                values = {"state": "cancelled", "finished": time.time()}
            elif row["attempts"] >= MOST_ATTEMPTS:
                values = {"state": "failed", "finished": time.time(), "error": KILLED}
            if self._change(
                row["id"], jobs.c.state == "running", jobs.c.runner == row["runner"], runner=None, **values
            ):
                found += values["state"] == "queued"
        if found:
            self._signals.fire(QUEUE)
        return found

    def watch(self, job_id: str, owner: str, timeout: float | None = None) -> Iterator[Job]:
        """A snapshot at once and one after each change until the job is over or time is up, of mere progress at most four a second."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        shown: Job | None = None
        pause_over = 0.0
        while True:
            own, either = self._signals.count(job_id), self._signals.count(job_id, QUEUE)
            job, now = self.get(job_id, owner), time.monotonic()
            due = now >= min(pause_over, until)
            if shown is None or _stands(job) != _stands(shown) or (due and _moved(job) != _moved(shown)):
                shown, pause_over = job, now + AT_MOST_EVERY_S
                yield job
                now = time.monotonic()
            if job.over or now >= until:
                return
            if now < pause_over:
                self._signals.wait(own, min(pause_over, until) - now, job_id)
            else:
                self._signals.wait(either, min(LOOK_EVERY_S, until - now), job_id, QUEUE)

    def mark(self) -> int:
        """Take it before looking for work, and give it to ``wait_for_work``: nothing is missed in between."""
        return self._signals.count(QUEUE)

    def wait_for_work(self, mark: int, timeout: float) -> None:
        """Until the queue isn't as it was at ``mark``, or time is up."""
        self._signals.wait(mark, timeout, QUEUE)

    def wake(self) -> None:
        """Wake whoever waits for work."""
        self._signals.fire(QUEUE)

    def _change(self, job_id: str, *only_if: sa.ColumnElement[bool], **values: Any) -> bool:
        """One guarded update: the database decides who was first."""
        with self._db.begin() as db:
            changed = db.execute(
                jobs.update().where(jobs.c.id == job_id, *only_if).values(**values, changed=jobs.c.changed + 1)
            ).rowcount
        if changed:
            self._signals.fire(job_id)
        return bool(changed)

    def _tell_end(self, values: Mapping[str, Any]) -> None:
        if values.get("state") in FINAL:
            self._signals.fire(QUEUE)

    def _several(self, query: sa.Select[Any]) -> list[Job]:
        with self._db.connect() as db:
            rows: Sequence[sa.RowMapping] = db.execute(query).mappings().all()
            outlook = Outlook(db, self._workers)
            return [_told(row, outlook) for row in rows]


def _stands(job: Job) -> tuple[Any, ...]:
    """What a watcher wants to know at once."""
    return job.state, job.preview, job.notes


def _moved(job: Job) -> tuple[Any, ...]:
    return job.changed, job.rank


def _told(row: sa.RowMapping, outlook: Outlook) -> Job:
    """A job with what can be said of its end."""
    rank = outlook.rank(row) if row["state"] == "queued" else None
    return job_of(row, rank, outlook.eta(row) if row["state"] in WAITING else None)
