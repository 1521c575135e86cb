from collections.abc import Iterator
from contextlib import closing

import pytest

from engines.retrieval import known
from studio.settings import Settings
from studio.studio import Studio
from tests.search.looking import Grid


@pytest.fixture(autouse=True)
def grid(monkeypatch):
    monkeypatch.setattr(known, "fingerprint", Grid)


@pytest.fixture
def studio(tmp_path) -> Iterator[Studio]:
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu", threads=2))) as made:
        made.worker.start()
        yield made
