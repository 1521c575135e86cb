"""Which models stay loaded: least recently used leaves first, under a budget of bytes for each device."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from studio.errors import OutOfMemory
from studio.machine_memory import (
    free_bytes,
    give_back,
    is_out_of_memory,
    model_bytes,
    process_bytes,
    total_bytes,
)
from studio.settings import MB, Settings

log = logging.getLogger(__name__)

SHARE = 0.6
LONGEST_SWEEP_S = 30.0
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Resident:
    """A loaded model: its size, how many tasks use it now, for how long nobody has, whether it leaves after use."""

    key: str
    device: str
    bytes: int
    uses: int
    idle_s: float
    leaving: bool


@dataclass
class _Slot:
    key: str
    device: str
    loading: threading.Lock = field(default_factory=threading.Lock)
    model: Any = None
    loaded: bool = False
    bytes: int = 0
    uses: int = 0
    used: float = 0.0
    leaving: bool = False


class Residency:
    """Keeps models loaded between tasks. All methods may be called from any thread.

    ``budget`` gives the bytes that models may take on a device; a model that is larger on its own is loaded all the
    same, alone, and leaves as soon as nobody uses it. ``idle_s`` is the time after which an unused model leaves; 0 is
    never.
    """

    def __init__(self, budget: Callable[[str], int], idle_s: float = 0.0) -> None:
        self._budget = budget
        self._idle_s = idle_s
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._sweeper: threading.Thread | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Residency":
        """With the settings' budget, else 60 % of what a device has."""

        def budget(device: str) -> int:
            return settings.model_budget_mb * MB or int(SHARE * total_bytes(device))

        return cls(budget, settings.model_idle_seconds)

    def start(self) -> None:
        """Begin to look for idle models from time to time."""
        if self._idle_s and self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep_on, name="idle models", daemon=True)
            self._sweeper.start()

    def close(self) -> None:
        """Stop looking, and unload what isn't in use."""
        self._closed.set()
        if self._sweeper:
            self._sweeper.join()
        self.unload_all()

    @contextmanager
    def use(self, key: str, device: str, load: Callable[[], T], *, expect: int = 0) -> Iterator[T]:
        """The model ``key`` on ``device``, loaded by ``load`` if it isn't there; it stays while the block runs.

        ``expect`` is the size in bytes that it is expected to have, if that is known beforehand. Two tasks that ask at
        once load it once. A failed load is forgotten. When memory runs out while it loads, all unused models leave and
        it is tried once more; when it runs out inside the block they leave too. Raises OutOfMemory then.
        """
        slot = self._take(key, device, load, expect)
        try:
            yield slot.model
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
            traceback.clear_frames(problem.__traceback__)
            self.evict(device)
            raise OutOfMemory("models.out_of_memory", name=key, device=device) from problem
        finally:
            self._release(slot)

    def attempt(self, key: str, device: str, load: Callable[[], T], work: Callable[[T], R], *, expect: int = 0) -> R:
        """``work(model)``; when memory runs out in it, all unused models leave and it is called once more."""
        slot = self._take(key, device, load, expect)
        try:
            try:
                return work(slot.model)
            except Exception as problem:
                if not is_out_of_memory(problem):
                    raise
                log.warning("out of memory with %s on %s, trying again alone: %s", key, device, problem)
                traceback.clear_frames(problem.__traceback__)
            self.evict(device)
            try:
                return work(slot.model)
            except Exception as problem:
                if not is_out_of_memory(problem):
                    raise
                raise OutOfMemory("models.out_of_memory", name=key, device=device) from problem
        finally:
            self._release(slot)

    def resident(self) -> list[Resident]:
        """The loaded models, the most recently used first."""
        now = time.monotonic()
        with self._lock:
            slots = sorted((slot for slot in self._slots.values() if slot.loaded), key=lambda slot: -slot.used)
            return [
                Resident(s.key, s.device, s.bytes, s.uses, 0.0 if s.uses else now - s.used, s.leaving) for s in slots
            ]

    def holds(self, card_id: str) -> bool:
        """Whether a model of this card is loaded."""
        return any(_of(item.key, card_id) for item in self.resident())

    def unload(self, key: str) -> bool:
        """Unload a model, or all that were loaded from the card of that id, from all devices.

        One in use leaves when it is released. Whether all are gone already.
        """
        return self._unload(lambda slot: _of(slot.key, key))

    def unload_all(self) -> bool:
        """Unload every model; those in use leave when they are released. Whether all are gone already."""
        return self._unload(lambda slot: True)

    def evict(self, device: str) -> None:
        """Unload what nobody uses on a device, and give its memory back."""
        self._drop(lambda slot: slot.device == device)
        give_back(device)

    def sweep(self) -> None:
        """Unload the models that nobody has used for the idle time."""
        oldest = time.monotonic() - self._idle_s
        self._drop(lambda slot: slot.used < oldest)

    def _take(self, key: str, device: str, load: Callable[[], Any], expect: int) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault((device, key), _Slot(key, device))
            slot.uses += 1
        try:
            with slot.loading:
                if not slot.loaded:
                    self._fill(slot, load, expect)
        except BaseException:
            self._release(slot)
            raise
        return slot

    def _fill(self, slot: _Slot, load: Callable[[], Any], expect: int) -> None:
        self._make_room(slot.device, expect)
        before, started = process_bytes(), time.monotonic()
        try:
            model = self._load_or_evict(slot, load)
        except Exception as problem:
            if is_out_of_memory(problem):
                raise OutOfMemory("models.out_of_memory", name=slot.key, device=slot.device) from problem
            raise
        grown = max(0, process_bytes() - before) if slot.device == "cpu" else 0
        size = model_bytes(model) or expect or grown
        with self._lock:
            slot.model, slot.bytes, slot.loaded, slot.used = model, size, True, time.monotonic()
        log.info("%s on %s: %.0f MB in %.1f s", slot.key, slot.device, size / MB, slot.used - started)
        self._make_room(slot.device, 0)

    def _load_or_evict(self, slot: _Slot, load: Callable[[], Any]) -> Any:
        try:
            return load()
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
            log.warning("out of memory while %s loads on %s, trying again alone: %s", slot.key, slot.device, problem)
            traceback.clear_frames(problem.__traceback__)
        self.evict(slot.device)
        return load()

    def _release(self, slot: _Slot) -> None:
        with self._lock:
            slot.uses -= 1
            slot.used = time.monotonic()
            if not slot.loaded and not slot.uses:
                self._slots.pop((slot.device, slot.key), None)
        if slot.leaving:
            self._drop(lambda other: other is slot)
        self._make_room(slot.device, 0)

    def _make_room(self, device: str, wanted: int) -> None:
        """Let unused models leave, oldest first, until ``wanted`` bytes more fit into the budget, and onto the card."""
        budget = self._budget(device)
        gone = False
        while True:
            with self._lock:
                mine = [slot for slot in self._slots.values() if slot.device == device and slot.loaded]
                free = free_bytes(device) if mine and wanted else None
                if sum(slot.bytes for slot in mine) + wanted <= budget and (free is None or free >= wanted):
                    break
                idle = [slot for slot in mine if not slot.uses]
                if not idle:
                    break
                self._forget(min(idle, key=lambda slot: slot.used))
                gone = True
            if wanted:
                give_back(device)
        if gone:
            give_back(device)

    def _unload(self, chosen: Callable[[_Slot], bool]) -> bool:
        with self._lock:
            for slot in self._slots.values():
                slot.leaving = slot.leaving or chosen(slot)
        self._drop(chosen)
        with self._lock:
            return not any(chosen(slot) and slot.loaded for slot in self._slots.values())

    def _drop(self, chosen: Callable[[_Slot], bool]) -> None:
        with self._lock:
            gone = [slot for slot in self._slots.values() if slot.loaded and not slot.uses and chosen(slot)]
            devices = {slot.device for slot in gone}
            for slot in gone:
                self._forget(slot)
            gone.clear()
        for device in devices:
            give_back(device)

    def _forget(self, slot: _Slot) -> None:
        """Take an unused model out of its slot, and the slot out of the table; the lock is held."""
        log.info("%s leaves %s", slot.key, slot.device)
        slot.model, slot.loaded, slot.bytes = None, False, 0
        self._slots.pop((slot.device, slot.key), None)

    def _sweep_on(self) -> None:
        while not self._closed.wait(min(LONGEST_SWEEP_S, self._idle_s / 4)):
            self.sweep()


def _of(key: str, card_id: str) -> bool:
    """Whether a model's key is a card's id, or one of several for that card: the id, a slash, and more."""
    return key == card_id or key.startswith(f"{card_id}/")
