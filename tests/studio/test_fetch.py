import hashlib
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from studio.card import CardFile
from studio.errors import Cancelled, DiskFull, Unavailable
from studio.fetch import fetch
from studio.hubs import Address
from studio.meter import Progress
from studio.mirror import Policy
from tests.studio.fileserver import (
    FileServer,
    announced,
    cut,
    redirect,
    serving,
    silent,
    slow,
    status,
    until_close,
    whole,
)
from tests.waiting import until

DATA = random.Random(1).randbytes(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()
FILE = CardFile(name="model.bin", bytes=len(DATA), sha256=SHA)
UNSIZED = CardFile(name="model.bin", sha256=SHA)
UNKNOWN = CardFile(name="model.bin", verify="first-use")
QUICK = Policy(attempts=3, backoff_s=0.01, read_s=2, connect_s=2)
BEFORE_SERVER_S = 20.0


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as files:
        yield files


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "card" / "model.bin"


def get(file: CardFile, target: Path, *urls: str, **more: object) -> str:
    return fetch(file, [Address(url) for url in urls], target, policy=QUICK, **more).sha256  # type: ignore[arg-type]


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if ".lock" not in path.name)


def test_whole_file(server: FileServer, target: Path) -> None:
    seen: list[Progress] = []
    assert get(FILE, target, server.on("/m", whole(DATA)), progress=seen.append) == SHA
    assert target.read_bytes() == DATA
    assert leftovers(target) == ["model.bin"]
    assert (seen[-1].done, seen[-1].total) == (len(DATA), len(DATA))


def test_cut_twice_goes_on_where_it_stopped(server: FileServer, target: Path) -> None:
    url = server.on("/m", cut(DATA, 1_000_000, etag='"a"'), cut(DATA, 700_000, etag='"a"'), whole(DATA, etag='"a"'))
    assert get(FILE, target, url) == SHA
    assert target.read_bytes() == DATA
    ranges = [headers.get("range") for headers in server.headers("/m")]
    assert ranges == [None, "bytes=1000000-", "bytes=1700000-"]
    assert server.headers("/m")[2]["if-range"] == '"a"'


def test_a_later_call_goes_on_with_what_an_earlier_one_left(server: FileServer, target: Path) -> None:
    with pytest.raises(Unavailable, match="broke off"):
        get(FILE, target, server.on("/m", cut(DATA, 2_000_000), cut(DATA, 0)))
    assert not target.exists()
    assert leftovers(target) == ["model.bin.part", "model.bin.part.json"]
    asked = len(server.asked)
    assert get(FILE, target, server.on("/m", whole(DATA))) == SHA
    assert server.headers("/m")[asked]["range"] == "bytes=2000000-"


def test_range_ignored_starts_again_cleanly(server: FileServer, target: Path) -> None:
    assert get(FILE, target, server.on("/m", cut(DATA, 1_500_000), whole(DATA, ranges=False))) == SHA
    assert target.read_bytes() == DATA


def test_file_changed_on_the_server_between_two_attempts(server: FileServer, target: Path) -> None:
    other = bytes(reversed(DATA))
    url = server.on("/m", cut(other, 1_000_000, etag='"old"'), whole(DATA, etag='"new"'))
    assert get(FILE, target, url) == SHA
    assert target.read_bytes() == DATA


def test_spoilt_beginning_is_dropped_and_fetched_anew(server: FileServer, target: Path) -> None:
    spoilt = bytes(1_000_000) + DATA[1_000_000:]
    assert get(FILE, target, server.on("/m", cut(spoilt, 1_200_000), whole(DATA))) == SHA
    assert target.read_bytes() == DATA


def test_the_whole_part_of_a_killed_run_needs_no_network(server: FileServer, target: Path) -> None:
    with pytest.raises(Unavailable):
        get(FILE, target, server.on("/m", cut(DATA, len(DATA) - 10), cut(DATA, 0)))
    with target.with_name("model.bin.part").open("ab") as part:
        part.write(DATA[-10:])
    asked = len(server.asked)
    assert get(FILE, target, server.url("/m")) == SHA
    assert len(server.asked) == asked


def test_wrong_hash_is_deleted_and_the_next_mirror_serves(server: FileServer, target: Path) -> None:
    false = bytes(len(DATA))
    assert get(FILE, target, server.on("/false", whole(false)), server.on("/true", whole(DATA))) == SHA
    assert target.read_bytes() == DATA
    assert len(server.headers("/false")) == 1


def test_wrong_hash_alone_leaves_nothing(server: FileServer, target: Path) -> None:
    with pytest.raises(Unavailable, match="isn't the file") as caught:
        get(FILE, target, server.on("/false", whole(bytes(len(DATA)))))
    assert caught.value.key == "models.wrong_hash"
    assert leftovers(target) == []


@pytest.mark.parametrize("length", [1_000_000, 4_000_000])
@pytest.mark.parametrize("file", [FILE, UNSIZED], ids=["size known", "size unknown"])
def test_false_content_length(server: FileServer, target: Path, file: CardFile, length: int) -> None:
    """Too short, and too long; with the size on the card, and without."""
    false = server.on("/false", announced(DATA, length))
    with pytest.raises(Unavailable):
        get(file, target, false)
    assert not target.exists()
    assert get(file, target, false, server.on("/true", whole(DATA))) == SHA
    assert target.read_bytes() == DATA


def test_404_leaves_a_mirror_at_once(server: FileServer, target: Path) -> None:
    assert get(FILE, target, server.url("/gone"), server.on("/m", whole(DATA))) == SHA
    assert len(server.headers("/gone")) == 1


def test_503_then_ok(server: FileServer, target: Path) -> None:
    assert get(FILE, target, server.on("/m", status(503), status(500), whole(DATA))) == SHA


def test_429_waits_as_long_as_asked(server: FileServer, target: Path) -> None:
    started = time.monotonic()
    assert get(FILE, target, server.on("/m", status(429, {"Retry-After": "1"}), whole(DATA))) == SHA
    assert time.monotonic() - started >= 1


def test_endless_503_and_a_day_of_waiting_go_to_the_next_mirror(server: FileServer, target: Path) -> None:
    busy = server.on("/busy", status(503))
    tomorrow = server.on("/tomorrow", status(429, {"Retry-After": "86400"}))
    assert get(FILE, target, busy, tomorrow, server.on("/m", whole(DATA))) == SHA
    assert len(server.headers("/busy")) == QUICK.attempts
    assert len(server.headers("/tomorrow")) == 1


def test_nobody_listens(server: FileServer, target: Path) -> None:
    assert get(FILE, target, "http://127.0.0.1:1/m", server.on("/m", whole(DATA))) == SHA


def test_redirect_is_followed_but_the_token_stays(server: FileServer, target: Path) -> None:
    server.on("/far", whole(DATA))
    server.on("/near", redirect(server.url("/far", "localhost")))
    fetch(FILE, [Address(server.on("/m", redirect("/near")), "hf_secret")], target, policy=QUICK)
    sent = {path: headers.get("authorization") for path, headers in server.asked}
    assert sent == {"/m": "Bearer hf_secret", "/near": "Bearer hf_secret", "/far": None}


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/m", "//", "/loop"])
def test_bad_redirects_are_refused(server: FileServer, target: Path, place: str) -> None:
    url = server.on("/loop", redirect(place))
    with pytest.raises(Unavailable) as caught:
        get(FILE, target, url)
    assert caught.value.key == "models.redirect"
    assert get(FILE, target, url, server.on("/m", whole(DATA))) == SHA


def test_unknown_hash_is_checked_against_what_the_hub_states(server: FileServer, target: Path) -> None:
    server.on("/cdn", whole(DATA))
    server.on("/bad", whole(bytes(len(DATA))))
    linked = {"X-Linked-ETag": f'"{SHA}"', "X-Linked-Size": str(len(DATA))}
    with pytest.raises(Unavailable) as caught:
        get(UNKNOWN, target, server.on("/m", redirect("/bad", linked)))
    assert caught.value.key == "models.wrong_hash"
    assert get(UNKNOWN, target, server.on("/m", redirect("/cdn", linked))) == SHA


def test_the_hub_states_another_size_or_hash(server: FileServer, target: Path) -> None:
    server.on("/cdn", whole(DATA))
    with pytest.raises(Unavailable) as caught:
        get(UNKNOWN, target, server.on("/m", redirect("/cdn", {"X-Linked-Size": "17"})))
    assert caught.value.key == "models.wrong_size"
    with pytest.raises(Unavailable) as caught:
        get(FILE, target, server.on("/m", redirect("/cdn", {"X-Linked-ETag": f'"{"0" * 64}"'})))
    assert caught.value.key == "models.wrong_hash"


def test_unknown_hash_needs_an_end_and_refuses_pages(server: FileServer, target: Path) -> None:
    onnx = CardFile(name="model.onnx", verify="first-use")
    page = b"<!doctype html><title>Sign in</title>"
    cases = {
        "models.no_length": (UNKNOWN, until_close(DATA)),
        "models.not_served": (UNKNOWN, announced(page, len(page), "text/html; charset=utf-8")),
        "models.wrong_size": (UNKNOWN, announced(b"", 0)),
    }
    for key, (file, answer) in cases.items():
        with pytest.raises(Unavailable) as caught:
            get(file, target, server.on("/m", answer))
        assert caught.value.key == key
    with pytest.raises(Unavailable) as caught:
        get(onnx, target.with_name("model.onnx"), server.on("/m", whole(b"version https://git-lfs.github.com/spec/v1")))
    assert caught.value.key == "models.not_served"
    assert leftovers(target) == []


def test_unknown_hash_without_a_validator_never_joins_two_halves(server: FileServer, target: Path) -> None:
    assert get(UNKNOWN, target, server.on("/m", cut(bytes(len(DATA)), 1_000_000), whole(DATA))) == SHA
    assert "range" not in server.headers("/m")[1]


def cancelled_when(condition: Callable[[], object], url: str, target: Path) -> bool:
    """Whether a download that is cancelled once ``condition`` holds ends as cancelled, before the server has ended."""
    cancel, over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(fetch, FILE, [Address(url)], target, cancel=cancel)
        running.add_done_callback(lambda _: over.set())
        until(condition)
        cancel.set()
        assert over.wait(BEFORE_SERVER_S), "it goes on although it is cancelled"
        return isinstance(running.exception(), Cancelled)


@pytest.mark.parametrize("kind", ["slow", "silent"])
def test_cancel_does_not_wait_for_the_server(server: FileServer, target: Path, kind: str) -> None:
    stop = threading.Event()
    url = server.on("/m", slow(DATA, 1000, stop) if kind == "slow" else silent(stop))
    part = target.with_name("model.bin.part")
    begun = (lambda: part.exists() and part.stat().st_size) if kind == "slow" else (lambda: server.headers("/m"))
    assert cancelled_when(begun, url, target)
    stop.set()
    assert len(server.headers("/m")) == 1
    assert not target.exists()
    if kind == "slow":
        assert 0 < part.stat().st_size < len(DATA)
        assert get(FILE, target, server.on("/m", whole(DATA, etag='"slow"'))) == SHA
        assert "range" in server.headers("/m")[-1]


def test_cancel_while_waiting_to_try_again(server: FileServer, target: Path) -> None:
    url = server.on("/m", status(503, {"Retry-After": "30"}))
    assert cancelled_when(lambda: server.headers("/m"), url, target)
    assert len(server.headers("/m")) == 1


def test_no_room_is_said_before_the_first_byte(server: FileServer, target: Path) -> None:
    size = shutil.disk_usage(target.parents[1]).free + 1
    huge = CardFile(name="model.bin", bytes=size, sha256=SHA)
    with pytest.raises(DiskFull, match="are needed"):
        get(huge, target, server.on("/m", announced(DATA, size)), server.on("/other", whole(DATA)))
    assert not server.headers("/other")
    assert leftovers(target) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
def test_disk_fills_up_on_the_way(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    part = target.with_name("model.bin.part")
    part.symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        get(FILE, target, server.on("/m", whole(DATA)))
    assert not part.is_symlink()
    assert get(FILE, target, server.url("/m")) == SHA


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(server: FileServer, target: Path) -> None:
    target.parent.mkdir(mode=0o500)
    with pytest.raises(Unavailable, match="can't be written"):
        get(FILE, target, server.on("/m", whole(DATA)))


def test_folder_that_is_a_file(server: FileServer, target: Path) -> None:
    target.parent.write_text("in the way")
    with pytest.raises(Unavailable, match="can't be written"):
        get(FILE, target, server.on("/m", whole(DATA)))


def test_two_callers_one_download(server: FileServer, target: Path) -> None:
    url = server.on("/m", slow(DATA, 200_000, threading.Event(), 0.02))
    found: list[str] = []
    callers = [threading.Thread(target=lambda: found.append(get(FILE, target, url))) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert found == [SHA] * 3
    assert len(server.headers("/m")) == 1
