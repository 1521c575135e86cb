"""HuggingFace ZeroGPU: each job runs in a process that the platform forks with a graphics card, for as long as the job takes.

``spaces.GPU`` wants a function whose arguments and result can be pickled, and finds the visitor whose quota it takes in the context
of Gradio's request. So a job's id goes in, everything else stands in the database, and the thread that waits for the job
carries the context in which it was submitted. A forked process opens the studio anew: database connections and locks of
its parent are of no use to it.
"""

import contextvars
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from studio.engine import PACKAGE
from studio.jobs import FINAL, Job
from studio.services import Given, Service
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks import Request

log = logging.getLogger(__name__)

SHORT_S, LONG_S = 30, 120
MARGIN = 1.5


class ZeroStudio(Studio):
    """A studio whose jobs run inline, each inside ``spaces.GPU``. Off the platform that decorator changes nothing."""

    def __init__(self, settings: Settings, package: str = PACKAGE) -> None:
        super().__init__(settings, package)
        self._package = package
        self._on_gpu = _decorated()
        self._running: list[threading.Thread] = []

    def start(self, *, warm: bool = False) -> None:
        """Begin, and go on with what an earlier process left."""
        super().start(warm=warm)
        self.jobs.recover()
        left = list(iter(lambda: self.jobs.claim(self.worker.runner), None))
        for job in left:
            self.jobs.update(job.id, state="queued", runner=None)
            self._begin(job.id)

    def close(self) -> None:
        for thread in self._running:
            thread.join()
        super().close()

    def submit(self, task: str, values: Mapping[str, Any] | Request, owner: str, services: Given | None = None) -> Job:
        """Check a request and set out to run it. Errors as in ``Studio.submit``."""
        job = super().submit(task, values, owner, services)
        self._begin(job.id)
        return job

    def _begin(self, job_id: str) -> None:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._run, job_id), name=f"job-{job_id}", daemon=True)
        self._running = [item for item in self._running if item.is_alive()] + [thread]
        thread.start()

    def _run(self, job_id: str) -> None:
        """Wait for a card and for the job. What the platform refuses, such as a used-up quota, fails the job with its words."""
        try:
            self._on_gpu(self.settings, self._package, job_id, self.services.given(job_id))
        except Exception as refused:
            log.warning("job %s: %s", job_id, refused)
            if self.jobs.get(job_id).state not in FINAL:
                reason = str(getattr(refused, "message", refused))
                self.jobs.update(
                    job_id, state="failed", error=["home.gpu", {"reason": reason}], runner=None, finished=time.time()
                )
        finally:
            self.services.forget(job_id)


def work(settings: Settings, package: str, job_id: str, given: Mapping[str, Service]) -> None:
    """Run one queued job to its end in this process, with the servers that its visitor has given."""
    studio = _studio_here(os.getpid(), settings, package)
    studio.services.keep(job_id, given)
    studio.worker.run_inline(job_id)


def seconds(settings: Settings, package: str, job_id: str, given: Mapping[str, Service]) -> int:
    """How long a card is asked for: half as long again as the job will probably take. Less is served sooner."""
    job = _studio_here(os.getpid(), settings, package).jobs.get(job_id)
    most = LONG_S if job.long else SHORT_S
    return most if job.eta_s is None else max(SHORT_S // 2, min(most, round(job.eta_s * MARGIN)))


@cache
def _decorated() -> Callable[[Settings, str, str, Mapping[str, Service]], None]:
    """``work`` under the platform's decorator, once: the platform keeps every function that it has ever decorated."""
    decorated: Callable[[Settings, str, str, Mapping[str, Service]], None] = importlib.import_module("spaces").GPU(
        duration=seconds
    )(work)
    return decorated


@cache
def _studio_here(pid: int, settings: Settings, package: str) -> Studio:
    """The studio of this very process."""
    return Studio(settings, package)
