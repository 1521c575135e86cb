"""Vectors by number, and those that are nearest to a question: exactly while there are few, in a byte a value where there are more,
and by neighbourhoods where there are very many.

What is here is a cache: it can be made again from the catalog at any time.
"""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats

Ids = NDArray[np.int64]

EXACT, BYTES, NEIGHBOURHOODS = "exact", "bytes", "neighbourhoods"
MOST_EXACT, MOST_BYTES = 10_000, 40_000
"""Vectors up to which each kind is used: measured by ``tests/bench/bench_index.py`` (decision 0027)."""
LISTS_A_ROOT = 1.0
LEARNED_A_LIST = 40
PROBES_A_ROOT = 1.5
FORMAT = 1


class Index(Protocol):
    """Vectors of unit length under int64 ids, compared by their inner product. Only one thread may change it at a time."""

    kind: str

    def add(self, ids: Ids, vectors: Floats) -> None:
        """ids N, vectors float32 NxD."""

    def remove(self, ids: Ids) -> None: ...

    def search(self, vectors: Floats, count: int) -> tuple[Floats, Ids]:
        """For each of Q vectors (float32 QxD) the ``count`` nearest: scores and ids, both Q x count, id -1 where there are no more."""

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Header:
    """What an index file holds: of which library, made by which encoder, and up to which change of the catalog.

    ``frames`` is the last frame's id, ``gone`` the last removal's number.
    """

    library: int
    encoder: str
    version: str
    rows: int
    dim: int
    frames: int = 0
    gone: int = 0
    kind: str = EXACT
    format: int = FORMAT


def kind_for(count: int) -> str:
    """The kind of index for so many vectors."""
    return EXACT if count <= MOST_EXACT else BYTES if count <= MOST_BYTES else NEIGHBOURHOODS


class LocalIndex:
    """An index of FAISS in this process's memory."""

    def __init__(self, dim: int, kind: str = EXACT, learn: Floats | None = None, expected: int = 0) -> None:
        """``learn`` float32 NxD are vectors to learn the values' ranges or the neighbourhoods of, which all kinds but the exact one need;
        ``expected`` vectors will be in it.
        """
        self.kind = kind
        self._faiss = _made(dim, kind, learn, expected)

    @classmethod
    def of(cls, kind: str, native: Any) -> "LocalIndex":
        """Around an index of FAISS's own."""
        made = cls.__new__(cls)
        made.kind, made._faiss = kind, native
        return made

    @property
    def native(self) -> Any:
        return self._faiss

    def add(self, ids: Ids, vectors: Floats) -> None:
        if len(ids):
            _threads(os.cpu_count() or 1)
            self._faiss.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))

    def remove(self, ids: Ids) -> None:
        if len(ids):
            self._faiss.remove_ids(np.ascontiguousarray(ids, np.int64))

    def search(self, vectors: Floats, count: int) -> tuple[Floats, Ids]:
        _threads(1)
        count = min(count, max(len(self), 1))
        scores, ids = self._faiss.search(np.ascontiguousarray(vectors, np.float32), count)
        return scores, ids

    def __len__(self) -> int:
        return int(self._faiss.ntotal)


def learning_size(kind: str, count: int) -> int:
    """How many vectors a kind of index wants to learn from, of ``count``."""
    if kind == EXACT:
        return 0
    return min(count, 20_000 if kind == BYTES else LEARNED_A_LIST * lists_for(count))


def lists_for(count: int) -> int:
    """How many neighbourhoods so many vectors are parted into."""
    return max(64, int(LISTS_A_ROOT * count**0.5))


def built(header: Header, learn: Floats, count: int, blocks: Iterable[tuple[Ids, Floats]]) -> LocalIndex:
    """A new index of the kind that fits ``count`` vectors, filled from blocks of ids and vectors."""
    index = LocalIndex(header.dim, kind_for(count), learn, count)
    for ids, vectors in blocks:
        index.add(ids, vectors)
    return index


def write_index(folder: Path, header: Header, index: LocalIndex) -> None:
    """Write an index whole or not at all; the one that was there before is there until then."""
    import faiss

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{secrets.token_hex(6)}.faiss"
    faiss.write_index(index.native, str(file))
    _to_disk(file)
    beside = folder / f"{file.name}.json"
    beside.write_text(json.dumps({**asdict(header), "kind": index.kind, "file": file.name}))
    _to_disk(beside)
    beside.replace(folder / "index.json")
    _to_disk(folder)
    for old in folder.glob("*.faiss*"):
        if old != file:
            old.unlink(missing_ok=True)


def read_index(folder: Path, wanted: Header) -> tuple[Header, LocalIndex] | None:
    """The index of a folder, if it is of the same library, encoder and format; None for any that can't be used."""
    import faiss

    try:
        said: Mapping[str, Any] = json.loads((folder / "index.json").read_text())
        file = folder / Path(said["file"]).name
        header = Header(**{name: value for name, value in said.items() if name != "file"})
        same = ("library", "encoder", "version", "rows", "dim", "format")
        if any(getattr(header, name) != getattr(wanted, name) for name in same):
            return None
        return header, LocalIndex.of(header.kind, _tuned(faiss.read_index(str(file))))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def nearest(index: Index, question: Floats, count: int, rows: int) -> Ids:
    """The frames with the best likeness by the index, the best first: int64, at most ``count``.

    A row's id is frame x rows + row.
    """
    scores, ids = index.search(question, count)
    frames, flat = ids.ravel() // rows, scores.ravel()
    there = ids.ravel() >= 0
    order = np.argsort(-flat[there], kind="stable")
    ranked = frames[there][order]
    _, first = np.unique(ranked, return_index=True)
    return np.asarray(ranked[np.sort(first)][:count], np.int64)


def row_ids(frames: Ids, rows: int) -> Ids:
    """The ids of all rows of frames."""
    return (frames[:, None] * rows + np.arange(rows, dtype=np.int64)).ravel()


def _threads(count: int) -> None:
    """For this thread: several questions at once are answered sooner one beside the other than each by all cores."""
    import faiss

    faiss.omp_set_num_threads(count)


def _made(dim: int, kind: str, learn: Floats | None, expected: int) -> Any:
    import faiss

    if kind == EXACT:
        return faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
    assert learn is not None
    if kind == BYTES:
        flat = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        flat.train(learn)
        return faiss.IndexIDMap2(flat)
    lists = min(lists_for(max(expected, len(learn))), max(len(learn) // 8, 1))
    parted: Any = faiss.index_factory(dim, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    parted.by_residual = False
    parted.cp.min_points_per_centroid = 4
    parted.cp.niter = 8
    parted.cp.spherical = True
    parted.train(learn)
    return _tuned(parted)


def _tuned(native: Any) -> Any:
    import faiss

    if isinstance(native, faiss.IndexIVF):
        native.nprobe = max(round(PROBES_A_ROOT * native.nlist**0.5), 1)
    return native


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
