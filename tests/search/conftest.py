from collections.abc import Iterator
from contextlib import closing

import pytest

from engines.retrieval import known
from studio.settings import Settings
from studio.studio import Studio
from tests.search.looking import Grid


@pytest.fixture(autouse=True)
def grid(monkeypatch):
    """The small encoder, and a seer to whom every tall picture has a face."""
    monkeypatch.setattr(known, "fingerprint", Grid)
    monkeypatch.setattr(known, "face_seer", lambda: lambda picture: picture.shape[0] > picture.shape[1])


@pytest.fixture
def studio(tmp_path) -> Iterator[Studio]:
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu", threads=2))) as made:
        made.worker.start()
        yield made
