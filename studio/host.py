"""What stands behind a run: the worker for a job, a plain folder without one."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from studio.engine import part
from studio.errors import BadInput
from studio.sniff import is_words
from studio.tasks import Request

if TYPE_CHECKING:
    from studio.tasks._own import OwnPart

Preview = Callable[[], bytes | str]
"""Makes what can be seen of the work so far: a JPEG, or a text."""


@dataclass
class Output:
    """A file being made: write it to ``path``; ``id`` names it in the library once the block has ended well.

    ``aside``: a step on the way, which isn't shown among the results.
    """

    path: Path
    name: str
    id: str = ""
    aside: bool = False


class Host(Protocol):
    """What stands behind a run: the worker, or a plain folder."""

    def find(self, media: str) -> tuple[Path, str]:
        """Path and kind of a request's media value."""

    def name(self, media: str) -> str:
        """The name that a request's media value had when it came."""

    def own_parts(self) -> "Sequence[OwnPart]":
        """The owner's own parts of figures; their ids are media values."""

    def report(self, done: int, total: int | None, unit: str, preview: "Preview | None") -> None:
        """Keep the progress; ``preview`` is given when one is due."""

    def hear(self, block: bytes) -> None:
        """More of an MP3 that can be listened to while it grows."""

    def cancelled(self) -> bool: ...

    def give_way(self) -> None:
        """Return at once, or after a short job has had the device."""

    def keep(self, output: Output, suffix: str) -> str:
        """Take the finished file; its id."""

    def used(self, card_id: str) -> None:
        """A model card whose files the engine has opened."""

    def generates(self) -> None:
        """What is made from now on is made by a trained model."""

    def resolved(self, request: Request, facts: Mapping[str, str]) -> None:
        """The request as it turned out, and facts besides, for the provenance of what is made from now on."""

    def note(self, key: str, params: Mapping[str, Any]) -> None: ...
    def unnote(self, key: str) -> None: ...


class Folder:
    """Stands behind a run that has no worker."""

    def __init__(self, outdir: Path) -> None:
        self._outdir = outdir
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        self.cards: list[str] = []
        self.generative = False
        self.request: Request | None = None
        self.facts: Mapping[str, str] = {}
        self.parts: Sequence[OwnPart] = ()
        self.done: tuple[int, int | None] = (0, None)

    def find(self, media: str) -> tuple[Path, str]:
        path = Path(media)
        if not path.is_file():
            raise BadInput("media.absent", name=path.name)
        return path, "file" if is_words(path, path.name) else part("media.probe").probe(path).kind

    def name(self, media: str) -> str:
        return Path(media).name

    def own_parts(self) -> "Sequence[OwnPart]":
        return self.parts

    def report(self, done: int, total: int | None, unit: str, preview: Preview | None) -> None:
        self.done = (done, total)

    def hear(self, block: bytes) -> None:
        return

    def cancelled(self) -> bool:
        return False

    def give_way(self) -> None:
        return

    def keep(self, output: Output, suffix: str) -> str:
        target = self._outdir / f"{output.name}{suffix}"
        shutil.move(output.path, target)
        return str(target)

    def used(self, card_id: str) -> None:
        self.cards.append(card_id)

    def generates(self) -> None:
        self.generative = True

    def resolved(self, request: Request, facts: Mapping[str, str]) -> None:
        self.request, self.facts = request, facts

    def note(self, key: str, params: Mapping[str, Any]) -> None:
        self.notes.append((key, params))

    def unnote(self, key: str) -> None:
        self.notes = [note for note in self.notes if note[0] != key]
