"""Clears away what nobody needs: old temporary files and trials, folders of jobs that are over, files that the library
doesn't name.

What a waiting or running job needs is never touched, and neither is anything else in the library.
"""

import logging
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.jobs import JobStore
from studio.library import Library
from studio.run import CACHE
from studio.settings import GB, Settings

log = logging.getLogger(__name__)

EVERY_S = 600.0
CACHE_S = 30 * 24 * 3600.0
"""So long what can be worked out again is kept without being used."""
YOUNG_S = 3600.0
"""So old a nameless folder of the library must be before it counts as left behind: until then it may be being filled.
"""


@dataclass(frozen=True)
class Left:
    """Something temporary: a file, or the folder of a job that is over; ``age`` in seconds since its last change, ``life`` how old
    it may become, where that isn't as the settings say.
    """

    path: Path
    bytes: int
    age: float
    life: float | None = None


class Janitor:
    """Looks at the data folder from time to time."""

    def __init__(self, settings: Settings, jobs: JobStore, library: Library) -> None:
        self._settings, self._jobs, self._library = settings, jobs, library
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go_round, name="janitor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def tidy(self) -> int:
        """One round; how many bytes it freed.

        Temporary things go by age, and before that, the oldest first, while all files together take more than the home
        allows.
        """
        freed = self._remove_nameless()
        freed += self._library.clear_trials(time.time() - self._settings.temp_hours * 3600)
        left = sorted(self._temporary(), key=lambda item: -item.age)
        over = self._library.usage() + sum(item.bytes for item in left) - self._settings.total_quota_gb * GB
        for item in left:
            life = self._settings.temp_hours * 3600 if item.life is None else item.life
            if item.age > life or over > 0:
                _remove(item.path)
                freed += item.bytes
                over -= item.bytes
        if freed:
            log.info("freed %d MB of temporary files", freed >> 20)
        return freed

    def _go_round(self) -> None:
        while not self._stop.is_set():
            try:
                self.tidy()
            except OSError as problem:
                log.warning("the data folder can't be tidied: %s", problem)
            self._stop.wait(EVERY_S)

    def _temporary(self) -> Iterator[Left]:
        now = time.time()
        live = {job.id for job in self._jobs.live()}
        for file in _files(self._settings.data_dir / "tmp"):
            size, changed = _size(file)
            yield Left(file, size, now - changed)
        for file in _files(self._settings.data_dir / CACHE):
            size, changed = _size(file)
            yield Left(file, size, now - changed, CACHE_S)
        jobs_dir = self._settings.data_dir / "jobs"
        for folder in jobs_dir.iterdir() if jobs_dir.is_dir() else ():
            if folder.name not in live and (left := self._over(folder, now)) is not None:
                yield left

    def _over(self, folder: Path, now: float) -> Left | None:
        """The folder of a job that has ended or that nobody knows any more."""
        sizes = [_size(file) for file in _files(folder)]
        job = self._jobs.find(folder.name)
        if job is not None and not job.over:
            return None
        changed = max([moment for _, moment in sizes] + [_size(folder)[1]])
        return Left(folder, sum(size for size, _ in sizes), now - changed)

    def _remove_nameless(self) -> int:
        freed = 0
        for folder in list(self._library.folders()):
            if time.time() - _size(folder)[1] > YOUNG_S and not self._library.known(folder.name):
                freed += sum(_size(file)[0] for file in _files(folder))
                _remove(folder)
        return freed


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()] if folder.is_dir() else []


def _size(path: Path) -> tuple[int, float]:
    """Bytes and time of the last change; nothing for what has gone meanwhile."""
    try:
        stat = path.stat()
    except OSError:
        return 0, time.time()
    return stat.st_size, stat.st_mtime


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        log.warning("a temporary file stays: %s", problem)
