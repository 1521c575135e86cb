"""How long a job will take, from how long jobs like it took."""

import statistics
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from studio.store import jobs

HISTORY = 20
AHEAD = 50
OWN_PACE_AFTER_S = 2.0


def eta(db: sa.Connection, row: sa.RowMapping, workers: int = 1) -> float | None:
    """Seconds until a job is probably done, waiting included; None where nothing like it has ever run.

    A running job is judged by its own pace as soon as it has one, before that by the median of the last jobs of the
    same task, engine and size, in seconds of work per unit of weight.
    """
    own = left(db, row)
    if own is None or row["state"] == "running":
        return own
    ahead = db.execute(before(row).limit(AHEAD)).mappings().all()
    waits = [left(db, other) for other in ahead]
    return own + sum(wait for wait in waits if wait is not None) / workers


def left(db: sa.Connection, row: sa.RowMapping) -> float | None:
    """Seconds of work that a job still needs."""
    own = None
    if row["state"] == "running" and row["done"] and row["total"] and row["worked"]:
        own = max(0.0, row["worked"] / row["done"] * (row["total"] - row["done"]))
        if row["worked"] >= OWN_PACE_AFTER_S:
            return own
    pace = usual_pace(db, row)
    return own if pace is None else max(0.0, pace * row["weight"] - row["worked"])


def usual_pace(db: sa.Connection, row: sa.RowMapping) -> float | None:
    """Median seconds of work per unit of weight of jobs like this one: the same size first, then any size."""
    alike = [jobs.c.task == row["task"], jobs.c.long == row["long"], jobs.c.state == "done", jobs.c.worked > 0]
    if row["engine"]:
        alike.append(jobs.c.engine == row["engine"])
    for conditions in ([*alike, jobs.c.size == row["size"]], alike):
        query = sa.select(jobs.c.worked / jobs.c.weight).where(*conditions).order_by(jobs.c.finished.desc())
        paces: Sequence[Any] = db.execute(query.limit(HISTORY)).scalars().all()
        if paces:
            return float(statistics.median(paces))
    return None


def rank(db: sa.Connection, row: sa.RowMapping) -> int:
    """How many jobs are worked on or will be before this one."""
    query = sa.select(sa.func.count()).select_from(before(row).subquery())
    return int(db.execute(query).scalar_one())


def before(row: sa.RowMapping) -> sa.Select[Any]:
    """The jobs that run, and those that will be taken before a queued one: short ones first, then by age."""
    first = sa.or_(
        jobs.c.long < row["long"],
        sa.and_(
            jobs.c.long == row["long"],
            sa.or_(jobs.c.created < row["created"], sa.and_(jobs.c.created == row["created"], jobs.c.id < row["id"])),
        ),
    )
    return jobs.select().where(sa.or_(jobs.c.state == "running", sa.and_(jobs.c.state == "queued", first)))
