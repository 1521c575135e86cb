"""Indexes as they grow: how long a question takes, what is found of what comparing everything finds, bytes a vector, and vectors a second
into the database and the index.

    python -m tests.bench.bench_index [counts ...]

Vectors have 512 values; they lie in groups as frames of the same footage do, a question is one of them with some noise, and its ten nearest
are those of comparing it with everything.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from engines.retrieval.index import BYTES, EXACT, NEIGHBOURHOODS, LocalIndex, kind_for, learning_size, write_index
from engines.retrieval.index import Header as IndexHeader
from studio.catalog.catalog import Catalog
from studio.catalog.reading import Reader
from studio.catalog.rows import File, NewFrame, NewShot
from studio.store import open_store

DIM = 512
COUNTS = (10_000, 20_000, 50_000, 100_000, 200_000, 1_000_000)
MOST = {EXACT: 50_000, BYTES: 200_000, NEIGHBOURHOODS: 1 << 30}
QUESTIONS = 200
NEAREST = 10
CANDIDATES = 200
STORED = 40_000
BLOCK = 50_000
A_GROUP = 40
SPREAD, NOISE = 0.45, 0.25


def synthetic(count: int, seed: int = 1) -> np.ndarray:
    """float32 count x 512 of unit length: groups in a space of fewer dimensions, as descriptions of pictures lie."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(7).standard_normal((96, DIM)).astype(np.float32) / 96**0.5
    middles = random.standard_normal((max(count // A_GROUP, 10), 96)).astype(np.float32)
    made = np.empty((count, DIM), np.float32)
    for begin in range(0, count, BLOCK):
        size = min(BLOCK, count - begin)
        own = SPREAD * random.standard_normal((size, 96)).astype(np.float32)
        made[begin : begin + size] = (middles[random.integers(0, len(middles), size)] + own) @ mix
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def questions(there: np.ndarray) -> np.ndarray:
    """float32 200 x 512."""
    random = np.random.default_rng(3)
    asked = there[random.integers(0, len(there), QUESTIONS)]
    asked = asked + NOISE / DIM**0.5 * random.standard_normal(asked.shape).astype(np.float32)
    return (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)


def true(there: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The ten nearest of each question by comparing it with everything."""
    scores = np.full((len(asked), NEAREST), -2, np.float32)
    ids = np.zeros((len(asked), NEAREST), np.int64)
    for begin in range(0, len(there), BLOCK):
        new = asked @ there[begin : begin + BLOCK].T
        both = np.concatenate([scores, new], axis=1)
        names = np.concatenate([ids, np.broadcast_to(np.arange(new.shape[1]) + begin, new.shape)], axis=1)
        best = np.argpartition(-both, NEAREST, axis=1)[:, :NEAREST]
        scores, ids = np.take_along_axis(both, best, 1), np.take_along_axis(names, best, 1)
    return ids


def grown(count: int, store: float) -> Iterator[str]:
    """What a library of so many vectors is like in each kind of index that may be right for it. The one that is used has a star."""
    there = synthetic(count)
    asked = questions(there)
    known, kept = true(there, asked), there.astype(np.float16)
    for kind in (EXACT, BYTES, NEIGHBOURHOODS):
        if count > MOST[kind]:
            continue
        learnt, filled, index = made(kind, there)
        p50, p95, cpu, recall = answered(index, asked, known, kept)
        both = count / (count / store + learnt + filled)
        yield (
            f"{count:>9} {kind + '*' * (kind == kind_for(count)):16} p50 {p50:6.2f}  p95 {p95:6.2f} ms  cpu {cpu:5.2f} ms  recall@10 {recall:.4f}  "
            f"{held(index) / count:5.0f} bytes a vector  learnt in {learnt:5.1f} s, filled in {filled:5.1f} s; "
            f"database and index {both:6.0f} vectors/s"
        )


def made(kind: str, there: np.ndarray) -> tuple[float, float, LocalIndex]:
    """Seconds of learning and of filling, and the index."""
    count = len(there)
    size = learning_size(kind, count)
    learn = there[np.sort(np.random.default_rng(5).choice(count, size, replace=False))] if size else None
    began = time.perf_counter()
    index = LocalIndex(DIM, kind, learn, count)
    learnt = time.perf_counter() - began
    began = time.perf_counter()
    for begin in range(0, count, BLOCK):
        index.add(np.arange(begin, min(begin + BLOCK, count)), there[begin : begin + BLOCK])
    return learnt, time.perf_counter() - began, index


def answered(
    index: LocalIndex, asked: np.ndarray, known: np.ndarray, kept: np.ndarray
) -> tuple[float, float, float, float]:
    """Milliseconds of a question (median, 95th of a hundred, of a processor) and recall@10, candidates being compared again."""
    took, cpu, found = [], time.process_time(), 0
    for one, best in zip(asked, known, strict=True):
        began = time.perf_counter()
        _, ids = index.search(one[None], CANDIDATES)
        exact = np.einsum("nd,d->n", kept[ids[0]].astype(np.float32), one)
        answer = ids[0][np.argsort(-exact)[:NEAREST]]
        took.append(1e3 * (time.perf_counter() - began))
        found += len(set(answer.tolist()) & set(best.tolist()))
    p50, p95 = np.percentile(took, (50, 95))
    return float(p50), float(p95), 1e3 * (time.process_time() - cpu) / QUESTIONS, found / (QUESTIONS * NEAREST)


def held(index: LocalIndex) -> int:
    """Bytes of an index, as a file, which is what it takes in memory, too."""
    with tempfile.TemporaryDirectory() as folder:
        write_index(Path(folder), IndexHeader(1, "synthetic", "1", 1, DIM), index)
        return sum(file.stat().st_size for file in Path(folder).iterdir())


def stored(count: int = STORED) -> float:
    """Vectors a second into the database, on the disk for good, and out of it again as an index takes them in."""
    vectors = synthetic(count)
    with tempfile.TemporaryDirectory() as folder:
        db = open_store(Path(folder) / "studio.db")
        catalog = Catalog(db)
        library = catalog.made("bench", "bench", encoder="synthetic", version="1", rows=1, dim=DIM)
        video = catalog.take(library, File("/a", "/", "a", "1", 1, 0.0), "content")
        shots = [
            NewShot(n, n, n + 1.0, [NewFrame(n + k / 20, vectors[n * 20 + k][None]) for k in range(20)])
            for n in range(count // 20)
        ]
        began = time.perf_counter()
        for begin in range(0, len(shots), 100):
            catalog.keep(library, video.id, shots[begin : begin + 100])
        with db.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint"))
        read = sum(len(ids) for ids, _ in Reader(db).after(library, 0))
        rate = count / (time.perf_counter() - began)
        assert read == count
        db.dispose()
    return rate


def main(counts: list[int]) -> None:
    say = sys.stdout.write
    store = stored()
    say(f"into the database: {store:.0f} vectors/s\n")
    for count in counts or COUNTS:
        for line in grown(count, store):
            say(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
