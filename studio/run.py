"""The handle that a running engine holds: media in, progress and outputs out, and the one place where it can be
stopped.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from studio.engine import Means, choose
from studio.errors import BadInput, Cancelled, DiskFull, StudioError, Unavailable
from studio.host import Folder, Host, Output, Preview
from studio.piece import Piece
from studio.room import FULL
from studio.tasks import Request, Result

if TYPE_CHECKING:
    from studio.card import Card
    from studio.cards import Cards
    from studio.catalog.shelves import Shelves
    from studio.memory import Residency
    from studio.services import Service
    from studio.tasks._own import OwnPart

OUT = "out"
"""The folder in a job's own where its outputs are written until they are whole."""
CACHE = "cache"
"""The folder of the data where what is worked out once is kept."""
T = TypeVar("T")
PREVIEW_EVERY_S = 0.5


@dataclass
class Run:
    """``device`` is ``cpu`` or ``cuda:0``; ``workdir`` survives a kill and is given again when the job goes on; ``cache`` outlives
    the job, for what is worked out once and can be again, and is None where nothing is kept.
    """

    job_id: str
    host: Host
    workdir: Path
    seed: int
    threads: int = 1
    device: str = "cpu"
    cards: "Cards | None" = None
    memory: "Residency | None" = None
    services: Mapping[str, "Service"] = field(default_factory=dict, repr=False)
    means: Means = field(default_factory=lambda: Means(installed=lambda card: False), repr=False)
    cache: Path | None = None
    libraries: "Shelves | None" = field(default=None, repr=False)
    _previewed: float = field(default=0.0, init=False)

    @classmethod
    def local(cls, workdir: Path, outdir: Path, *, threads: int = 2, seed: int | None = None, **more: Any) -> "Run":
        """A run without a worker: media values are paths, outputs go to ``outdir``."""
        workdir.mkdir(parents=True, exist_ok=True)
        outdir.mkdir(parents=True, exist_ok=True)
        return cls("local", Folder(outdir), workdir, secrets.randbits(32) if seed is None else seed, threads, **more)

    def path(self, media: str) -> Path:
        """Where a request's media are. Raises NotFound when they aren't the owner's."""
        return self.host.find(media)[0]

    def kind(self, media: str) -> str:
        """``image``, ``video``, ``audio`` or ``file``."""
        return self.host.find(media)[1]

    def name(self, media: str) -> str:
        """The name that its owner's file had. Raises NotFound when it isn't the owner's."""
        return self.host.name(media)

    def own_parts(self) -> "Sequence[OwnPart]":
        """Parts of figures that the owner has added; the id of each is a media value."""
        return self.host.own_parts()

    def step(self, done: int, total: int | None, *, preview: Preview | None = None, unit: str = "frames") -> None:
        """Report, and let the job be cancelled or give way: call it at least every two seconds.

        ``preview`` is only called when one is due. Raises Cancelled.
        """
        if self.host.cancelled():
            raise Cancelled
        now = time.monotonic()
        due = preview is not None and now - self._previewed >= PREVIEW_EVERY_S
        if due:
            self._previewed = now
        self.host.report(done, total, unit, preview if due else None)
        self.host.give_way()
        if self.host.cancelled():
            raise Cancelled

    def hear(self, block: bytes) -> None:
        """More of an MP3 of the sound so far: its owner can listen while the work goes on. Nothing of it is kept."""
        if block:
            self.host.hear(block)

    @contextmanager
    def output(self, suffix: str, *, name: str = "", aside: bool = False) -> Iterator[Output]:
        """A file that appears in the library when the block ends well, and leaves nothing behind when it doesn't."""
        output = Output(self.workdir / OUT / f"{secrets.token_hex(4)}{suffix}", name or "atelier", aside=aside)
        try:
            output.path.parent.mkdir(parents=True, exist_ok=True)
            yield output
            output.id = self.host.keep(output, suffix)
        except OSError as error:
            if error.errno in FULL:
                raise DiskFull("media.disk_full") from error
            raise
        finally:
            output.path.unlink(missing_ok=True)

    def model(self, key: str, load: Callable[[], T], *, expect: int = 0) -> AbstractContextManager[T]:
        """A resident model: ``load`` is called when it isn't in memory.

        ``key`` is a card's id, with a slash and more behind it where one card gives several models, or a name of its own.
        ``expect`` is the size in bytes that it is expected to have: so much room is made before it is loaded.
        """
        if self.memory is None:
            raise Unavailable("engine.needs_model", engine=self.job_id, model=key)
        return self.memory.use(key, self.device, load, expect=expect)

    def cards_of(self, task: str, kind: str) -> list["Card"]:
        """The installed cards of a task whose capabilities say this kind."""
        return [] if self.cards is None else self.cards.of_kind(task, kind)

    def card(self, card_id: str) -> "Card":
        if self.cards is None:
            raise Unavailable("engine.needs_model", engine=self.job_id, model=card_id)
        return self.cards.get(card_id)

    def card_hash(self, card_id: str) -> str:
        """The hashes of a card's installed files, in their order."""
        found = [self.cards.sha256(card_id, file.name) or "" for file in self.card(card_id).files] if self.cards else []
        return " ".join(found)

    def first_card(self, card_ids: Sequence[str], task: str, kind: str) -> "Card":
        """The first of these cards whose files are installed, else the first of a task and kind.

        Raises Unavailable, with what the last one lacks, where there is none.
        """
        problem: StudioError = Unavailable("engine.none", task=task)
        for card in [*map(self.card, card_ids), *self.cards_of(task, kind)]:
            try:
                self._check_files(card)
            except Unavailable as reason:
                problem = reason
            else:
                return card
        raise problem

    def card_for(self, model: str | None, card_ids: Sequence[str], task: str, kind: str, *, wrong: str) -> "Card":
        """The card that a request names as its ``model``, else the first installed one as ``first_card`` has it.

        Raises BadInput ``wrong`` for a card of another kind, Unavailable where none is installed.
        """
        if not model:
            return self.first_card(card_ids, task, kind)
        card = self.card(model)
        if card.capabilities.get("kind") != kind:
            raise BadInput(wrong, name=card.title.en)
        return card

    def _check_files(self, card: "Card") -> None:
        for file in card.files:
            if self.cards is not None:
                self.cards.file(card.id, file.name)

    def card_file(self, card_id: str, name: str) -> Path:
        """An installed file of a model card. Raises Unavailable where it isn't installed."""
        if self.cards is None:
            raise Unavailable("engine.needs_model", engine=self.job_id, model=card_id)
        file = self.cards.file(card_id, name)
        self.host.used(card_id)
        return file

    def shelves(self) -> "Shelves":
        """The owner's libraries of footage. Raises Unavailable where there are none."""
        if self.libraries is None:
            raise Unavailable("engine.none", task=self.job_id)
        return self.libraries

    def service(self, name: str) -> "Service":
        """A server that the engine may ask. Raises Unavailable where none is set."""
        if name not in self.services:
            raise Unavailable(f"engine.needs_{name}", engine=name)
        return self.services[name]

    def call(self, task: str, request: Request, *, number: int = 0, of: int = 1, aside: bool = False) -> Result:
        """Another task's best engine at work, as piece ``number`` of ``of`` of this one. Its files are files of this work,
        or steps on its way where they are put ``aside``.

        Raises Unavailable where no engine can do it, and what the engine raises.
        """
        choice = choose(task, request, self.means)
        if choice.engine.generative:
            self.generates()
        seed = self.seed if request.seed is None else request.seed
        device = choice.device if choice.device.partition(":")[0] != self.device.partition(":")[0] else self.device
        workdir = self.workdir / f"{number}-{task}"
        workdir.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        assert choice.found.run is not None
        own = self.piece(number, of, aside=aside)
        result = choice.found.run(request, replace(own, workdir=workdir, seed=seed, device=device))
        facts = {"engine": choice.engine.name, "why": choice.why.key, "seed": seed}
        return result.model_copy(update={**facts, "seconds": round(time.monotonic() - began, 3)})

    def piece(self, number: int, of: int, *, aside: bool = False) -> "Run":
        """The same work, whose progress is piece ``number`` of ``of`` of this one; its files may be put ``aside``."""
        host: Any = Piece(self.host, number, of, aside)
        return replace(self, host=host)

    def generates(self) -> None:
        """Say that a trained model makes the picture, where the engine itself needn't have one (for the provenance)."""
        self.host.generates()

    def resolved(self, request: Request, **facts: str) -> None:
        """The request with what chance has decided: whoever loads the settings of what is made from now on finds it there.

        ``facts`` are told besides in the files themselves, such as a ``prompt`` and a ``negative_prompt``.
        """
        self.host.resolved(request, facts)

    def note(self, key: str, **params: Any) -> None:
        """A remark for the user: the text ``note.<key>``."""
        self.host.note(key, params)

    @contextmanager
    def noting(self, key: str) -> Iterator[None]:
        """A remark that holds while something lasts."""
        self.host.note(key, {})
        try:
            yield
        finally:
            self.host.unnote(key)
