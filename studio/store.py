"""The database: jobs and the library, in SQLite's write-ahead log; SQLAlchemy Core, so that another server can take its place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 15_000

schema = sa.MetaData()

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
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("worked", sa.Float, nullable=False, default=0.0),
    sa.Column("changed", sa.Integer, nullable=False, default=0),
)

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
    sa.Column("job", sa.String),
    sa.Column("task", sa.String),
    sa.Column("engine", sa.String),
    sa.Column("request", sa.JSON),
    sa.Column("seed", sa.BigInteger),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
)


def open_store(path: Path) -> sa.Engine:
    """The database at ``path``, made if it isn't there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}", json_serializer=_dumps)
    event.listen(engine, "connect", _prepare)
    schema.create_all(engine)
    return engine


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
