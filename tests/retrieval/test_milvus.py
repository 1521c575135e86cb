"""The embedded Milvus, through pymilvus."""

import numpy as np
import pytest

from engines.retrieval.index import Header
from engines.retrieval.milvus import MilvusIndex
from studio.errors import Failed

DIM = 32


def vectors(count):
    found = np.random.default_rng(3).standard_normal((count, DIM)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_it_finds_what_comparing_everything_finds(tmp_path):
    there = vectors(500)
    index = MilvusIndex(str(tmp_path / "milvus.db"), "", Header(3, "fingerprint", "1.0", 2, DIM))
    index.add(np.arange(500) + 1000, there)
    index.add(np.arange(10) + 1000, there[:10])
    assert len(index) == 500
    scores, ids = index.search(there[:20], 10)
    true = np.argsort(-(there[:20] @ there.T), axis=1)[:, :10] + 1000
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(true, ids, strict=True)]) >= 0.98
    assert np.allclose(scores[:, 0], 1, atol=1e-4)
    index.remove(np.arange(1000, 1005))
    assert ids[0, 0] not in index.search(there[:1], 3)[1]
    other = MilvusIndex(str(tmp_path / "milvus.db"), "", Header(4, "fingerprint", "1.0", 2, DIM))
    assert len(other) == 0
    index.clear()


def test_a_server_that_is_not_there_is_told_of():
    with pytest.raises(Failed) as told:
        MilvusIndex("/proc/nowhere/milvus.db", "", Header(3, "fingerprint", "1", 1, DIM))
    assert told.value.key == "search.no_milvus"
