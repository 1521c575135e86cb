"""Workers: threads that take jobs, hold a device's lease while they run them, and let short jobs in between."""

import contextvars
import logging
import secrets
import shutil
import threading
import traceback
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from studio.engine import Choice, Means, Reason, choose
from studio.errors import Cancelled, Failed, OutOfMemory, StudioError, Unavailable
from studio.jobhost import HEARD, SEEN, JobHost, Stopping
from studio.jobs import Job, JobStore
from studio.lease import Lease
from studio.machine_memory import is_out_of_memory
from studio.room import FULL
from studio.run import CACHE, OUT, Run
from studio.runner import BEAT_EVERY_S, runner_id
from studio.services import Services
from studio.tasks import Request, Result, tasks

if TYPE_CHECKING:
    from studio.cards import Cards
    from studio.catalog.shelves import Shelves
    from studio.library import Library
    from studio.memory import Residency
    from studio.ownparts import OwnParts
    from studio.warmup import WarmUp

log = logging.getLogger(__name__)

IDLE_S = 0.5
PATIENCE_S = 10.0
SHORTS_AT_ONCE = 4

Wrap = Callable[[Callable[[], None]], Callable[[], None]]


class Worker:
    """Runs jobs on the devices of this machine: one long job a device, and short ones between its steps."""

    def __init__(
        self,
        store: JobStore,
        library: "Library",
        cards: "Cards",
        memory: "Residency",
        data_dir: Path,
        devices: list[str],
        threads: int,
        package: str = "engines",
        warm_up: "WarmUp | None" = None,
        services: Services | None = None,
        own_parts: "OwnParts | None" = None,
        shelves: "Callable[[str], Shelves] | None" = None,
    ) -> None:
        self.store, self.library, self.cards, self.memory = store, library, cards, memory
        self.services = services or Services()
        self.own_parts, self.shelves = own_parts, shelves
        self.jobs_dir, self.cache = data_dir / "jobs", data_dir / CACHE
        self.devices, self.threads, self.package, self.warm_up = devices, threads, package, warm_up
        self.stop = threading.Event()
        self.runner = f"{runner_id()}|{secrets.token_hex(3)}"
        self._leases = {device: Lease(data_dir / "locks", device) for device in devices}
        self._threads: list[threading.Thread] = []
        self._held: set[str] = set()

    def means(self, services: Container[str]) -> Means:
        devices = list(dict.fromkeys((*self.devices, "cpu")))
        return Means(self.cards.installed, self.cards.of_kind, devices, services)

    def workdir(self, job_id: str) -> Path:
        """The folder of a job, for its checkpoints and its preview."""
        folder = self.jobs_dir / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def revisions(self, card_ids: Iterable[str]) -> dict[str, str]:
        return {card_id: self.cards.get(card_id).revision for card_id in card_ids}

    def start(self) -> None:
        """Queue again what a dead process left, and begin to work."""
        self._recover()
        for device in self.devices:
            self._begin(self._serve, device, name=f"worker-{device}")
        self._begin(self._watch_over, name="worker-beat")

    def close(self) -> None:
        """Stop at the next step; running jobs go back into the queue. Waits ten seconds for an engine to come to one."""
        self.stop.set()
        self.store.wake()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for job_id in list(self._held):
            self.store.put_back(job_id, self.runner)

    def run_inline(self, job_id: str, wrap: Wrap = lambda work: work) -> None:
        """Run one queued job in the caller's thread and context, inside ``wrap`` (such as ZeroGPU's decorator)."""
        job = self.store.claim_one(job_id, self.runner)
        if job is None:
            return
        beating = threading.Event()
        beat = threading.Thread(target=self._beat_until, args=(beating,), name="inline-beat", daemon=True)
        beat.start()
        try:
            wrap(lambda: self.work(job, self.devices[0]))()
        finally:
            beating.set()
            beat.join()

    def work(self, job: Job, device: str) -> None:
        """Run a claimed job to its end, whatever that is."""
        self._held.add(job.id)
        try:
            self._work(job, device)
        finally:
            self._held.discard(job.id)

    def let_in(self, device: str) -> None:
        """Between two steps of a long job: run short jobs that wait, on the lease that this thread already holds."""
        for _ in range(SHORTS_AT_ONCE):
            if self.stop.is_set() or not self.store.queued(long=False):
                return
            short = self.store.claim(self.runner, long=False)
            if short is None:
                return
            contextvars.copy_context().run(self.work, short, device)

    def _work(self, job: Job, device: str) -> None:
        host: JobHost | None = None
        values: dict[str, Any] = {}
        trusted = True
        try:
            request, choice, seed = self._prepare(job)
            host = JobHost(self, job, device, request, choice, seed)
            if job.seed is not None:  # an earlier attempt has drawn it
                self.library.discard(job.id)
            result = self._attempt(job, device, host, request, choice, seed)
            state, values = "done", {"result": result, "outputs": host.outputs, "error": None}
        except Stopping:
            self._put_back(job, host)
            return
        except Cancelled:
            state = "cancelled"
        except StudioError as error:
            state, values = "failed", {"error": [error.key, host.named(error.params) if host else error.params]}
        except (Exception, SystemExit) as error:  # whatever an engine raises, the job ends and the worker lives
            state, values = "failed", {"error": _told(error, job, device)}
            trusted = False
        progress = host.last() if host else {}
        self.services.forget(job.id)
        ours = self.store.report(job.id, self.runner, **progress)
        if host and (state != "done" or not ours):
            host.discard()
        if ours:  # who is told of the end finds nothing that is still cleared away
            self._clear(job.id, unfinished=state != "done" and trusted)
            if not self.store.end(job.id, self.runner, state, **values) and host:
                host.discard()

    def _prepare(self, job: Job) -> tuple[Request, Choice, int]:
        """The request, the engine for it and the seed; noted in the store."""
        if job.task not in tasks():
            raise Failed("job.outdated")
        try:
            request = tasks()[job.task].request.model_validate(job.request)
        except ValidationError as error:
            raise Failed("job.outdated") from error
        self.library.limits.check_room(self.workdir(job.id), 0)
        choice = choose(job.task, request, self.means(self.services.of_job(job.id)), self.package)
        drawn = job.seed if job.seed is not None else request.seed
        seed = secrets.randbits(32) if drawn is None else drawn
        better = [[name, _plain(lack)] for name, lack in choice.better]
        why = {"engine": choice.engine.name, "why": _plain(choice.why), "better": better}
        self.store.report(job.id, self.runner, **why, seed=seed, notes=[])
        return request, choice, seed

    def _attempt(
        self, job: Job, device: str, host: JobHost, request: Request, choice: Choice, seed: int
    ) -> dict[str, Any]:
        """Run the engine, once more where memory ran out; its result as plain values."""
        same_kind = device.partition(":")[0] == choice.device.partition(":")[0]
        where = device if same_kind else choice.device
        services = self.services.of_job(job.id)
        known = (self.cards, self.memory, services, self.means(services), self.cache)
        run = Run(job.id, host, self.workdir(job.id), seed, self.threads, where, *known)
        run.libraries = self.shelves(job.owner) if self.shelves else None
        engine = choice.found.run
        assert engine is not None
        if self.warm_up:
            self.warm_up.wait(choice.found, run)
        try:
            result: Result = engine(request, run)
        except Exception as problem:
            if not (isinstance(problem, OutOfMemory) or is_out_of_memory(problem)):
                raise
            log.warning("job %s ran out of memory, trying once more with nothing else loaded", job.id)
            traceback.clear_frames(problem.__traceback__)
        else:
            return _filled(result, choice, seed, host.worked())
        host.discard()
        self.memory.unload_all()
        return _filled(engine(request, run), choice, seed, host.worked())

    def _put_back(self, job: Job, host: JobHost | None) -> None:
        if host:
            host.discard()
            self.store.report(job.id, self.runner, **host.last())
        self.store.put_back(job.id, self.runner)

    def has_left(self, job_id: str) -> bool:
        """Whether there is anything of a job to go on from."""
        folder = self.jobs_dir / job_id
        return any(file.is_file() and file.name not in (*SEEN, HEARD) for file in folder.rglob("*"))

    def _clear(self, job_id: str, *, unfinished: bool) -> None:
        """Only the last preview stays of a job that is over, and of an unfinished one what it can go on from."""
        for item in self.workdir(job_id).iterdir():
            if unfinished and item.name not in (OUT, HEARD):
                continue
            if item.is_dir():
                shutil.rmtree(item, ignore_errors=True)
            elif item.name not in SEEN:
                item.unlink(missing_ok=True)

    def _serve(self, device: str) -> None:
        lease = self._leases[device]
        while not self.stop.is_set():
            mark = self.store.mark()
            if not self.store.queued():
                self.store.wait_for_work(mark, IDLE_S)
                continue
            if not lease.take(self.stop):
                return
            try:
                job = self.store.claim(self.runner)
                if job is not None:
                    contextvars.copy_context().run(self.work, job, device)
            except (SQLAlchemyError, OSError):
                log.exception("the worker of %s can't reach the database or the disk", device)
                self.stop.wait(IDLE_S)
            finally:
                lease.give_back()

    def _watch_over(self) -> None:
        """Show that this process lives; take up what dead ones have left, and what a thread here has dropped."""
        before: set[str] = set()
        while not self.stop.wait(BEAT_EVERY_S):
            try:
                self.store.beat(self.runner)
                self._recover()
                dropped = self.store.held(self.runner) - self._held
                for job_id in dropped & before:
                    self.store.put_back(job_id, self.runner)
                before = dropped
            except SQLAlchemyError:
                log.exception("the database can't be reached")

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(BEAT_EVERY_S):
            self.store.beat(self.runner)

    def _recover(self) -> None:
        if found := self.store.recover():
            log.warning("%d interrupted jobs go on", found)

    def _begin(self, work: Callable[..., None], *args: Any, name: str) -> None:
        thread = threading.Thread(target=work, args=args, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


def _told(error: BaseException, job: Job, device: str) -> list[Any]:
    """An engine's error as key and values; what nobody foresaw goes into the log, under a reference."""
    if isinstance(error, ImportError):
        log.warning("job %s: %s", job.id, error)
        lack = Unavailable("engine.broken", engine=job.engine or job.task, reason=str(error))
        return [lack.key, lack.params]
    if is_out_of_memory(error):
        return ["models.out_of_memory", {"name": job.task, "device": device}]
    if isinstance(error, OSError) and error.errno in FULL:
        return ["media.disk_full", {}]
    reference = secrets.token_hex(3)
    log.error("job %s broke (%s)", job.id, reference, exc_info=error)
    return ["job.broke", {"reference": reference}]


def _filled(result: Result, choice: Choice, seed: int, seconds: float) -> dict[str, Any]:
    facts: Mapping[str, Any] = {
        "engine": choice.engine.name,
        "why": choice.why.key,
        "seed": seed,
        "seconds": round(seconds, 3),
    }
    return result.model_copy(update=facts).model_dump(mode="json")


def _plain(reason: Reason) -> list[Any]:
    return [reason.key, dict(reason.params or {})]
