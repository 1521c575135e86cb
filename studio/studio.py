"""The studio as its faces see it: submit a task, watch a job, keep a library."""

import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.cards import Cards
from studio.downloads import Downloads
from studio.engine import PACKAGE
from studio.errors import BadInput, LimitReached
from studio.hubs import Hubs
from studio.jobs import Job, JobStore
from studio.library import Asset, Library
from studio.machine import devices
from studio.memory import Residency
from studio.settings import GB, MB, Home, Settings
from studio.store import open_store
from studio.tasks import Request, flatten, media_values, tasks, unflatten
from studio.worker import Worker

log = logging.getLogger(__name__)


class Studio:
    """Everything behind the faces. ``start`` begins to work, ``close`` puts running jobs back into the queue."""

    def __init__(self, settings: Settings, package: str = PACKAGE) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        db = open_store(settings.database)
        self.cards = Cards(settings)
        self.downloads = Downloads(self.cards, Hubs.of(settings))
        self.memory = Residency.of(settings)
        self.library = Library(db, settings.data_dir / "library", self.cards)
        self.jobs = JobStore(db)
        self.worker = Worker(
            self.jobs, self.library, self.cards, self.memory, settings.data_dir, devices(settings.device), settings.job_threads, package
        )

    def start(self) -> None:
        """Clear away old temporary files and begin to work; on ZeroGPU jobs run inline instead."""
        self.tidy()
        self.memory.start()
        if self.settings.home is not Home.ZEROGPU:
            self.worker.start()

    def close(self) -> None:
        self.worker.close()
        self.downloads.close()
        self.memory.close()

    def submit(self, task: str, values: Mapping[str, Any] | Request, owner: str) -> Job:
        """Check and queue a request. Raises BadInput that names the field, NotFound for media of others, LimitReached."""
        if task not in tasks():
            raise BadInput("face.no_task", name=task, known=", ".join(tasks()))
        request = values if isinstance(values, Request) else self._validated(task, values)
        used = {name: self.library.get(value, owner) for name, value in media_values(request).items()}
        self._check_kinds(request, used)
        self._check_limits(request, used, owner)
        long = request.is_long(frozenset(asset.kind for asset in used.values()))
        return self.jobs.get(self.jobs.add(task, owner, request.model_dump(mode="json"), long=long))

    def watch(self, job_id: str, owner: str, timeout: float | None = None) -> Iterator[Job]:
        """Snapshots of a job: one at once, one after each change, the last one when it is over."""
        return self.jobs.watch(job_id, owner, timeout)

    def job(self, job_id: str, owner: str) -> Job:
        return self.jobs.get(job_id, owner)

    def jobs_of(self, owner: str, limit: int = 50) -> list[Job]:
        return self.jobs.of(owner, limit)

    def cancel(self, job_id: str, owner: str) -> Job:
        return self.jobs.cancel(job_id, owner)

    def retry(self, job_id: str, owner: str) -> Job:
        """Run a finished job's request again, as a new job."""
        job = self.job(job_id, owner)
        if not job.over:
            raise BadInput("job.unfinished")
        return self.submit(job.task, job.request, owner)

    def tidy(self) -> None:
        """Remove temporary files past their age, and working folders of jobs that are over or gone."""
        old = time.time() - self.settings.temp_hours * 3600
        temporary = self.settings.data_dir / "tmp"
        for file in temporary.rglob("*") if temporary.is_dir() else ():
            if file.is_file() and file.stat().st_mtime < old:
                file.unlink(missing_ok=True)
        for folder in self.worker.jobs_dir.iterdir() if self.worker.jobs_dir.is_dir() else ():
            if self._is_left(folder, old):
                shutil.rmtree(folder, ignore_errors=True)

    def _is_left(self, folder: Path, old: float) -> bool:
        found = [job for job in [self.jobs.find(folder.name)] if job is not None]
        return not found or found[0].over and (found[0].finished or 0) < old

    def _validated(self, task: str, values: Mapping[str, Any]) -> Request:
        model = tasks()[task].request
        try:
            return model.model_validate(unflatten(model, values))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = tuple(str(part) for part in first["loc"])
            field = next((f for f in flatten(model) if f.path == path), None)
            shown = (field.info.title if field else None) or ".".join(path) or task
            raise BadInput(
                "job.invalid", field=shown, value=_short(first.get("input")), problem=str(first["msg"]).removeprefix("Value error, ").rstrip(".")
            ) from error

    def _check_kinds(self, request: Request, used: Mapping[str, Asset]) -> None:
        for field in flatten(type(request)):
            asset = used.get(field.name)
            if asset is not None and asset.kind not in field.media:
                wanted = " / ".join(field.media)
                raise BadInput("job.wrong_kind", field=field.info.title, wanted=wanted, name=asset.name, kind=asset.kind)

    def _check_limits(self, request: Request, used: Mapping[str, Asset], owner: str) -> None:
        settings = self.settings
        if (count := self.jobs.waiting(owner)) >= settings.jobs_per_owner:
            raise LimitReached("job.too_many", count=count)
        if (taken := self.library.usage(owner)) > settings.owner_quota_gb * GB:
            raise LimitReached("limit.quota", used=round(taken / GB, 1))
        start, end = float(getattr(request, "start", 0) or 0), getattr(request, "end", None)
        for asset in used.values():
            if asset.bytes > settings.max_upload_mb * MB:
                raise LimitReached("limit.upload", name=asset.name, limit=settings.max_upload_mb)
            seconds = min(asset.seconds or 0.0, end or float("inf")) - start
            if asset.kind == "video" and seconds > settings.max_video_seconds:
                raise LimitReached("limit.video", seconds=round(seconds), limit=round(settings.max_video_seconds))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
