"""The database: jobs, the library and what belongs to them. SQLAlchemy Core over SQLite's write-ahead log; another
server takes its place with the setting ``STUDIO_DATABASE_URL``.

The schema has a number. A new database is made whole; an older one is brought up to date step by step when it is
opened.
"""

import json
import os
import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 15_000
VERSION = 2
MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE jobs ADD COLUMN beat FLOAT",
        "ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN weight FLOAT NOT NULL DEFAULT 1",
        "ALTER TABLE assets ADD COLUMN models JSON",
        "ALTER TABLE assets ADD COLUMN worked FLOAT",
        "CREATE INDEX jobs_history ON jobs (task, state, finished)",
        "CREATE INDEX ix_assets_job ON assets (job)",
    ),
}
"""What turns version n - 1 into n, in SQL that every database understands. New tables need no step: they are made."""

schema = sa.MetaData()

meta = sa.Table(
    "meta", schema, sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)

jobs = sa.Table(
    "jobs",
    schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("task", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("long", sa.SmallInteger, nullable=False),
    sa.Column("engine", sa.String),
    sa.Column("why", sa.JSON),
    sa.Column("better", sa.JSON),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer),
    sa.Column("unit", sa.String, nullable=False, default=""),
    sa.Column("preview", sa.String),
    sa.Column("notes", sa.JSON, nullable=False, default=list),
    sa.Column("error", sa.JSON),
    sa.Column("outputs", sa.JSON, nullable=False, default=list),
    sa.Column("result", sa.JSON),
    sa.Column("seed", sa.BigInteger),
    sa.Column("cancel", sa.Boolean, nullable=False, default=False),
    sa.Column("runner", sa.String),
    sa.Column("beat", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("size", sa.Integer, nullable=False, default=0),
    sa.Column("weight", sa.Float, nullable=False, default=1.0),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("worked", sa.Float, nullable=False, default=0.0),
    sa.Column("changed", sa.Integer, nullable=False, default=0),
    sa.Index("jobs_history", "task", "state", "finished"),
)
"""``size`` and ``weight`` say what work to expect: pixels of the input as a power of two, and seconds of media or
pictures. ``worked`` are the seconds spent so far, ``beat`` is the runner's last sign of life, ``changed`` counts
changes.
"""

assets = sa.Table(
    "assets",
    schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("thumb", sa.String),
    sa.Column("mime", sa.String, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False, index=True),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("seconds", sa.Float),
    sa.Column("created", sa.Float, nullable=False, index=True),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("job", sa.String, index=True),
    sa.Column("task", sa.String),
    sa.Column("engine", sa.String),
    sa.Column("models", sa.JSON),
    sa.Column("request", sa.JSON),
    sa.Column("seed", sa.BigInteger),
    sa.Column("worked", sa.Float),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
)

tokens = sa.Table(
    "tokens",
    schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False, unique=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("used", sa.Float),
)

confirmations = sa.Table(
    "confirmations",
    schema,
    sa.Column("owner", sa.String, primary_key=True),
    sa.Column("task", sa.String, primary_key=True),
    sa.Column("created", sa.Float, nullable=False),
)

parts = sa.Table(
    "parts",
    schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("region", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("labels", sa.JSON, nullable=False),
    sa.Column("licence", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
"""Artists' own parts; ``id`` is the picture's in ``assets``."""


def open_store(place: Path | str) -> sa.Engine:
    """The database at a path, or at a SQLAlchemy address such as ``postgresql+psycopg://…``, made or brought up to
    date.
    """
    if isinstance(place, str):
        engine = sa.create_engine(place, json_serializer=as_json, pool_pre_ping=True)
        _bring_up_to_date(engine)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(f"sqlite:///{place}", json_serializer=as_json)
        event.listen(engine, "connect", _prepare)
        with FileLock(f"{place}.lock"):
            _bring_up_to_date(engine)
    os.register_at_fork(after_in_child=partial(_leave_connections, weakref.ref(engine)))
    return engine


def _bring_up_to_date(engine: sa.Engine) -> None:
    with engine.begin() as db:
        there = sa.inspect(db).get_table_names()
        found = _version(db, there)
        for number in range(found + 1, VERSION + 1):
            for statement in MIGRATIONS[number] if found else ():
                db.execute(sa.text(statement))
        schema.create_all(db)
        if found != VERSION:
            db.execute(meta.delete().where(meta.c.name == "version"))
            db.execute(meta.insert().values(name="version", value=str(VERSION)))


def _version(db: sa.Connection, there: list[str]) -> int:
    """0 for a new database; the first version didn't write its number down. Raises RuntimeError for a newer one."""
    if "meta" not in there:
        return 1 if "jobs" in there else 0
    found = int(db.execute(sa.select(meta.c.value).where(meta.c.name == "version")).scalar_one())
    if found > VERSION:
        raise RuntimeError(f"the database was made by a newer studio (version {found}, this one knows {VERSION})")
    return found


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(text: str | None) -> str | None:
    """SQLite's own ``lower`` knows only English letters."""
    return None if text is None else text.lower()


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _leave_connections(engine: "weakref.ref[sa.Engine]") -> None:
    """A forked child must not use its parent's connections, and opens its own."""
    if (mine := engine()) is not None:
        mine.dispose(close=False)
