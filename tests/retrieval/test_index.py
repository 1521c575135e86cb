"""Indexes: what they find against everything compared with everything, and what a broken file does."""

import numpy as np
import pytest

from engines.retrieval.index import (
    BYTES,
    EXACT,
    NEIGHBOURHOODS,
    Header,
    LocalIndex,
    nearest,
    read_index,
    row_ids,
    write_index,
)

DIM = 64
HEADER = Header(7, "fingerprint", "1", 1, DIM)


def vectors(count, seed=0):
    random = np.random.default_rng(seed)
    middles = random.standard_normal((max(count // 40, 8), DIM))
    found = middles[random.integers(0, len(middles), count)] + 0.5 * random.standard_normal((count, DIM))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def made(kind, there):
    index = LocalIndex(DIM, kind, there, len(there))
    index.add(np.arange(len(there)) + 100, there)
    return index


@pytest.mark.parametrize("kind", [EXACT, BYTES, NEIGHBOURHOODS])
def test_what_is_nearest_is_found(kind):
    there, asked = vectors(4000), vectors(4000)[:50]
    index = made(kind, there)
    _, ids = index.search(asked, 50)
    true = np.argsort(-(asked @ there.T), axis=1)[:, :10] + 100
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(true, ids, strict=True)]) >= 0.98
    assert (ids[:, 0] == np.arange(50) + 100).all()


@pytest.mark.parametrize("kind", [EXACT, BYTES, NEIGHBOURHOODS])
def test_what_is_removed_is_found_no_more(kind):
    there = vectors(2000)
    index = made(kind, there)
    index.remove(np.arange(100, 600))
    _, ids = index.search(there[:100], 20)
    assert ids.min() >= 600 and len(index) == 1500


@pytest.mark.parametrize("kind", [EXACT, BYTES, NEIGHBOURHOODS])
def test_what_is_written_is_read_again(tmp_path, kind):
    there = vectors(2000)
    index = made(kind, there)
    write_index(tmp_path, HEADER, index)
    header, again = read_index(tmp_path, HEADER)
    assert header.kind == again.kind == kind
    for one, other in zip(index.search(there[:20], 10), again.search(there[:20], 10), strict=True):
        assert np.array_equal(one, other)
    write_index(tmp_path, HEADER, index)
    assert len(list(tmp_path.iterdir())) == 2


def test_another_encoders_index_and_a_broken_one_are_not_used(tmp_path):
    index = made(EXACT, vectors(100))
    assert read_index(tmp_path, HEADER) is None
    write_index(tmp_path, HEADER, index)
    assert read_index(tmp_path, Header(7, "fingerprint", "2", 1, DIM)) is None
    assert read_index(tmp_path, Header(8, "fingerprint", "1", 1, DIM)) is None
    file = next(tmp_path.glob("*.faiss"))
    file.write_bytes(file.read_bytes()[:100])
    assert read_index(tmp_path, HEADER) is None
    (tmp_path / "index.json").write_text("{")
    assert read_index(tmp_path, HEADER) is None


def test_a_frame_is_as_near_as_its_nearest_row():
    there = vectors(60)
    index = LocalIndex(DIM)
    index.add(row_ids(np.arange(20), 3), there)
    assert nearest(index, there[[5]], 3, 3)[0] == 1
    found = nearest(index, there[[5, 30]], 20, 3)
    assert set(found[:2]) == {1, 10} and len(set(found.tolist())) == len(found)
