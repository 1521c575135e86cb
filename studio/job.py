"""A job as those see it who wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

UNFINISHED = frozenset({"failed", "cancelled"})
FINAL = UNFINISHED | {"done"}
WAITING = ("queued", "running")


@dataclass(frozen=True)
class Job:
    """A job as it stands. Times are Unix seconds; ``rank`` counts the jobs before it; ``error`` is (key, params).

    ``why`` is (key, params) of a sentence under ``engine.``, ``better`` pairs of an engine's name and what it lacks,
    ``notes`` are (key, params). ``worked`` are the seconds spent on it, ``changed`` grows with every change.
    """

    id: str
    task: str
    owner: str
    state: str
    request: Mapping[str, Any]
    long: bool
    engine: str | None
    why: Any
    better: Any
    done: int
    total: int | None
    unit: str
    eta_s: float | None
    rank: int | None
    preview: Path | None
    notes: tuple[Any, ...]
    error: tuple[str, Mapping[str, Any]] | None
    outputs: tuple[str, ...]
    result: Mapping[str, Any] | None
    seed: int | None
    created: float
    started: float | None
    finished: float | None
    worked: float
    changed: int

    @property
    def pictured(self) -> bool:
        """Whether its preview is a picture."""
        return self.preview is not None and self.preview.suffix == ".jpg"

    @property
    def audible(self) -> bool:
        """Whether its preview is a sound, which is only there while the job goes on."""
        return self.preview is not None and self.preview.suffix == ".mp3"

    @property
    def previewed(self) -> bool:
        """Whether there is a preview to be had."""
        return self.preview is not None and not (self.audible and self.over)

    @property
    def said(self) -> str:
        """Its preview where that is a text, else nothing."""
        if self.preview is None or self.preview.suffix != ".txt":
            return ""
        try:
            return self.preview.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    @property
    def over(self) -> bool:
        return self.state in FINAL


def job_of(row: sa.RowMapping, rank: int | None = None, eta_s: float | None = None) -> Job:
    """A row of the database as a job; ``rank`` and ``eta_s`` come from an ``Outlook``."""
    values = {name: row[name] for name in Job.__dataclass_fields__ if name in row}
    values.update(
        long=bool(row["long"]),
        rank=rank,
        eta_s=eta_s,
        preview=Path(row["preview"]) if row["preview"] else None,
        notes=tuple(row["notes"] or ()),
        error=tuple(row["error"]) if row["error"] else None,
        outputs=tuple(row["outputs"] or ()),
    )
    return Job(**values)
