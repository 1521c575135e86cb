"""The indexes of libraries: made from the catalog when they are first asked, kept in step with it, built anew in the background when a
library has outgrown its kind, and written down from time to time so that the next start is quick.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout

from studio.catalog.reading import Ids, Reader
from studio.catalog.rows import Floats, Library
from studio.engine import part
from studio.errors import Unavailable

log = logging.getLogger(__name__)

SAVE_EVERY = 20_000
OUTGROWN = 4
LOCK_S = 30.0
CANDIDATES = 200
MILVUS, OWN = "milvus", "own"
"""Files in a library's folder: how far Milvus has it, and that it has an index of our own although there is a Milvus."""


class _Doors:
    """Many may read at a time, or one may change."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._free:
            self._readers += 1
        try:
            yield
        finally:
            with self._free:
                self._readers -= 1
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: self._readers == 0)
            yield


@dataclass
class _Held:
    """A library's index in memory: ``built`` rows were in it when it was made, ``unsaved`` have changed since it was written."""

    library: Library
    header: Any
    index: Any
    built: int
    doors: _Doors = field(default_factory=_Doors)
    growing: threading.Lock = field(default_factory=threading.Lock)
    unsaved: int = 0
    rebuilding: threading.Thread | None = None


class Indexes:
    """Finds frames by vectors. All methods may be called from any thread; other processes have indexes of their own over the same
    catalog. With ``milvus``, an address, vectors lie there instead, for all processes.
    """

    def __init__(self, db: sa.Engine, folder: Path, milvus: str = "", token: str = "") -> None:
        self.reader = Reader(db)
        self._folder, self._milvus, self._token = folder, milvus, token
        self._held: dict[int, _Held] = {}
        self._opening: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def nearest(self, library: Library, question: Floats, count: int = CANDIDATES) -> Ids:
        """The frames most like any row of ``question`` (float32 QxD), the best first by the index: int64, at most ``count``."""
        held = self._caught_up(library)
        wide = count * library.rows if library.rows > 1 else count
        with held.doors.reading():
            found: Ids = part("retrieval.index").nearest(held.index, question, wide, library.rows)
        return found[:count]

    def size(self, library: Library) -> int:
        """How many rows are in a library's index now."""
        held = self._caught_up(library)
        with held.doors.reading():
            return len(held.index)

    def kind(self, library: Library) -> str:
        return str(self._caught_up(library).index.kind)

    def settle(self, library: Library) -> None:
        """Bring an index up to date, wait until it is of the kind that fits, and write it down."""
        held = self._caught_up(library)
        if thread := held.rebuilding:
            thread.join()
        if held.unsaved:
            self._save(held)

    def move(self, library: Library, *, milvus: bool) -> int:
        """Bring a library's vectors into Milvus, or into an index of our own, and drop them where they were: how many rows there are now.
        Other processes notice at their next question. Raises Unavailable where there is no Milvus, Failed where it doesn't answer.
        """
        if milvus and not self._milvus:
            raise Unavailable("search.no_move", name=library.name)
        if milvus != self._in_milvus(library):
            before = self._caught_up(library)
            place = self._place(library)
            place.mkdir(parents=True, exist_ok=True)
            if milvus:
                (place / OWN).unlink()
            else:
                (place / OWN).touch()
            self.settle(library)
            if milvus:
                for file in (*place.glob("*.faiss*"), *place.glob("index.json")):
                    file.unlink(missing_ok=True)
            else:
                before.index.clear()
                (place / MILVUS).unlink(missing_ok=True)
        return self.size(library)

    def forget(self, library: Library) -> None:
        """Drop what is kept of a library that was removed."""
        with self._lock:
            held = self._held.pop(library.id, None)
        if self._in_milvus(library):
            (held or self._opened(library)).index.clear()
        shutil.rmtree(self._place(library), ignore_errors=True)

    def close(self) -> None:
        """Write down what has changed."""
        with self._lock:
            everyone = list(self._held.values())
            self._held.clear()
        for held in everyone:
            if thread := held.rebuilding:
                thread.join()
            if held.unsaved:
                self._save(held)

    def _caught_up(self, library: Library) -> _Held:
        held = self._held.get(library.id)
        if held is None or (held.index.kind == MILVUS) != self._in_milvus(library):
            held = self._open(library)
        frame, removal = self.reader.mark(library)
        if frame > held.header.frames or removal > held.header.gone:
            with held.growing:
                self._catch_up(held)
        if held.index.kind != MILVUS:
            self._outgrown(held)
        return held

    def _open(self, library: Library) -> _Held:
        """A library's index, read or made once; meanwhile those of other libraries answer."""
        with self._lock:
            door = self._opening.setdefault(library.id, threading.Lock())
        with door:
            held = self._held.get(library.id)
            if held is None or (held.index.kind == MILVUS) != self._in_milvus(library):
                held = self._held[library.id] = self._opened(library)
            return held

    def _opened(self, library: Library) -> _Held:
        parts, place = part("retrieval.index"), self._place(library)
        header = parts.Header(library.id, library.encoder, library.version, library.rows, library.dim)
        if self._in_milvus(library):
            return self._of_milvus(library, header)
        if found := parts.read_index(place, header):
            return _Held(library, found[0], found[1], len(found[1]))
        if parts.kind_for(self.reader.count(library) * library.rows) == parts.EXACT:
            return _Held(library, header, parts.LocalIndex(library.dim), 0)
        return self._built(library, header)

    def _in_milvus(self, library: Library) -> bool:
        return bool(self._milvus) and not (self._place(library) / OWN).exists()

    def _of_milvus(self, library: Library, header: Any) -> _Held:
        index = part("retrieval.milvus").MilvusIndex(self._milvus, self._token, header)
        mark = self._place(library) / MILVUS
        if mark.exists() and len(index):
            frames, gone = map(int, mark.read_text().split())
            header = replace(header, frames=frames, gone=gone)
        return _Held(library, header, index, 0)

    def _catch_up(self, held: _Held) -> None:
        """Take in what the catalog has more, and drop what it has no more."""
        rows, parts = held.library.rows, part("retrieval.index")
        for ids, vectors in self.reader.after(held.library, held.header.frames):
            with held.doors.changing():
                held.index.add(parts.row_ids(ids, rows), vectors.reshape(-1, held.library.dim))
            held.header = replace(held.header, frames=int(ids[-1]))
            held.unsaved += len(ids) * rows
        number, gone = self.reader.gone_after(held.library, held.header.gone)
        if len(gone):
            with held.doors.changing():
                held.index.remove(parts.row_ids(gone, rows))
            held.header = replace(held.header, gone=number)
            held.unsaved += len(gone) * rows
        if held.unsaved >= SAVE_EVERY or (held.index.kind == MILVUS and held.unsaved):
            self._save(held)

    def _outgrown(self, held: _Held) -> None:
        """Begin to build an index anew if its kind, or what it has learnt, no longer fits."""
        parts, count = part("retrieval.index"), len(held.index)
        fits = parts.kind_for(count) == held.index.kind or count < held.built
        if (fits and count <= OUTGROWN * max(held.built, parts.MOST_BYTES)) or held.rebuilding:
            return
        with self._lock:
            if held.rebuilding is None:
                held.rebuilding = threading.Thread(target=self._rebuild, args=(held,), name="index", daemon=True)
                held.rebuilding.start()

    def _rebuild(self, held: _Held) -> None:
        try:
            new = self._built(held.library, replace(held.header, frames=0, gone=0))
            with held.growing:
                self._catch_up(new)
                with held.doors.changing():
                    held.index, held.header, held.built = new.index, new.header, len(new.index)
                self._save(held)
        except (sa.exc.SQLAlchemyError, OSError, RuntimeError):
            log.exception("the index of library %s can't be built anew", held.library.id)
        finally:
            held.rebuilding = None

    def _built(self, library: Library, header: Any) -> _Held:
        """An index of the kind that fits, from the catalog as it is now."""
        parts, rows = part("retrieval.index"), library.rows
        count = self.reader.count(library) * rows
        number, _ = self.reader.gone_after(library, 0)
        learn = self.reader.sample(library, parts.learning_size(parts.kind_for(count), count))
        last = 0

        def blocks() -> Iterator[tuple[Ids, Floats]]:
            nonlocal last
            for ids, vectors in self.reader.after(library, 0):
                last = int(ids[-1])
                yield parts.row_ids(ids, rows), vectors.reshape(-1, library.dim)

        index = parts.built(header, learn, count, blocks())
        return _Held(library, replace(header, frames=last, gone=number), index, count, unsaved=count)

    def _save(self, held: _Held) -> None:
        place = self._place(held.library)
        place.mkdir(parents=True, exist_ok=True)
        if held.index.kind == MILVUS:
            beside = place / f"{MILVUS}.new"
            beside.write_text(f"{held.header.frames} {held.header.gone}")
            beside.replace(place / MILVUS)
            held.unsaved = 0
            return
        try:
            with FileLock(place / "lock", timeout=LOCK_S), held.doors.reading():
                part("retrieval.index").write_index(place, held.header, held.index)
                held.unsaved = 0
        except (OSError, Timeout, RuntimeError) as problem:
            log.warning("the index of library %s can't be written: %s", held.library.id, problem)

    def _place(self, library: Library) -> Path:
        return self._folder / str(library.id)
