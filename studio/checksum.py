"""Hashes of model files, and the record of the files that were checked.

A record stands beside the files of a card in ``verified.json``. It says which file (by size and time of change) had
which hash, so that a file is read once and not on every look, and it keeps the hash that a file without a published one
had on its first use.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

log = logging.getLogger(__name__)

BLOCK = 1 << 20
RECORD = "verified.json"
ONNX_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
"""Field numbers of ONNX's ModelProto (onnx.proto): its file begins with one of them."""


def blocks(path: Path) -> Iterator[bytes]:
    """A file in pieces of 1 MB."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in lower-case hex digits."""
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
    return digest.hexdigest()


def plausible(name: str, path: Path) -> bool:
    """Whether a file can be what its name says: not empty, and for ``.onnx`` a protobuf message with ONNX's fields.

    It tells web pages, archives and Git LFS pointers from models; it doesn't prove that a model loads.
    """
    with path.open("rb") as stream:
        head = stream.read(1)
    if not head:
        return False
    if not name.lower().endswith(".onnx"):
        return True
    field, wire = head[0] >> 3, head[0] & 7
    return wire in (0, 2) and field in ONNX_FIELDS


class Seal(BaseModel):
    """What is known of one file: the hash it had when it had this size and time, and the hash that it must have."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int
    mtime_ns: int
    pinned: str | None = None

    def fits(self, path: Path) -> bool:
        stat = path.stat()
        return (stat.st_size, stat.st_mtime_ns) == (self.bytes, self.mtime_ns)


_SEALS = TypeAdapter(dict[str, Seal])


class Seals:
    """The records of one card's folder. Where the folder can't be written they last as long as the process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RECORD
        self._unsaved: dict[str, Seal] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Seal | None:
        return self._unsaved.get(name) or self._read().get(name)

    def put(self, name: str, stat: os.stat_result, sha256: str, pinned: str | None) -> Seal:
        """Record that the file that looked so before it was read has this hash."""
        seal = Seal(sha256=sha256, bytes=stat.st_size, mtime_ns=stat.st_mtime_ns, pinned=pinned)
        self._change(name, seal)
        return seal

    def drop(self, name: str) -> None:
        self._change(name, None)

    def _read(self) -> dict[str, Seal]:
        try:
            return _SEALS.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as problem:
            log.warning("%s can't be read, files are checked again: %s", self._file, problem)
            return {}

    def _change(self, name: str, seal: Seal | None) -> None:
        with self._lock:
            self._unsaved.pop(name, None)
            try:
                self._write(name, seal)
            except OSError as problem:
                log.warning("%s can't be written: %s", self._file, problem)
                if seal:
                    self._unsaved[name] = seal

    def _write(self, name: str, seal: Seal | None) -> None:
        if seal is None and not self._file.exists():
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._file.with_suffix(".lock")):
            seals = self._read()
            if seal is None:
                seals.pop(name, None)
            else:
                seals[name] = seal
            beside = self._file.with_suffix(".new")
            beside.write_text(json.dumps(_SEALS.dump_python(seals), indent=1), encoding="utf-8")
            beside.replace(self._file)
