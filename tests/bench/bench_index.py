"""Indexes as they grow: how long a question takes, what is found of what comparing everything finds, bytes a vector, and vectors a second
into the database and the index.

    python -m tests.bench.bench_index [counts ...]

Vectors have 512 values; they lie in groups as frames of the same footage do, a question is one of them with some noise, and its ten nearest
are those of comparing it with everything.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from engines.retrieval.index import Header as IndexHeader
from engines.retrieval.index import LocalIndex, kind_for, learning_size, write_index
from studio.catalog.catalog import Catalog
from studio.catalog.reading import Reader
from studio.catalog.rows import File, NewFrame, NewShot
from studio.store import open_store

DIM = 512
COUNTS = (10_000, 50_000, 200_000, 1_000_000)
QUESTIONS = 200
NEAREST = 10
CANDIDATES = 200
STORED = 20_000
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


def grown(count: int) -> str:
    """What a library of so many vectors is like."""
    there = synthetic(count)
    asked, kind = questions(there), kind_for(count)
    known, kept = true(there, asked), there.astype(np.float16)
    size = learning_size(kind, count)
    learn = there[np.sort(np.random.default_rng(5).choice(count, size, replace=False))] if size else None
    began = time.perf_counter()
    index = LocalIndex(DIM, kind, learn, count)
    learnt = time.perf_counter() - began
    began = time.perf_counter()
    for begin in range(0, count, BLOCK):
        index.add(np.arange(begin, min(begin + BLOCK, count)), there[begin : begin + BLOCK])
    filled = count / (time.perf_counter() - began)
    del there
    took, cpu, found = [], time.process_time(), 0
    for one, best in zip(asked, known, strict=True):
        began = time.perf_counter()
        _, ids = index.search(one[None], CANDIDATES)
        exact = kept[ids[0]].astype(np.float32) @ one
        answer = ids[0][np.argsort(-exact)[:NEAREST]]
        took.append(1e3 * (time.perf_counter() - began))
        found += len(set(answer.tolist()) & set(best.tolist()))
    cpu = 1e3 * (time.process_time() - cpu) / QUESTIONS
    with tempfile.TemporaryDirectory() as folder:
        write_index(Path(folder), IndexHeader(1, "synthetic", "1", 1, DIM), index)
        held = sum(file.stat().st_size for file in Path(folder).iterdir()) / count
    p50, p95 = np.percentile(took, (50, 95))
    recall = found / (QUESTIONS * NEAREST)
    return (
        f"{count:>9} {kind:15} p50 {p50:6.2f} ms  p95 {p95:6.2f} ms  cpu {cpu:5.2f} ms  recall@10 {recall:.4f}  {held:5.0f} bytes a vector  "
        f"learnt in {learnt:5.1f} s  {filled:8.0f} vectors/s added"
    )


def stored(count: int = STORED) -> tuple[float, float]:
    """Vectors a second into the database, and from there into an index: by the clock, and by a core's seconds."""
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
        began, cpu = time.perf_counter(), time.process_time()
        for begin in range(0, len(shots), 100):
            catalog.keep(library, video.id, shots[begin : begin + 100])
        index = LocalIndex(DIM)
        for ids, block in Reader(db).after(library, 0):
            index.add(ids, block.reshape(-1, DIM))
        rates = count / (time.perf_counter() - began), count / (time.process_time() - cpu)
        assert len(index) == count
        with db.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint"))
        db.dispose()
    return rates


def main(counts: list[int]) -> None:
    say = sys.stdout.write
    clock, core = stored()
    say(f"into the database and the index: {clock:.0f} vectors/s, {core:.0f} for each second of a core\n")
    for count in counts or COUNTS:
        say(grown(count) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
