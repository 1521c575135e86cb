import hashlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cards import Cards
from studio.downloads import Download, Downloads
from studio.errors import NotAllowed, NotFound, Unavailable
from studio.hubs import Hubs
from studio.mirror import Policy
from studio.settings import Settings
from tests.studio.fileserver import FileServer, serving, slow, status, whole
from tests.waiting import PATIENCE_S, until

ONE = random.Random(2).randbytes(2_000_000)
TWO = random.Random(3).randbytes(1_000_000)
QUICK = Policy(attempts=2, backoff_s=0.01, read_s=2, connect_s=2)
CARD = """
id = "demo"
task = "cartoon"
licence = "MIT"
licence_url = "https://example.org/licence"
commercial = {commercial}
homepage = "https://example.org"
title = {{ en = "Demo", zh-CN = "演示", ru = "Демо" }}
summary = {{ en = "A model.", zh-CN = "一个模型。", ru = "Модель." }}
[[files]]
name = "one.bin"
bytes = {bytes}
sha256 = "{sha256}"
[[files.sources]]
hub = "hf"
repo = "own/demo"
path = "one.bin"
[[files]]
name = "two.bin"
verify = "first-use"
[[files.sources]]
hub = "hf"
repo = "own/demo"
path = "two.bin"
"""
PATH = "/own/demo/resolve/main/"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as files:
        yield files


@pytest.fixture
def studio(tmp_path: Path, server: FileServer) -> Iterator[tuple[Cards, Downloads]]:
    cards, downloads = make(tmp_path, server)
    yield cards, downloads
    downloads.close()


def make(folder: Path, server: FileServer, commercial: str = "true", offline: bool = False) -> tuple[Cards, Downloads]:
    shipped = folder / "shipped"
    shipped.mkdir(exist_ok=True)
    digest = hashlib.sha256(ONE).hexdigest()
    text = CARD.format(commercial=commercial, bytes=len(ONE), sha256=digest)
    (shipped / "demo.toml").write_text(text, encoding="utf-8")
    cards = Cards(Settings(data_dir=folder / "data"), shipped=shipped)
    return cards, Downloads(cards, Hubs(endpoint=server.url(""), offline=offline), QUICK)


def ended(downloads: Downloads) -> Download:
    look = downloads.wait("demo", PATIENCE_S)
    assert look is not None
    return look


def test_a_card_of_two_files(server: FileServer, studio: tuple[Cards, Downloads]) -> None:
    cards, downloads = studio
    server.on(PATH + "one.bin", whole(ONE))
    server.on(PATH + "two.bin", whole(TWO))
    downloads.start("demo", "ann")
    look = ended(downloads)
    assert (look.state, look.done_bytes, look.error) == ("done", len(ONE) + len(TWO), None)
    assert look.pinned == {"two.bin": hashlib.sha256(TWO).hexdigest()}
    assert cards.installed("demo")
    assert cards.sha256("demo", "two.bin") == look.pinned["two.bin"]


def test_two_ask_and_one_download_runs(server: FileServer, studio: tuple[Cards, Downloads]) -> None:
    cards, downloads = studio
    stop = threading.Event()
    server.on(PATH + "one.bin", slow(ONE, 200_000, stop))
    server.on(PATH + "two.bin", whole(TWO))
    asking = [threading.Thread(target=downloads.start, args=("demo", owner)) for owner in ("ann", "bob", "eve")]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert ended(downloads).state == "done"
    assert len(server.headers(PATH + "one.bin")) == 1
    assert downloads.start("demo", "ann").state in ("waiting", "running")
    assert ended(downloads).state == "done"
    assert len(server.headers(PATH + "one.bin")) == 1
    assert cards.installed("demo")


def test_progress_cancel_restart(server: FileServer, studio: tuple[Cards, Downloads], tmp_path: Path) -> None:
    _, downloads = studio
    stop = threading.Event()
    server.on(PATH + "one.bin", slow(ONE, 20_000, stop))
    server.on(PATH + "two.bin", whole(TWO))
    downloads.start("demo", "ann")
    look = until(lambda: (now := downloads.get("demo")) and now.done_bytes >= 100_000 and now.bytes_per_s > 0 and now)
    assert (look.state, look.file) == ("running", "one.bin")
    look = downloads.cancel("demo")
    assert look is not None and look.state == "cancelled"
    stop.set()

    cards, later = make(tmp_path, server)
    look = later.get("demo")
    assert look is not None and look.state == "partial"
    assert 0 < look.done_bytes < len(ONE)
    assert cards.state("demo") == "partial"
    server.on(PATH + "one.bin", whole(ONE, etag='"slow"'))
    later.start("demo", "bob")
    assert ended(later).state == "done"
    assert server.headers(PATH + "one.bin")[-1]["range"].startswith("bytes=")
    assert cards.installed("demo")


def test_delete_while_it_runs(server: FileServer, studio: tuple[Cards, Downloads]) -> None:
    cards, downloads = studio
    server.on(PATH + "one.bin", slow(ONE, 20_000, threading.Event()))
    downloads.start("demo", "ann")
    until(lambda: (now := downloads.get("demo")) and now.done_bytes)
    downloads.delete("demo")
    assert cards.state("demo") == "missing"
    assert cards.disk_bytes("demo") == 0
    assert downloads.get("demo") is None
    assert downloads.all() == []


def test_a_failure_is_shown_and_can_be_tried_again(server: FileServer, studio: tuple[Cards, Downloads]) -> None:
    _, downloads = studio
    server.on(PATH + "one.bin", status(404), whole(ONE))
    server.on(PATH + "two.bin", whole(TWO))
    downloads.start("demo", "ann")
    look = ended(downloads)
    assert look.state == "failed"
    assert look.error == ("models.http", {"file": "one.bin", "host": "127.0.0.1", "status": 404})
    downloads.start("demo", "ann")
    assert ended(downloads).state == "done"


def test_a_changed_file_is_fetched_anew(server: FileServer, studio: tuple[Cards, Downloads]) -> None:
    cards, downloads = studio
    server.on(PATH + "one.bin", whole(ONE))
    server.on(PATH + "two.bin", whole(TWO))
    downloads.start("demo", "ann")
    ended(downloads)
    cards.path("demo", "one.bin").write_bytes(bytes(len(ONE)))
    assert cards.state("demo") == "changed"
    downloads.start("demo", "ann")
    assert ended(downloads).state == "done"
    assert cards.installed("demo")
    assert len(server.headers(PATH + "two.bin")) == 1


def test_licence_first(server: FileServer, tmp_path: Path) -> None:
    cards, downloads = make(tmp_path, server, commercial="false")
    with pytest.raises(NotAllowed, match="accept it"):
        downloads.start("demo", "ann")
    cards.accept("demo", "ann")
    with pytest.raises(NotAllowed):
        downloads.start("demo", "bob")
    assert downloads.start("demo", "ann").state in ("waiting", "running", "failed")
    downloads.close()


def test_offline_says_how_to_do_without(server: FileServer, tmp_path: Path) -> None:
    cards, downloads = make(tmp_path, server, offline=True)
    with pytest.raises(Unavailable) as caught:
        downloads.start("demo", "ann")
    assert caught.value.key == "models.offline"
    for lang in ("en", "zh-CN", "ru"):
        sentence = caught.value.text(lang)
        assert "one.bin, two.bin" in sentence and str(cards.folder / "demo") in sentence
    assert not server.asked


def test_by_hand_only(tmp_path: Path, server: FileServer) -> None:
    cards = Cards(Settings(data_dir=tmp_path))
    cards.accept("white-box", "ann")
    with pytest.raises(Unavailable, match=r"github\.com/SystemErrorWang"):
        Downloads(cards, Hubs()).start("white-box", "ann")
    with pytest.raises(NotFound):
        Downloads(cards, Hubs()).start("nothing", "ann")


SCRIPT = """
import sys
from pathlib import Path
from studio.card import CardFile
from studio.fetch import fetch
from studio.hubs import Address
print(fetch(CardFile(name="one.bin", sha256=sys.argv[1]), [Address(sys.argv[2])], Path(sys.argv[3])).sha256)
"""


def test_two_processes_one_download_and_a_killed_one_is_continued(server: FileServer, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(ONE).hexdigest()
    target = tmp_path / "one.bin"
    url = server.on("/one", slow(ONE, 50_000, threading.Event(), 0.03))
    command = [sys.executable, "-c", SCRIPT, sha256, url, str(target)]
    killed = subprocess.Popen(command)
    part = target.with_name("one.bin.part")
    until(lambda: part.exists() and part.stat().st_size >= 300_000)
    killed.kill()
    killed.wait()
    left = part.stat().st_size
    server.on("/one", whole(ONE, etag='"slow"'))
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=PATIENCE_S)[0].strip() for process in both] == [sha256, sha256]
    assert [headers.get("range") for headers in server.headers("/one")] == [None, f"bytes={left}-"]
    assert target.read_bytes() == ONE
