"""Which owner has accepted which model's licence."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

TABLE = """CREATE TABLE IF NOT EXISTS consent (
    owner TEXT NOT NULL, card TEXT NOT NULL, licence TEXT NOT NULL, accepted REAL NOT NULL,
    PRIMARY KEY (owner, card, licence)
)"""
WAIT_S = 10.0


class Consents:
    """Accepted licences in a small SQLite file. A licence that changes its name or address has to be accepted anew."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def accept(self, owner: str, card: str, licence: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as base:
            base.execute("INSERT OR IGNORE INTO consent VALUES (?, ?, ?, ?)", (owner, card, licence, time.time()))

    def accepted(self, owner: str, card: str, licence: str) -> bool:
        if not self._file.exists():
            return False
        query = "SELECT 1 FROM consent WHERE owner = ? AND card = ? AND licence = ?"
        with self._open() as base:
            return base.execute(query, (owner, card, licence)).fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=WAIT_S)) as base, base:
            base.execute(TABLE)
            yield base
