"""How much a home allows: sizes, lengths, jobs, disk."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import DiskFull, LimitReached
from studio.room import FULL
from studio.settings import GB, MB, Settings

RESERVE_BYTES = 200 * MB
"""What stays free on the disk: the database and running jobs need it."""
MEDIA = 256
"""Media that one request may name."""


@dataclass(frozen=True)
class Limits:
    """The settings' limits, each with its sentence."""

    settings: Settings

    @property
    def max_pixels(self) -> int:
        return self.settings.max_pixels

    def check_upload(self, name: str, size: int, taken: int, taken_by_all: int, folder: Path) -> None:
        """Raises LimitReached or DiskFull unless a file of ``size`` bytes may come in."""
        settings = self.settings
        if size > settings.max_upload_mb * MB:
            raise LimitReached("limit.upload", name=name, limit=settings.max_upload_mb)
        self._check_quota(taken + size, taken_by_all + size, taken)
        self.check_room(folder, size)

    def check_job(self, count: int, taken: int, taken_by_all: int) -> None:
        """Raises LimitReached unless an owner with ``count`` live jobs and ``taken`` bytes may ask for more."""
        settings = self.settings
        if count >= settings.jobs_per_owner:
            raise LimitReached("job.too_many", count=count)
        self._check_quota(taken + 1, taken_by_all + 1, taken)

    def _check_quota(self, wanted: int, wanted_by_all: int, taken: int) -> None:
        settings = self.settings
        if wanted > settings.owner_quota_gb * GB:
            raise LimitReached("limit.quota", used=round(taken / GB, 1), limit=settings.owner_quota_gb)
        if wanted_by_all > settings.total_quota_gb * GB:
            raise LimitReached("limit.total", limit=settings.total_quota_gb)

    def check_media(self, count: int) -> None:
        """Raises LimitReached when a request names more media than one may."""
        if count > MEDIA:
            raise LimitReached("limit.media", count=count, limit=MEDIA)

    def check_length(self, seconds: Iterable[float]) -> None:
        """Raises LimitReached when a video is longer, after trimming, than the home allows."""
        most = self.settings.max_video_seconds
        for length in seconds:
            if length > most:
                raise LimitReached("limit.video", seconds=round(length), limit=round(most))

    def check_room(self, folder: Path, size: int) -> None:
        """Raises DiskFull unless ``size`` bytes fit on the disk and leave the reserve."""
        place = next(path for path in (folder, *folder.parents) if path.exists())
        if shutil.disk_usage(place).free < size + RESERVE_BYTES:
            raise DiskFull("limit.disk", need=(size + RESERVE_BYTES) // MB)


@contextmanager
def told_when_full(size: int) -> Iterator[None]:
    """Names a disk that fills up while ``size`` bytes are written: raises DiskFull."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            raise DiskFull("limit.disk", need=(size + RESERVE_BYTES) // MB) from problem
        raise


def trimmed(request: Any, seconds: float | None) -> float:
    """Seconds of a medium that a request works on, where the request has ``start`` and ``end``."""
    start = max(0.0, float(getattr(request, "start", None) or 0))
    end = getattr(request, "end", None)
    whole = seconds or 0.0
    return max(0.0, min(whole, end if end is not None else whole) - start)
