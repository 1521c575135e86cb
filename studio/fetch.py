"""Fetching one file of a model, from one mirror after another, checked before anybody sees it.

Errors (studio.errors): DiskFull, Unavailable (no mirror could serve the file; the last one's reason), Cancelled.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from studio.card import CardFile
from studio.checksum import sha256_of
from studio.errors import Cancelled, StudioError, Unavailable
from studio.hubs import Address
from studio.meter import Progress
from studio.mirror import Fetched, Mirror, MirrorError, Policy
from studio.part import Part
from studio.room import disk_errors

log = logging.getLogger(__name__)

PATIENT = Policy()


def fetch(
    file: CardFile,
    addresses: Sequence[Address],
    target: Path,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
    cancel: threading.Event | None = None,
    policy: Policy = PATIENT,
) -> Fetched:
    """Bring ``file`` to ``target`` from the first address that can; one call at a time per target, in all processes.

    A hash that the card states is demanded, else the one that the hub states. What arrived before a cut or a cancel
    stays beside the target and is continued by the next call.
    """
    cancel = cancel or threading.Event()
    with disk_errors(target.parent, lambda: 0, lambda: None):
        target.parent.mkdir(parents=True, exist_ok=True)
        before = _stamp(target)
    with _alone(target, cancel):
        if target.is_file() and (file.sha256 or _stamp(target) != before):
            sha256 = sha256_of(target)
            if file.sha256 in (None, sha256):
                return Fetched(sha256, target.stat().st_size, None)
        problem: StudioError = Unavailable("models.no_source", file=file.name)
        for address in addresses:
            try:
                return Mirror(file, address, Part(target), progress, cancel, policy).fetch()
            except MirrorError as reason:
                problem = reason.error
                log.warning("%s can't be had from %s: %s", file.name, address.host, problem)
        raise problem


@contextlib.contextmanager
def _alone(target: Path, cancel: threading.Event) -> Iterator[None]:
    """Hold the target's lock, which counts in every process; Cancelled while waiting for it."""
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    while True:
        if cancel.is_set():
            raise Cancelled
        try:
            lock.acquire(timeout=0.2)
            break
        except Timeout:
            continue
    try:
        yield
    finally:
        lock.release()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
