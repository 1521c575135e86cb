"""The studio as its faces see it: submit a task, watch a job, keep a library."""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.asking import answered
from studio.asset import Asset
from studio.cards import Cards
from studio.catalog.catalog import Catalog
from studio.catalog.indexes import Indexes
from studio.catalog.places import Places
from studio.catalog.shelves import Shelves
from studio.downloads import Downloads
from studio.engine import PACKAGE, Engine, Reason, choose, discover, lacking, part
from studio.errors import BadInput, NotFound, StudioError, Unavailable
from studio.hubs import Hubs
from studio.invalid import BadSetting, refusal
from studio.janitor import Janitor
from studio.job import UNFINISHED
from studio.jobs import Job, JobStore
from studio.lexicons import Lexicons
from studio.library import Library
from studio.limits import Limits, trimmed
from studio.machine import devices
from studio.media import NAME_LENGTH, Medium, bad_name, media_values
from studio.memory import Residency
from studio.ownparts import OwnParts
from studio.recall import Recalled, recall
from studio.rights import Rights
from studio.services import Given, Service, Services
from studio.settings import Home, Settings
from studio.store import open_store
from studio.tasks import Request, Result, flat_values, flatten, tasks, unflatten
from studio.tokens import Tokens
from studio.warmup import WarmUp, compiled_folder
from studio.worker import Worker


class Studio:
    """Everything behind the faces. ``start`` begins to work, ``close`` puts running jobs back into the queue."""

    def __init__(self, settings: Settings, package: str = PACKAGE) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        here = devices(settings.device)
        address = settings.database_url
        db = open_store(address.get_secret_value() if address else settings.database)
        self.settings = settings
        self.limits = Limits(settings)
        self.memory = Residency.of(settings)
        self.cards = Cards(settings, changed=self.memory.unload)
        self.downloads = Downloads(self.cards, Hubs.of(settings))
        self.library = Library(db, settings.data_dir / "library", self.limits)
        self.jobs = JobStore(db, workers=len(here))
        self.tokens = Tokens(db)
        self.rights = Rights(db)
        self.parts = OwnParts(db, self.library, settings.uploads_dir)
        self.janitor = Janitor(settings, self.jobs, self.library)
        self.services = Services.of(settings)
        self.lexicons = Lexicons(settings.data_dir / "lexicons")
        self.catalog = Catalog(db)
        milvus = settings.milvus_url, settings.milvus_token.get_secret_value() if settings.milvus_token else ""
        self.indexes = Indexes(db, settings.data_dir / "indexes", *milvus)
        self.warm_up = WarmUp(compiled_folder(settings), package)
        self.worker = Worker(
            self.jobs,
            self.library,
            self.cards,
            self.memory,
            settings.data_dir,
            here,
            settings.job_threads,
            package,
            self.warm_up,
            self.services,
            self.parts,
            self.shelves,
        )

    def start(self, *, warm: bool = False) -> None:
        """Begin to work and to tidy up, with ``warm`` also to compile what engines need; on ZeroGPU jobs run inline."""
        self.janitor.start()
        self.memory.start()
        if self.settings.home is not Home.ZEROGPU:
            self.worker.start()
        if warm:
            self.warm_up.soon()

    def close(self) -> None:
        self.worker.close()
        self.warm_up.close()
        self.janitor.close()
        self.downloads.close()
        self.memory.close()
        self.indexes.close()

    def shelves(self, owner: str) -> Shelves:
        """An owner's libraries of footage."""
        return Shelves(owner, self.catalog, self.indexes, self.library, Places.of(self.settings, owner))

    def answer(
        self,
        task: str,
        values: Mapping[str, Any] | Request,
        owner: str,
        given: Mapping[str, tuple[Path, str]] | None = None,
    ) -> Result:
        """Do a task that is so short that it needs no job, at once. ``given`` are media that aren't in the library: path and kind by
        the value that stands for them. Raises what ``submit`` and the work raise.
        """
        request = values if isinstance(values, Request) else self._validated(task, values)
        assert tasks()[task].direct
        if not given:
            self._used(request, owner)
        return answered(self, task, request, owner, given or {})

    def expect(self, task: str) -> None:
        """Load what a task's first job in this process would wait for: while a visitor still chooses, nobody does."""
        for found in discover(task, self.worker.package):
            if found.stand_by is not None and self.warm_up.ready:
                found.stand_by()

    def submit(self, task: str, values: Mapping[str, Any] | Request, owner: str, services: Given | None = None) -> Job:
        """Check and queue a request. What was asked for before and stopped goes on where it was, as the same job.

        ``services`` are servers that the visitor gives for this job: their addresses and keys stay in memory, until it is over.
        Raises BadInput that names the field, NotAllowed where the task asks for rights that weren't confirmed, NotFound
        for media of others and models that don't exist, Unavailable for models that aren't installed, LimitReached, DiskFull.
        """
        if task not in tasks():
            raise BadInput("face.no_task", name=task, known=", ".join(tasks()))
        given = self.services.read(services or {})
        request = values if isinstance(values, Request) else self._validated(task, values)
        request = self._named(task, request, given)
        if tasks()[task].rights and request.asks_rights():
            self.rights.demand(owner, task)
        _check_names(task, request)
        used = self._used(request, owner)
        self._check_cards(request)
        self.limits.check_job(self.jobs.waiting(owner), self.library.usage(owner), self.library.usage())
        self.limits.check_length(trimmed(request, asset.seconds) for asset in used if asset.kind == "video")
        self.limits.check_room(self.settings.data_dir, 0)
        wanted = request.model_dump(mode="json")
        likely = self._likely_engine(task, request, given)
        self.services.forget_those(self._is_over)
        if stopped := self._stopped(task, owner, wanted):
            self.services.keep(stopped, given)
            if self.jobs.reopen(stopped):
                return self.jobs.get(stopped)
        job_id = self.jobs.add(
            task,
            owner,
            wanted,
            long=request.is_long(frozenset(asset.kind for asset in used)),
            engine=likely.name if likely else None,
            size=_size(used),
            weight=max([1.0, *(trimmed(request, asset.seconds) for asset in used)]),
            prepare=lambda job_id: self.services.keep(job_id, given),
        )
        return self.jobs.get(job_id)

    def watch(self, job_id: str, owner: str, timeout: float | None = None) -> Iterator[Job]:
        """Snapshots of a job: one at once, one after each change, the last one when it is over."""
        return self.jobs.watch(job_id, owner, timeout)

    def job(self, job_id: str, owner: str) -> Job:
        return self.jobs.get(job_id, owner)

    def jobs_of(self, owner: str, limit: int = 50) -> list[Job]:
        return self.jobs.of(owner, limit)

    def cancel(self, job_id: str, owner: str) -> Job:
        job = self.jobs.cancel(job_id, owner)
        if job.over:
            self.services.forget(job_id)
        return job

    def retry(self, job_id: str, owner: str, services: Given | None = None) -> Job:
        """Run the request of a job that is over again; one that was stopped goes on. ``services`` as in ``submit``."""
        job = self.job(job_id, owner)
        if not job.over:
            raise BadInput("job.unfinished")
        return self.submit(job.task, job.request, owner, services)

    def outputs(self, job: Job) -> list[Asset]:
        """A job's files that its owner hasn't deleted."""
        return self.library.those(job.outputs, job.owner)

    def recall(self, asset_id: str, owner: str) -> Recalled:
        """The task and settings that made a file. Raises NotFound where it doesn't tell, BadInput where they can't be read."""
        here = [card for card in self.cards.all() if self.cards.installed(card.id)]
        models = {Path(file.name).stem: card.id for card in here for file in card.files}
        return recall(self.library, asset_id, owner, {**models, **{card.id: card.id for card in here}})

    def engines(self, task: str, services: Given | None = None) -> list[tuple[Engine, Reason]]:
        """A task's engines, best first, each with what keeps it from running here (false when nothing does).

        ``services`` as in ``submit``.
        """
        means = self.worker.means({**self.services.own, **self.services.read(services or {})})
        return [(found.engine, lacking(found, means)) for found in discover(task, self.worker.package)]

    def models_of(self, service: str, services: Given | None = None) -> list[str]:
        """The models that a service offers, which also tells whether it answers.

        Raises Unavailable where none is set, and what the server's silence or refusal means.
        """
        known: Mapping[str, Service] = {**self.services.own, **self.services.read(services or {})}
        if service not in known:
            raise Unavailable(f"engine.needs_{service}", engine=service)
        found: list[str] = part(f"words.{service}_client").models(known[service])
        return found

    def tidy(self) -> None:
        """Clear away what nobody needs, now."""
        self.janitor.tidy()

    def _likely_engine(self, task: str, request: Request, given: Mapping[str, Service]) -> Engine | None:
        """The engine that would run now; what keeps it from running is told by the job."""
        means = self.worker.means({**self.services.own, **given})
        try:
            return choose(task, request, means, self.worker.package).engine
        except StudioError:
            return None

    def _named(self, task: str, request: Request, given: Mapping[str, Service]) -> Request:
        """The request, with its engine by name where that needs what the visitor gives: no other is to take its place when the
        studio has forgotten it.
        """
        engine = self._likely_engine(task, request, given) if given else None
        return request.model_copy(update={"engine": engine.name}) if engine and engine.services else request

    def _is_over(self, job_id: str) -> bool:
        """Whether a job is known to be over; one that is just being queued can't be seen yet."""
        job = self.jobs.find(job_id)
        return job is not None and job.over

    def _validated(self, task: str, values: Mapping[str, Any]) -> Request:
        model = tasks()[task].request
        try:
            return model.model_validate(unflatten(model, values))
        except ValidationError as error:
            raise refusal(task, error) from error

    def _stopped(self, task: str, owner: str, wanted: Mapping[str, Any]) -> str | None:
        """The owner's newest job of this very request, if it ended unfinished and has left work to go on from."""
        for job in self.jobs.of(owner):
            if job.task == task and job.request == wanted:
                return job.id if job.state in UNFINISHED and self.worker.has_left(job.id) else None
        return None

    def _check_cards(self, request: Request) -> None:
        values = flat_values(request)
        for field in flatten(type(request)):
            card_id = values[field.name]
            if field.extra.get("cards") and card_id and card_id not in field.extra["besides"]:
                card = self.cards.get(card_id)
                if not self.cards.installed(card_id):
                    raise Unavailable("models.absent", name=card.title.en)

    def _used(self, request: Request, owner: str) -> list[Asset]:
        """The owner's files that a request names, each of a kind that its field takes."""
        named = media_values(request)
        self.limits.check_media(len(named))
        return [self._checked(medium, owner) for medium in named]

    def _checked(self, medium: Medium, owner: str) -> Asset:
        field = medium.field
        try:
            asset = self.library.get(medium.id, owner)
        except NotFound as problem:
            if field.shape == "one":
                raise
            raise NotFound("face.no_asset", field=medium.place) from problem
        if asset.kind not in field.media:
            wanted = " / ".join(field.media)
            raise BadInput("job.wrong_kind", field=medium.title, wanted=wanted, name=asset.name, kind=asset.kind)
        return asset


def _check_names(task: str, request: Request) -> None:
    values = flat_values(request)
    for field in flatten(type(request)):
        if (name := bad_name(field, values[field.name])) is not None:
            title = field.info.title or field.name
            raise BadSetting("job.media_name", task=task, setting=field.name, field=title, value=name[:NAME_LENGTH])


def _size(used: Iterable[Asset]) -> int:
    """The largest picture among the inputs, in pixels as a power of two; 0 where there is none."""
    pixels = max(((asset.width or 0) * (asset.height or 0) for asset in used), default=0)
    return round(math.log2(pixels)) if pixels else 0
