"""The models that are being downloaded: in the background, one download per card however many ask for it."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from studio.card import Card
from studio.cards import PART, Cards
from studio.errors import Cancelled, NotAllowed, StudioError, Unavailable
from studio.fetch import PATIENT, fetch
from studio.hubs import Hubs
from studio.meter import Progress
from studio.mirror import Policy

log = logging.getLogger(__name__)

AT_ONCE = 2
STOP_S = 5.0

DownloadState = Literal["waiting", "running", "done", "failed", "cancelled", "partial"]
ACTIVE = frozenset({"waiting", "running"})


@dataclass(frozen=True)
class Download:
    """A look at a download. ``total_bytes`` is None while a server hasn't told it.

    "partial" is one that an earlier run of the studio left unfinished. ``pinned`` lists the files whose hash nobody
    published and which were taken on first use: name → SHA-256, to be shown.
    """

    card: str
    state: DownloadState
    done_bytes: int = 0
    total_bytes: int | None = None
    bytes_per_s: float = 0.0
    eta_s: float | None = None
    file: str = ""
    error: tuple[str, Mapping[str, Any]] | None = None
    pinned: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Task:
    look: Download
    cancel: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Downloads:
    """Starts, shows, stops and deletes downloads of the cards' files."""

    def __init__(self, cards: Cards, hubs: Hubs, policy: Policy = PATIENT) -> None:
        self._cards = cards
        self._hubs = hubs
        self._policy = policy
        self._tasks: dict[str, _Task] = {}
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def start(self, card_id: str, owner: str) -> Download:
        """Begin, or go on with, a download; the running one when there is one already.

        NotAllowed while the owner hasn't accepted a non-commercial licence. Unavailable when the studio is offline or
        when the card's files can only be brought by hand.
        """
        card = self._cards.get(card_id)
        if not self._cards.accepted(card_id, owner):
            raise NotAllowed("models.accept", name=card.title.en, licence=card.licence, url=card.licence_url)
        if self._cards.elsewhere(card_id):
            raise NotAllowed("models.elsewhere", name=card.title.en)
        self._check_reachable(card)
        with self._lock:
            running = self._tasks.get(card_id)
            if running and running.look.state in ACTIVE:
                return running.look
            task = _Task(Download(card_id, "waiting", total_bytes=card.bytes))
            task.thread = threading.Thread(target=self._work, args=(card, task), name=f"get {card_id}", daemon=True)
            self._tasks[card_id] = task
            task.thread.start()
            return task.look

    def get(self, card_id: str) -> Download | None:
        """How a card's download stands; None when there is none to speak of."""
        card = self._cards.get(card_id)
        with self._lock:
            task = self._tasks.get(card_id)
        if task and task.look.state in ACTIVE:
            return task.look
        installed = self._cards.installed(card_id)
        if task and installed == (task.look.state == "done"):
            return task.look
        paths = [self._cards.path(card_id, file.name) for file in card.files]
        if not any(path.with_name(path.name + PART).exists() for path in paths):
            return None
        return Download(card_id, "partial", self._cards.disk_bytes(card_id), card.bytes)

    def all(self) -> list[Download]:
        return [look for card in self._cards.all() if (look := self.get(card.id))]

    def cancel(self, card_id: str) -> Download | None:
        """Stop a download; what has come stays and is continued by the next start."""
        self._cards.get(card_id)
        with self._lock:
            task = self._tasks.get(card_id)
        if task:
            self._stop(task)
        return self.get(card_id)

    def delete(self, card_id: str) -> None:
        """Stop a card's download and delete its files."""
        self.cancel(card_id)
        self._cards.remove(card_id)
        with self._lock:
            self._tasks.pop(card_id, None)

    def wait(self, card_id: str, timeout_s: float | None = None) -> Download | None:
        """Wait for a download to end, at most so long, and look at it."""
        with self._lock:
            task = self._tasks.get(card_id)
        if task and task.thread:
            task.thread.join(timeout_s)
        return self.get(card_id)

    def close(self) -> None:
        """Stop all downloads; they can be continued later."""
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel.set()
        for task in tasks:
            self._stop(task)

    def _stop(self, task: _Task) -> None:
        task.cancel.set()
        if task.thread and task.thread is not threading.current_thread():
            task.thread.join(STOP_S)

    def _check_reachable(self, card: Card) -> None:
        if self._cards.state(card.id) == "installed":
            return
        folder = str(self._cards.folder / card.id)
        names = ", ".join(file.name for file in card.files)
        if card.by_hand:
            raise Unavailable("models.by_hand", name=card.title.en, files=names, homepage=card.homepage, folder=folder)
        if self._hubs.offline:
            raise Unavailable("models.offline", name=card.title.en, files=names, homepage=card.homepage, folder=folder)

    def _work(self, card: Card, task: _Task) -> None:
        try:
            while not self._turns.acquire(timeout=0.1):
                if task.cancel.is_set():
                    raise Cancelled
            try:
                self._show(task, state="running")
                self._fetch_all(card, task)
            finally:
                self._turns.release()
            self._show(task, state="done", bytes_per_s=0.0, eta_s=None)
        except Cancelled:
            self._show(task, state="cancelled", bytes_per_s=0.0, eta_s=None)
        except StudioError as error:
            self._show(task, state="failed", error=(error.key, error.params), bytes_per_s=0.0, eta_s=None)
        except Exception as problem:  # a thread's last line of defence: the user must see that it ended
            log.exception("download of %s", card.id)
            self._show(task, state="failed", error=("models.broke", {"name": card.title.en, "reason": str(problem)}))

    def _fetch_all(self, card: Card, task: _Task) -> None:
        before = 0
        pinned: dict[str, str] = {}
        for file in card.files:
            path = self._cards.path(card.id, file.name)
            if self._cards.file_state(card.id, file.name) != "installed":

                def tell(progress: Progress, base: int = before, name: str = file.name) -> None:
                    total = card.bytes or (progress.total if len(card.files) == 1 else None)
                    eta = progress.eta_s if progress.total is None or total is None else _eta(base, progress, total)
                    self._show(
                        task,
                        done_bytes=base + progress.done,
                        total_bytes=total,
                        bytes_per_s=progress.bytes_per_s,
                        eta_s=eta,
                        file=name,
                    )

                addresses = self._hubs.addresses(card, file)
                fetched = fetch(file, addresses, path, progress=tell, cancel=task.cancel, policy=self._policy)
                self._cards.seal(card.id, file.name, fetched.sha256)
                if not file.sha256:
                    pinned[file.name] = fetched.sha256
            before += path.stat().st_size
            self._show(task, done_bytes=before, pinned=dict(pinned))

    def _show(self, task: _Task, **changes: Any) -> None:
        with self._lock:
            task.look = replace(task.look, **changes)


def _eta(before: int, progress: Progress, total: int) -> float | None:
    return max(0, total - before - progress.done) / progress.bytes_per_s if progress.bytes_per_s else None
