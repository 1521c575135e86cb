"""The models of this studio: which cards there are, which of their files are here and are what they should be.

Files live in ``<models folder>/<card id>/<file name>``. They come from a download, from an owner's upload
(``import_file``), from somebody who copied them into that folder, or lie in a place of their own that an administrator
named (``Settings.model_paths``). However they came, nothing uses them before their hash was compared with the card's, or with the one of their
first use.
"""

import logging
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from studio.card import Card, CardFile, read_card, read_cards
from studio.checksum import Seal, Seals, plausible, sha256_of
from studio.consent import Consents
from studio.errors import BadInput, NotAllowed, NotFound, Unavailable
from studio.paths import ASSETS
from studio.room import check_room, disk_errors
from studio.settings import Settings

log = logging.getLogger(__name__)

SHIPPED = ASSETS / "models"
OWN = "cards"
PART = ".part"
SETTLE_S = 3.0
"""A file without a published hash that changed so recently may still be being copied, and isn't pinned yet."""

State = Literal["installed", "partial", "missing", "changed"]


class Cards:
    """All cards, with the state of their files.

    ``shipped`` is the folder of the cards that come with the studio; more cards may lie in ``<models folder>/cards``.
    Files that aren't in the models folder are looked for in the settings' ``model_paths``, as ``<card id>/<file name>``,
    or just ``<file name>`` where the card knows the hash. They are checked like all others and never changed or deleted.

    ``changed`` is called with a card's id when its files have been replaced or deleted by the studio.
    """

    def __init__(
        self, settings: Settings, *, shipped: Path = SHIPPED, changed: Callable[[str], object] = lambda card_id: None
    ) -> None:
        self.folder = settings.models_dir
        self._paths = settings.model_paths
        self._changed = changed
        self._cards = {**read_cards(shipped), **_own_cards(self.folder / OWN)}
        self._consents = Consents(self.folder / "consent.db")
        self._seals: dict[str, Seals] = {card: Seals(self.folder / card) for card in self._cards}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def all(self) -> list[Card]:
        return list(self._cards.values())

    def get(self, card_id: str) -> Card:
        """The card of that id; NotFound when there is none."""
        try:
            return self._cards[card_id]
        except KeyError:
            raise NotFound("models.unknown", id=card_id) from None

    def for_task(self, task: str) -> list[Card]:
        return [card for card in self._cards.values() if task == card.task or task in card.serves]

    def of_kind(self, task: str, kind: str, *, installed: bool = True) -> list[Card]:
        """The cards of a task whose capabilities say this kind: those that are installed, or all."""
        found = [card for card in self.for_task(task) if card.capabilities.get("kind") == kind]
        return [card for card in found if not installed or self.installed(card.id)]

    def installed(self, card_id: str) -> bool:
        """Whether a model can be used; false for a card that doesn't exist."""
        return card_id in self._cards and self.state(card_id) == "installed"

    def state(self, card_id: str) -> State:
        """installed: all files are here and checked. changed: one isn't what was checked. partial: a part is here."""
        states = [self.file_state(card_id, file.name) for file in self.get(card_id).files]
        if "changed" in states:
            return "changed"
        if all(state == "installed" for state in states):
            return "installed"
        return "missing" if all(state == "missing" for state in states) else "partial"

    def file_state(self, card_id: str, name: str) -> State:
        file = self._file(card_id, name)
        path = self.path(card_id, name)
        try:
            seal = self._check(card_id, file, path)
        except FileNotFoundError:
            return "partial" if path.with_name(path.name + PART).exists() else "missing"
        except OSError as problem:
            log.warning("%s can't be read: %s", path, problem)
            return "changed"
        if seal is None:
            return "partial" if _settling(path) else "changed"
        return "installed" if seal.sha256 == (file.sha256 or seal.pinned) else "changed"

    def path(self, card_id: str, name: str) -> Path:
        """Where a file is, or would be once it is here."""
        file = self._file(card_id, name)
        return self._elsewhere(card_id, file) or self.folder / card_id / file.name

    def elsewhere(self, card_id: str) -> bool:
        """Whether a file of this card is used from where an administrator keeps it."""
        return any(self._elsewhere(card_id, file) for file in self.get(card_id).files)

    def file(self, card_id: str, name: str) -> Path:
        """A checked file, ready to load. Unavailable when it is missing or isn't what was checked."""
        state = self.file_state(card_id, name)
        if state == "installed":
            return self.path(card_id, name)
        title = self.get(card_id).title.en
        if state == "changed":
            raise Unavailable("models.changed", name=title, file=name)
        raise Unavailable("models.missing", name=title, file=name, folder=str(self.path(card_id, name).parent))

    def sha256(self, card_id: str, name: str) -> str | None:
        """The hash of a file as it was last read, to show; None while there is no such file."""
        seal = self._seals[card_id].get(self._file(card_id, name).name)
        return seal.sha256 if seal else None

    def disk_bytes(self, card_id: str) -> int:
        """What a card's files take on disk, unfinished ones too."""
        paths = [self.path(card_id, file.name) for file in self.get(card_id).files]
        paths += [path.with_name(path.name + PART) for path in paths]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def accept(self, card_id: str, owner: str) -> None:
        """Note that an owner accepts a card's licence."""
        self._consents.accept(owner, card_id, _licence(self.get(card_id)))

    def accepted(self, card_id: str, owner: str) -> bool:
        """Whether an owner may download a model: its licence is free for all uses, or they accepted it."""
        card = self.get(card_id)
        return card.commercial or self._consents.accepted(owner, card_id, _licence(card))

    def import_file(self, card_id: str, source: Path, name: str | None = None) -> str:
        """Take a file that a person brought. Returns the name of the card's file that it is.

        ``name`` is what the person's file was called; its hash decides where the card states one, else its name, else
        there is only one file that it can be. Raises BadInput when it isn't any of them, and then nothing has changed.
        """
        card = self.get(card_id)
        if self.elsewhere(card_id):
            raise NotAllowed("models.elsewhere", name=card.title.en)
        digest = sha256_of(source)
        file = _recognise(card, name or source.name, digest, source.stat().st_size)
        if not plausible(file.name, source):
            raise BadInput("models.not_a_model", file=name or source.name, name=card.title.en)
        target = self.path(card_id, file.name)
        beside = target.with_name(target.name + ".import")
        with disk_errors(target.parent, lambda: source.stat().st_size, lambda: beside.unlink(missing_ok=True)):
            target.parent.mkdir(parents=True, exist_ok=True)
            check_room(target.parent, source.stat().st_size)
            try:
                shutil.copyfile(source, beside)
                beside.replace(target)
            finally:
                beside.unlink(missing_ok=True)
        self.seal(card_id, file.name, digest)
        return file.name

    def seal(self, card_id: str, name: str, sha256: str) -> None:
        """Record the hash of a file that has just arrived and was checked, and pin it where the card states none."""
        file = self._file(card_id, name)
        self._seals[card_id].put(name, self.path(card_id, name).stat(), sha256, None if file.sha256 else sha256)
        self._changed(card_id)

    def remove(self, card_id: str) -> None:
        """Delete a card's files, finished and not; NotAllowed for files that lie where an administrator put them."""
        card = self.get(card_id)
        if self.elsewhere(card_id):
            raise NotAllowed("models.elsewhere", name=card.title.en)
        for file in card.files:
            path = self.path(card_id, file.name)
            for found in (path, *path.parent.glob(f"{path.name}{PART}*")):
                found.unlink(missing_ok=True)
            self._seals[card_id].drop(file.name)
        self._changed(card_id)

    def _check(self, card_id: str, file: CardFile, path: Path) -> Seal | None:
        """The seal of a file as it is now, read anew where it changed; None where it can't be what the card says."""
        seals = self._seals[card_id]
        with self._locks[card_id]:
            stat = path.stat()
            seal = seals.get(file.name)
            if seal and seal.fits(path):
                return seal
            if file.bytes not in (None, stat.st_size) or not plausible(file.name, path):
                return None
            pinned = seal.pinned if seal else None
            if not file.sha256 and not pinned and _settling(path):
                return None
            digest = sha256_of(path)
            return seals.put(file.name, stat, digest, None if file.sha256 else pinned or digest)

    def _file(self, card_id: str, name: str) -> CardFile:
        try:
            return self.get(card_id).file(name)
        except KeyError:
            raise NotFound("models.unknown", id=f"{card_id}/{name}") from None

    def _elsewhere(self, card_id: str, file: CardFile) -> Path | None:
        """Where a file lies that isn't in the models folder but in one of the administrator's."""
        own = self.folder / card_id / file.name
        if not self._paths or own.exists():
            return None
        names = (f"{card_id}/{file.name}", file.name) if file.sha256 else (f"{card_id}/{file.name}",)
        places = (folder / name for folder in self._paths for name in names)
        return next((place for place in places if place.is_file()), None)


def _licence(card: Card) -> str:
    return f"{card.licence} <{card.licence_url}>"


def _settling(path: Path) -> bool:
    stat = path.stat()
    return time.time() - max(stat.st_mtime, stat.st_ctime) < SETTLE_S


def _own_cards(folder: Path) -> dict[str, Card]:
    found = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            card = read_card(file)
        except (ValueError, OSError) as problem:
            log.warning("a card is left out: %s", problem)
        else:
            found[card.id] = card
    return found


def _recognise(card: Card, name: str, sha256: str, size: int) -> CardFile:
    """The file of a card that a brought file is; BadInput when it is none."""
    for file in card.files:
        if file.sha256 == sha256:
            return file
    called = [file for file in card.files if Path(file.name).name.lower() == Path(name).name.lower()]
    named = called[0] if len(called) == 1 else None
    found = named or (card.files[0] if len(card.files) == 1 else None)
    if found is None:
        known = ", ".join(item.name for item in card.files)
        raise BadInput("models.which_file", file=name, name=card.title.en, known=known)
    if found.sha256 or found.bytes not in (None, size):
        raise BadInput("models.wrong_file", file=name, name=card.title.en, homepage=card.homepage)
    return found
