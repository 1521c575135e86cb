"""Bad inputs through a real server: a right result or one clear sentence, the studio alive, nothing half-written."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.cli import DONE, FAILED, USAGE, main
from studio.settings import Settings
from studio.studio import Studio
from studio.texts import languages
from tests.e2e.bad_files import CUTS, DRAWN, REFUSED, cut_clip, large, silence, sound
from tests.serving import job_over, picture, served_studio

API = "/api/v1"
LONGEST = 400
Server = tuple[str, Studio]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), device="cpu", max_upload_mb=64, jobs_per_owner=200)
    with served_studio(settings) as found:
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of its own; afterwards the studio is alive, and nothing lies about that the database doesn't name."""
    with httpx.Client(base_url=server[0], timeout=180) as found:
        yield found
        assert found.get("/healthz").json() == {"ok": True}
    assert left_over(server[1]) == []


def left_over(studio: Studio) -> list[str]:
    """What lies in the data folder and belongs to nothing."""
    data = studio.settings.data_dir
    files = [folder for folder in studio.library.folders() if not studio.library.known(folder.name)]
    work = [path for path in studio.worker.jobs_dir.rglob("*") if path.is_file() and path.name != "preview.jpg"]
    uploads = [path for path in data.rglob("upload-*") if path.exists()]
    return [str(path.relative_to(data)) for path in (*files, *work, *uploads)]


def assert_clear(message: str, data: Path) -> None:
    """One sentence for a person: no trace of the code, no place on the server's disk."""
    assert re.fullmatch(r"[^\n]{15,}[.?。？]", message) and len(message) < LONGEST, message
    for technical in ("Traceback", "Error", "Exception", "errno", "None", str(data), "/tmp", "/home", ".py", "{"):
        assert technical not in message, message


def told(answer: httpx.Response, data: Path) -> str:
    """The key of an answer that is an error, its sentence checked."""
    assert 400 <= answer.status_code < 500 or answer.status_code == 507, answer.text
    error = answer.json()["error"]
    assert_clear(error["message"], data)
    return str(error["key"])


def upload(client: httpx.Client, file: Path, **more: Any) -> httpx.Response:
    with file.open("rb") as stream:
        return client.post(f"{API}/assets", files={"file": (file.name, stream)}, **more)


def draw(client: httpx.Client, source: str, **values: Any) -> httpx.Response:
    return client.post(f"{API}/tasks/cartoon", json={"source": source, **values})


def drawn(client: httpx.Client, file: Path, data: Path, **values: Any) -> dict[str, Any]:
    """The job of a file that is taken in, once it is over; when it has failed, its sentence was checked."""
    answer = upload(client, file)
    assert answer.status_code == 201, answer.text
    job = job_over(client, draw(client, answer.json()[0]["id"], style="ink", **values).json())
    if job["state"] == "failed":
        assert_clear(job["error"]["message"], data)
        assert job["outputs"] == []
    return job


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_medium_is_refused_on_its_way_in(
    client: httpx.Client, server: Server, tmp_path: Path, case: str
) -> None:
    make, key = REFUSED[case]
    file = make(tmp_path)
    for lang in languages():
        assert told(upload(client, file, headers={"accept-language": lang}), server[1].settings.data_dir) == key
    assert client.get(f"{API}/assets").json() == []


@pytest.mark.parametrize("percent", CUTS)
def test_a_clip_that_is_cut_off(client: httpx.Client, server: Server, tmp_path: Path, percent: int) -> None:
    file, data = cut_clip(percent)(tmp_path), server[1].settings.data_dir
    answer = upload(client, file)
    if answer.status_code != 201:
        assert told(answer, data).startswith("media.")
        return
    job = drawn(client, file, data)
    assert job["state"] in ("done", "failed")
    if job["state"] == "done":
        assert 0 < job["result"]["frames"] <= 12
        assert job["outputs"][0]["width"] == 128


@pytest.mark.parametrize("case", DRAWN)
def test_what_is_unusual_is_drawn(client: httpx.Client, server: Server, tmp_path: Path, case: str) -> None:
    make, size = DRAWN[case]
    job = drawn(client, make(tmp_path), server[1].settings.data_dir)
    assert job["state"] == "done", job
    [output] = job["outputs"]
    assert (output["width"], output["height"]) == size
    assert client.get(output["url"]).status_code == 200


def test_an_8k_picture_is_drawn_smaller(client: httpx.Client, server: Server, tmp_path: Path) -> None:
    job = drawn(client, large(tmp_path), server[1].settings.data_dir, height=540)
    assert job["state"] == "done", job
    assert (job["outputs"][0]["width"], job["outputs"][0]["height"]) == (960, 540)


def test_sound_where_a_picture_is_needed(client: httpx.Client, server: Server, tmp_path: Path) -> None:
    data = server[1].settings.data_dir
    asset = upload(client, sound(tmp_path)).json()[0]
    assert told(draw(client, asset["id"]), data) == "job.wrong_kind"
    answer = upload(client, silence(tmp_path))
    if answer.status_code == 201:
        answer = draw(client, answer.json()[0]["id"])
    assert told(answer, data) in ("job.wrong_kind", "media.unreadable", "media.empty")


@pytest.mark.parametrize(
    "name", ["../../../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x.png", "con<>|?.png", "a\r\nb.png", ".", ""]
)
def test_names_that_are_paths(client: httpx.Client, server: Server, name: str) -> None:
    answer = client.post(f"{API}/assets", files={"file": (name, picture(), "image/png")})
    if answer.status_code != 201:
        told(answer, server[1].settings.data_dir)
        return
    [asset] = answer.json()
    assert not re.search(r"[/\\<>|?\r\n]|^\.\.", asset["name"]), asset["name"]
    root = server[1].settings.data_dir
    assert all(folder.is_relative_to(root / "library") for folder in server[1].library.folders())


@pytest.mark.parametrize(
    ("values", "key", "setting"),
    [
        ({"ink": {"lines": 7}}, "job.out_of_range", "ink_lines"),
        ({"ink_lines": -1}, "job.out_of_range", "ink_lines"),
        ({"ink.lines": "thick"}, "job.not_number", "ink_lines"),
        ({"ink_lines": None}, "job.missing", "ink_lines"),
        ({"style": "oil"}, "job.no_choice", "style"),
        ({"style": {"name": "ink"}}, "job.no_choice", "style"),
        ({"seed": 2**40}, "job.out_of_range", "seed"),
        ({"seed": 1.5}, "job.not_whole", "seed"),
        ({"height": 99999}, "job.out_of_range", "height"),
        ({"preview": [1, 2]}, "job.not_yes_no", "preview"),
        ({"end": 1.0, "start": 2.0}, "media.ends_early", None),
        ({"colour_of_the_sky": "blue"}, "face.no_field", "colour_of_the_sky"),
        ({"ink": "strong"}, "face.no_field", "ink"),
    ],
)
def test_wrong_settings_name_themselves(
    client: httpx.Client, server: Server, tmp_path: Path, values: dict[str, Any], key: str, setting: str | None
) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    answer = draw(client, upload(client, tmp_path / "a.png").json()[0]["id"], **values)
    assert told(answer, server[1].settings.data_dir) == key
    assert answer.json()["error"].get("field") == setting


def test_an_engine_that_is_not_there(client: httpx.Client, server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    job = drawn(client, tmp_path / "a.png", server[1].settings.data_dir, engine="no-such-engine")
    assert job["error"]["key"] == "engine.unknown"


def test_a_start_behind_the_end_of_the_clip(client: httpx.Client, server: Server, tmp_path: Path) -> None:
    job = drawn(client, cut_clip(100)(tmp_path), server[1].settings.data_dir, start=30.0)
    assert job["state"] == "failed" and job["error"]["key"] == "media.no_frames", job
    assert "cut-100.mp4" in job["error"]["message"]


def test_files_that_are_not_there_or_not_yours(client: httpx.Client, server: Server, tmp_path: Path) -> None:
    data = server[1].settings.data_dir
    (tmp_path / "a.png").write_bytes(picture())
    with httpx.Client(base_url=server[0], timeout=180) as other:
        theirs = upload(other, tmp_path / "a.png").json()[0]["id"]
    for source in (theirs, "nothing-like-it", "../../studio.db", "/etc/passwd", "", 7, None, [theirs]):
        answer = draw(client, source)  # type: ignore[arg-type]
        assert told(answer, data) in ("library.unknown", "face.no_asset", "job.missing"), source
    assert told(client.get(f"{API}/assets/{theirs}"), data) == "library.unknown"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"source": ' + b"[" * 5000, b"null"])
def test_requests_that_are_no_json(client: httpx.Client, server: Server, body: bytes) -> None:
    answer = client.post(f"{API}/tasks/cartoon", content=body, headers={"content-type": "application/json"})
    assert told(answer, server[1].settings.data_dir) in ("rest.json", "job.missing")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 24 MB, where the system lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be had here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk: Path, tmp_path: Path) -> None:
    with (
        served_studio(Settings(data_dir=small_disk / "data", device="cpu")) as (address, studio),
        httpx.Client(base_url=address, timeout=180) as client,
    ):
        (tmp_path / "large.bmp").write_bytes(b"BM" + bytes(30_000_000))
        for file in (tmp_path / "large.bmp", cut_clip(100)(tmp_path)):
            assert told(upload(client, file), small_disk) in ("rest.disk", "limit.disk", "media.disk_full")
        assert client.get("/healthz").status_code == 200
        assert client.get(f"{API}/assets").json() == []
        assert left_over(studio) == []


CLI: dict[str, tuple[list[str], str]] = {
    "a file that isn't there": (["nothing.png"], "nothing.png"),
    "an empty file": (["empty.mp4"], "empty.mp4"),
    "text": (["text.mp4"], "text.mp4"),
    "a value out of range": (["a.png", "--ink-lines", "7"], "Lines"),
    "a value of another kind": (["a.png", "--seed", "many"], "seed"),
    "an end before the start": (["clip.mp4", "--start", "2", "--end", "1"], "From"),
    "a start behind the end": (["clip.mp4", "--start", "90", "-o", "out.mp4"], "clip.mp4"),
    "no folder": (["a.png", "-o", "nowhere/out.png"], "nowhere"),
    "a folder that can't be written": (["a.png", "-o", "/proc/out.png"], "/proc"),
    "an unknown ending": (["clip.mp4", "-o", "out.docx"], ".docx"),
    "onto itself": (["a.png", "-o", "a.png"], "a.png"),
}


@pytest.mark.parametrize("case", CLI)
def test_the_command_line_says_it_in_one_line(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    (here / "a.png").write_bytes(picture())
    (here / "empty.mp4").touch()
    (here / "text.mp4").write_text("not a film " * 50)
    cut_clip(100)(tmp_path).rename(here / "clip.mp4")
    before = sorted(path.name for path in here.iterdir())
    arguments, named = CLI[case]
    try:
        assert main(["cartoon", *arguments, "--language", "en", "--quiet"]) in (USAGE, FAILED)
    except SystemExit as left:
        assert left.code == USAGE
    [line] = capsys.readouterr().err.strip().splitlines()
    assert named in line and "Traceback" not in line and str(tmp_path / "data") not in line
    assert sorted(path.name for path in here.iterdir()) == before


def test_the_command_line_takes_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    for name in ("我的 照片.png", "🎬.png", "-minus.png", "%20 ;$(id).png"):
        (tmp_path / name).write_bytes(picture())
        assert main(["cartoon", f"./{name}", "-o", f"out {name}", "--quiet"]) == DONE
        assert (tmp_path / f"out {name}").read_bytes().startswith(b"\x89PNG")
