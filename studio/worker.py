"""Workers: threads that take jobs, hold a device's lease while they run them, and let short jobs in between."""

import contextvars
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.engine import Choice, Means, Reason, choose
from studio.errors import Cancelled, Failed, OutOfMemory, StudioError
from studio.jobs import Job, JobStore, runner_id
from studio.lease import Lease
from studio.run import Output, Run
from studio.tasks import Request, tasks

if TYPE_CHECKING:
    from studio.cards import Cards
    from studio.library import Library
    from studio.memory import Residency

log = logging.getLogger(__name__)

IDLE_S = 0.5
REPORT_EVERY_S = 0.25
CHECK_EVERY_S = 0.2

Wrap = Callable[[Callable[[], None]], Callable[[], None]]


class Stopping(Exception):
    """The studio is closing: the job goes back into the queue with what it has done."""


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
    ) -> None:
        self.store, self.library, self.cards, self.memory = store, library, cards, memory
        self.jobs_dir = data_dir / "jobs"
        self.devices, self.threads, self.package = devices, threads, package
        self.stop = threading.Event()
        self.runner = runner_id()
        self._leases = {device: Lease(data_dir / "locks", device) for device in devices}
        self._threads: list[threading.Thread] = []

    @property
    def means(self) -> Means:
        return Means(self.cards.installed, list(dict.fromkeys((*self.devices, "cpu"))))

    def start(self) -> None:
        """Queue again what a dead process left, and begin to work."""
        if found := self.store.recover():
            log.info("%d interrupted jobs go on", found)
        for device in self.devices:
            thread = threading.Thread(target=self._serve, args=(device,), name=f"worker-{device}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Stop at the next step; running jobs go back into the queue."""
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def run_inline(self, job_id: str, wrap: Wrap = lambda work: work) -> None:
        """Run one queued job in the caller's thread and context, inside ``wrap`` (the ZeroGPU decorator)."""
        job = self.store.claim_one(job_id, self.runner)
        if job is not None:
            wrap(lambda: self.work(job, self.devices[0]))()

    def _serve(self, device: str) -> None:
        lease = self._leases[device]
        while not self.stop.is_set():
            if not self.store.waiting():
                self.store.wait_for_work(IDLE_S)
                continue
            if not lease.take(self.stop):
                return
            try:
                job = self.store.claim(self.runner)
                if job is not None:
                    contextvars.copy_context().run(self.work, job, device)
            finally:
                lease.give_back()
            if job is None:
                self.store.wait_for_work(IDLE_S)

    def work(self, job: Job, device: str) -> None:
        """Run a claimed job to its end, whatever that is."""
        began = time.monotonic()
        host = JobHost(self, job, device)
        try:
            self._attempt(job, device, host)
        except Cancelled:
            self._end(job, "cancelled")
        except Stopping:
            self.store.update(job.id, state="queued", runner=None)
            return
        except StudioError as error:
            self._end(job, "failed", error=[error.key, error.params])
        except MemoryError:
            self._end(job, "failed", error=["models.out_of_memory", {"name": job.task, "device": device}])
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("job %s broke (%s)", job.id, reference)
            self._end(job, "failed", error=["job.broke", {"reference": reference}])
        finally:
            host.flush(time.monotonic() - began)

    def _attempt(self, job: Job, device: str, host: "JobHost") -> None:
        task = tasks()[job.task]
        try:
            request = task.request.model_validate(job.request)
        except ValidationError as error:
            raise Failed("job.outdated") from error
        choice = choose(job.task, request, self.means, self.package)
        seed = job.seed if job.seed is not None else (secrets.randbits(32) if request.seed is None else request.seed)
        host.choice, host.request, host.seed = choice, request, seed
        self.store.update(
            job.id, engine=choice.engine.name, why=_plain(choice.why), better=[[name, _plain(lack)] for name, lack in choice.better], seed=seed
        )
        workdir = self.jobs_dir / job.id
        workdir.mkdir(parents=True, exist_ok=True)
        where = choice.device if choice.device.split(":")[0] != device.split(":")[0] else device
        run = Run(job.id, host, workdir, seed, self.threads, where, self.cards, self.memory)
        assert choice.found.run is not None
        began = time.monotonic()
        try:
            result = choice.found.run(request, run)
        except OutOfMemory:
            self.memory.unload_all()
            result = choice.found.run(request, run)
        seconds = round(time.monotonic() - began, 3)
        filled = result.model_copy(update={"engine": choice.engine.name, "why": choice.why.key, "seed": seed, "seconds": seconds})
        self._end(job, "done", result=filled.model_dump(mode="json"), outputs=host.outputs)

    def _end(self, job: Job, state: str, **values: Any) -> None:
        self.store.update(job.id, state=state, finished=time.time(), runner=None, **values)

    def let_in(self, device: str) -> None:
        """Between two steps of a long job: run the short jobs that wait, on the lease that this thread already holds."""
        while not self.stop.is_set():
            short = self.store.claim(self.runner, long=False)
            if short is None:
                return
            self.work(short, device)


class JobHost:
    """What stands behind the Run of a job."""

    def __init__(self, worker: Worker, job: Job, device: str) -> None:
        self._worker, self._job, self._device = worker, job, device
        self.outputs: list[str] = []
        self.choice: Choice | None = None
        self.request: Request | None = None
        self.seed = 0
        self._notes: list[Any] = []
        self._reported = self._checked = 0.0
        self._away = 0.0
        self._began = time.monotonic()
        self._latest: dict[str, Any] = {}
        self._cancelled = False

    def find(self, media: str) -> tuple[Path, str]:
        asset = self._worker.library.get(media, self._job.owner)
        return asset.path, asset.kind

    def report(self, done: int, total: int | None, unit: str, preview: Callable[[], bytes] | None) -> None:
        self._latest = {"done": done, "total": total, "unit": unit}
        now = time.monotonic()
        if preview is not None:
            file = self._worker.jobs_dir / self._job.id / "preview.jpg"
            beside = file.with_suffix(".new")
            beside.write_bytes(preview())
            beside.replace(file)
            self._latest["preview"] = str(file)
        if preview is not None or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._worker.store.update(self._job.id, **self._latest, worked=now - self._began - self._away)

    def cancelled(self) -> bool:
        if self._worker.stop.is_set():
            raise Stopping
        now = time.monotonic()
        if not self._cancelled and now - self._checked >= CHECK_EVERY_S:
            self._checked = now
            self._cancelled = self._worker.store.cancelled(self._job.id)
        return self._cancelled

    def give_way(self) -> None:
        if self._job.long and self._worker.store.short_waits():
            left = time.monotonic()
            self._worker.let_in(self._device)
            self._away += time.monotonic() - left

    def keep(self, output: Output, suffix: str) -> str:
        assert self.choice is not None and self.request is not None
        asset = self._worker.library.keep(output.path, f"{output.name}{suffix}", self._job, self.choice.engine, self.request, self.seed)
        self.outputs.append(asset.id)
        return asset.id

    def note(self, key: str, params: Mapping[str, Any]) -> None:
        self._notes.append([key, dict(params)])
        self._worker.store.update(self._job.id, notes=self._notes)

    def flush(self, seconds: float) -> None:
        """Write the last progress, and how long the job has worked."""
        self._worker.store.update(self._job.id, **self._latest, worked=seconds - self._away)


def _plain(reason: Reason) -> list[Any]:
    return [reason.key, dict(reason.params or {})]
