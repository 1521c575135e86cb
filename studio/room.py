"""Room on the disk, and the errors of a disk in words."""

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.errors import DiskFull, Unavailable

RESERVE = 64 << 20
"""Bytes that stay free on a disk: model files stop before they take them."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def check_room(folder: Path, wanted: int) -> None:
    """DiskFull unless ``wanted`` bytes fit into the disk of ``folder`` and leave the reserve free."""
    free = shutil.disk_usage(folder).free
    if free < wanted + RESERVE:
        raise _disk_full(folder, wanted)


@contextlib.contextmanager
def disk_errors(folder: Path, wanted: Callable[[], int], undo: Callable[[], None]) -> Iterator[None]:
    """Name what goes wrong with the disk of ``folder``: DiskFull after ``undo`` gave the room back, else Unavailable.

    ``wanted`` tells how many bytes didn't fit; it is asked before ``undo``.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            size = wanted()
            undo()
            raise _disk_full(folder, size) from problem
        raise Unavailable("models.folder", folder=str(folder), reason=problem.strerror or str(problem)) from problem


def _disk_full(folder: Path, wanted: int) -> DiskFull:
    free = shutil.disk_usage(folder).free
    return DiskFull("models.disk_full", folder=str(folder), need=_mb(wanted + RESERVE), free=_mb(free))


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
