"""How long jobs will take, from how long jobs like them took, and how many are before them."""

import statistics
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from studio.job import WAITING
from studio.store import jobs

HISTORY = 20
OWN_PACE_AFTER_S = 2.0
NEEDED = ("id", "task", "engine", "state", "long", "done", "total", "worked", "size", "weight", "created")


class Outlook:
    """Estimates as the database stands now; made for one look and then thrown away.

    ``workers`` is the number of devices that work side by side.
    """

    def __init__(self, db: sa.Connection, workers: int = 1) -> None:
        self._db, self._workers = db, workers
        self._paces: dict[tuple[Any, ...], float | None] = {}

    def rank(self, row: sa.RowMapping) -> int:
        """How many jobs are worked on, or will be before a queued one."""
        return len(self._before(row))

    def eta(self, row: sa.RowMapping) -> float | None:
        """Seconds until a job is probably done, waiting included; None where nothing like it has ever run.

        A running job is judged by its own pace as soon as it has one, before that by the median of the last jobs of the
        same task, engine and size, in seconds of work per unit of weight.
        """
        own = self._left(row)
        if own is None or row["state"] == "running":
            return own
        waits = [self._left(other) for other in self._before(row)]
        return own + sum(wait for wait in waits if wait is not None) / self._workers

    def _before(self, row: sa.RowMapping) -> list[sa.RowMapping]:
        return [other for other in self._live if other["state"] == "running" or _turn(other) < _turn(row)]

    @cached_property
    def _live(self) -> Sequence[sa.RowMapping]:
        query = sa.select(*(jobs.c[name] for name in NEEDED)).where(jobs.c.state.in_(WAITING))
        return self._db.execute(query).mappings().all()

    def _left(self, row: sa.RowMapping) -> float | None:
        """Seconds of work that a job still needs."""
        own = None
        if row["state"] == "running" and row["done"] and row["total"] and row["worked"]:
            own = max(0.0, row["worked"] / row["done"] * (row["total"] - row["done"]))
            if row["worked"] >= OWN_PACE_AFTER_S:
                return own
        pace = self._pace(row)
        return own if pace is None else max(0.0, pace * row["weight"] - row["worked"])

    def _pace(self, row: sa.RowMapping) -> float | None:
        kind = tuple(row[name] for name in ("task", "long", "engine", "size"))
        if kind not in self._paces:
            self._paces[kind] = self._usual_pace(*kind)
        return self._paces[kind]

    def _usual_pace(self, task: str, long: int, engine: str | None, size: int) -> float | None:
        """Median seconds of work per unit of weight of jobs of a kind: of the same size first, then of any."""
        alike = [jobs.c.task == task, jobs.c.state == "done", jobs.c.long == long, jobs.c.worked > 0]
        if engine:
            alike.append(jobs.c.engine == engine)
        for conditions in ([*alike, jobs.c.size == size], alike):
            query = sa.select(jobs.c.worked / jobs.c.weight).where(*conditions).order_by(jobs.c.finished.desc())
            paces: Sequence[Any] = self._db.execute(query.limit(HISTORY)).scalars().all()
            if paces:
                return float(statistics.median(paces))
        return None


def _turn(row: sa.RowMapping) -> tuple[int, float, str]:
    """Jobs are taken in this order: short ones first, then by age."""
    return row["long"], row["created"], row["id"]
