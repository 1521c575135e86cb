"""What stands behind a run that is answered at once, without a job: the owner's files can be read, and nothing is made."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine import choose
from studio.errors import Failed
from studio.host import Output, Preview
from studio.run import Run
from studio.tasks import Request, Result

if TYPE_CHECKING:
    from studio.library import Library
    from studio.studio import Studio
    from studio.tasks._own import OwnPart


def answered(
    studio: "Studio", task: str, request: Request, owner: str, given: Mapping[str, tuple[Path, str]]
) -> Result:
    """The result of a request, worked out now in the caller's thread by the best engine; ``given`` as ``Answering`` has them."""
    means = studio.worker.means({})
    choice = choose(task, request, means, studio.worker.package)
    assert choice.found.run is not None
    host = Answering(studio.library, owner, given)
    run = Run(task, host, studio.settings.data_dir / "tmp", request.seed or 0, device=choice.device, means=means)
    run.cards, run.memory, run.libraries = studio.cards, studio.memory, studio.shelves(owner)
    began = time.monotonic()
    result: Result = choice.found.run(request, run)
    facts = {"engine": choice.engine.name, "why": choice.why.key, "seed": run.seed}
    return result.model_copy(update={**facts, "seconds": round(time.monotonic() - began, 3)})


class Answering:
    """The files of one owner, and those that were ``given`` for this alone: path and kind by the value that stands for them."""

    def __init__(self, library: "Library", owner: str, given: Mapping[str, tuple[Path, str]] | None = None) -> None:
        self._library, self._owner, self._given = library, owner, given or {}

    def find(self, media: str) -> tuple[Path, str]:
        if media in self._given:
            return self._given[media]
        asset = self._library.get(media, self._owner)
        return asset.path, asset.kind

    def name(self, media: str) -> str:
        return self._library.get(media, self._owner).name

    def own_parts(self) -> "Sequence[OwnPart]":
        return ()

    def report(self, done: int, total: int | None, unit: str, preview: Preview | None) -> None:
        return

    def hear(self, block: bytes) -> None:
        return

    def cancelled(self) -> bool:
        return False

    def give_way(self) -> None:
        return

    def keep(self, output: Output, suffix: str) -> str:
        raise Failed("cli.no_result")

    def used(self, card_id: str) -> None:
        return

    def generates(self) -> None:
        return

    def resolved(self, request: Request, facts: Mapping[str, str]) -> None:
        return

    def note(self, key: str, params: Mapping[str, Any]) -> None:
        return

    def unnote(self, key: str) -> None:
        return
