"""A file on its way: ``<name>.part`` and what is known of it, until it is whole, checked and renamed."""

import contextlib
import json
import os
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ValidationError

from studio.cards import PART


class Origin(BaseModel):
    """What the server said of the file whose beginning we have: enough to go on later, or to see that it changed."""

    url: str
    etag: str | None = None
    total: int | None = None
    sha256: str | None = None


class Part:
    """The unfinished file beside a target."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + PART)
        self._note = target.with_name(target.name + PART + ".json")

    def bytes(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def origin(self) -> Origin | None:
        try:
            return Origin.model_validate_json(self._note.read_bytes())
        except (OSError, ValidationError):
            return None

    def open(self, origin: Origin, offset: int) -> BinaryIO:
        """Open for writing at ``offset``; 0 starts anew. ``origin`` is kept for a later continuation."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        beside = self._note.with_suffix(".new")
        beside.write_text(json.dumps(origin.model_dump()), encoding="utf-8")
        beside.replace(self._note)
        return self.path.open("r+b" if offset else "wb")

    def finish(self) -> None:
        """Give the file its name; until here nobody saw it. Its bytes reach the disk first."""
        with self.path.open("rb") as stream:
            os.fsync(stream.fileno())
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a folder can't be synced everywhere
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
