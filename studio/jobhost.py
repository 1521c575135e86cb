"""What stands behind the Run of a job: the store for its progress, the library for its files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine import Choice
from studio.errors import Cancelled
from studio.host import Output, Preview
from studio.jobs import Job
from studio.library import Made
from studio.media import media_values
from studio.tasks import Request
from studio.tasks._own import OwnPart

if TYPE_CHECKING:
    from studio.asset import Asset
    from studio.worker import Worker

REPORT_EVERY_S = 0.25
CHECK_EVERY_S = 0.2
PREVIEW, WORDS = SEEN = "preview.jpg", "preview.txt"
"""What is kept of a job's work to be seen: a picture, or a text."""
HEARD = "preview.mp3"
"""What can be listened to while a job goes on."""


class Stopping(Cancelled):
    """The studio is closing: the job goes back into the queue with what it has done."""


class JobHost:
    """One attempt at a job by one worker."""

    def __init__(self, worker: "Worker", job: Job, device: str, request: Request, choice: Choice, seed: int) -> None:
        self._worker, self._job, self._device = worker, job, device
        self._request, self._choice, self._seed = request, choice, seed
        self.outputs: list[str] = []
        self._models: list[str] = []
        self._generative = choice.engine.generative
        self._notes: list[Any] = []
        self._latest: dict[str, Any] = {}
        self._facts: Mapping[str, str] = {}
        self._began = self._checked = time.monotonic()
        self._reported = self._gave_way = self._away = 0.0
        self._cancelled = self._heard = False

    def find(self, media: str) -> tuple[Path, str]:
        asset = self._worker.library.get(media, self._job.owner)
        return asset.path, asset.kind

    def name(self, media: str) -> str:
        return self._worker.library.get(media, self._job.owner).name

    def own_parts(self) -> Sequence[OwnPart]:
        return self._worker.own_parts.list(self._job.owner) if self._worker.own_parts else ()

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """An error's values, with the names that the owner's files had in place of the library's."""
        shown: dict[str, list[str]] = {}
        for asset in self._used():
            shown.setdefault(asset.path.name, []).append(asset.name)
        return {
            key: " / ".join(shown[value]) if isinstance(value, str) and value in shown else value
            for key, value in params.items()
        }

    def report(self, done: int, total: int | None, unit: str, preview: Preview | None) -> None:
        self._latest |= {"done": done, "total": total, "unit": unit}
        if preview is not None:
            self._latest["preview"] = str(self._show(preview()))
        now = time.monotonic()
        if preview is not None or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._tell(**self._latest, worked=self.worked())

    def hear(self, block: bytes) -> None:
        file = self._worker.workdir(self._job.id) / HEARD
        with file.open("ab" if self._heard else "wb") as out:
            out.write(block)
        if not self._heard:
            self._heard = True
            self._latest["preview"] = str(file)
            self._tell(**self._latest, worked=self.worked())

    def cancelled(self) -> bool:
        """Raises Stopping when the studio closes."""
        if self._worker.stop.is_set():
            raise Stopping
        now = time.monotonic()
        if not self._cancelled and now - self._checked >= CHECK_EVERY_S:
            self._checked = now
            self._cancelled = self._worker.store.cancelled(self._job.id, self._worker.runner)
        return self._cancelled

    def give_way(self) -> None:
        left = time.monotonic()
        if not self._job.long or left - self._gave_way < CHECK_EVERY_S:
            return
        self._worker.let_in(self._device)
        self._gave_way = time.monotonic()
        self._away += self._gave_way - left

    def keep(self, output: Output, suffix: str) -> str:
        made = Made(
            job=self._job.id,
            owner=self._job.owner,
            task=self._job.task,
            engine=self._choice.engine.name,
            generative=self._generative,
            models=self._worker.revisions(self._models),
            request=self._request,
            seed=self._seed,
            worked=round(self.worked(), 3),
            sources=tuple(asset.sha256 for asset in self._used()),
            composite=self._choice.engine.composite,
            synthetic=self._choice.engine.synthetic,
            aside=output.aside,
            facts=self._facts,
        )
        asset = self._worker.library.keep(output.path, f"{output.name}{suffix}", made)
        self.outputs.append(asset.id)
        return asset.id

    def _used(self) -> Iterator["Asset"]:
        for media_id in dict.fromkeys(medium.id for medium in media_values(self._request)):
            yield self._worker.library.get(media_id, self._job.owner)

    def used(self, card_id: str) -> None:
        if card_id not in self._models:
            self._models.append(card_id)

    def generates(self) -> None:
        self._generative = True

    def resolved(self, request: Request, facts: Mapping[str, str]) -> None:
        self._request, self._facts = request, dict(facts)

    def note(self, key: str, params: Mapping[str, Any]) -> None:
        entry = [key, dict(params)]
        if entry not in self._notes:
            self._notes.append(entry)
            self._tell(notes=self._notes)

    def unnote(self, key: str) -> None:
        self._notes = [note for note in self._notes if note[0] != key]
        self._tell(notes=self._notes)

    def worked(self) -> float:
        """Seconds spent on the job, earlier attempts included, without the time that it gave way."""
        return self._job.worked + time.monotonic() - self._began - self._away

    def last(self) -> dict[str, Any]:
        """Progress as it stands, to be written with the job's end."""
        return {**self._latest, "worked": self.worked()}

    def discard(self) -> None:
        """Remove what this attempt has put into the library."""
        self._worker.library.discard(self._job.id, self.outputs)
        self.outputs.clear()

    def _show(self, made: bytes | str) -> Path:
        file = self._worker.workdir(self._job.id) / (WORDS if isinstance(made, str) else PREVIEW)
        beside = file.with_suffix(".new")
        beside.write_bytes(made.encode() if isinstance(made, str) else made)
        beside.replace(file)
        return file

    def _tell(self, **values: Any) -> None:
        if not self._worker.store.report(self._job.id, self._worker.runner, **values):
            self._cancelled = True
