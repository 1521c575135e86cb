"""Clients of a module's ``server``, and a place to work for the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from studio.paths import ROOT
from studio.studio import Studio


@contextmanager
def visiting(address: str) -> Iterator[httpx.Client]:
    """A client that the server knows by its cookie from now on."""
    with httpx.Client(base_url=address, timeout=180) as found:
        found.get("/api/v1/me")
        yield found


@pytest.fixture
def client(server: tuple[str, Studio]) -> Iterator[httpx.Client]:
    with visiting(server[0]) as found:
        yield found


@pytest.fixture
def other(server: tuple[str, Studio]) -> Iterator[httpx.Client]:
    with visiting(server[0]) as found:
        yield found


@pytest.fixture
def place_of_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a user of the command line, with a data folder of its own."""
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work
