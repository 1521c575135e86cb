"""Several media in one field, and media by name, through every face: a task of the tests' own in a real studio."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from PIL import Image

from studio import provenance
from studio.cli import DONE, FAILED, USAGE
from studio.limits import MEDIA
from studio.owners import LOCAL
from studio.schema import json_schema
from studio.sendto import places
from studio.settings import Settings
from studio.studio import Studio
from tests.serving import clip, job_over, served_studio
from tests.studio.extra import extra_task

API = "/api/v1"


def red(shade: int) -> bytes:
    """A PNG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, 30, 60)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Studio]]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("media"), device="cpu", jobs_per_owner=5)
    with extra_task(), served_studio(settings) as found:
        yield found


def upload(client: httpx.Client, shade: int) -> str:
    answer = client.post(f"{API}/assets", files={"file": (f"{shade}.png", red(shade))})
    return str(answer.json()[0]["id"])


def done(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/tasks/gather", params={"wait": 120}, **asked)
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    assert job["state"] == "done", job
    return job


def refused(client: httpx.Client, **asked: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{API}/tasks/gather", **asked)
    return answer.status_code, answer.json()["error"]


def test_json_takes_a_list_and_an_object_of_lists(client: httpx.Client) -> None:
    a, b, c = (upload(client, shade) for shade in (11, 22, 33))
    people = {"анна": [c], "bob.2": [a, b]}
    job = done(client, json={"cover": a, "pictures": [b, a], "cast": {"people": people}})
    assert job["result"]["order"] == "cover 11, picture 22, picture 11, анна 33, bob.2 11, bob.2 22"
    assert job["request"]["pictures"] == [b, a]
    assert job["request"]["cast"]["people"] == people
    again = done(client, json={"cast_people": {"анна": [c]}, "cast.people.bob.2": [a]})
    assert again["result"]["order"] == "анна 33, bob.2 11"


def test_a_form_repeats_fields_and_names(client: httpx.Client) -> None:
    known = upload(client, 10)
    files = [
        ("pictures", ("b.png", red(20))),
        ("cast.people.анна", ("c.png", red(30))),
        ("pictures", (None, known)),
        ("cast_people.bob", ("d.png", red(40))),
        ("cast.people.анна", ("e.png", red(50))),
        ("pictures", (None, "")),
        ("side", (None, "4")),
    ]
    job = done(client, files=files)
    assert job["result"]["order"] == "picture 20, picture 10, анна 30, анна 50, bob 40"
    assert job["request"]["side"] == 4
    names = {item["name"] for item in client.get(f"{API}/assets", params={"role": "input"}).json()}
    assert names == {"10.png", "b.png", "c.png", "d.png", "e.png"}


@pytest.mark.parametrize(
    ("body", "status", "key", "field"),
    [
        ({"pictures": "MINE"}, 400, "face.not_list", "pictures"),
        ({"pictures": ["MINE", "/etc/passwd"]}, 404, "face.no_asset", "pictures"),
        ({"pictures": ["MINE", None]}, 404, "face.no_asset", "pictures"),
        ({"pictures": ["MINE", "THEIRS"]}, 404, "face.no_asset", "pictures"),
        ({"pictures": ["MINE"] * 7}, 400, "job.invalid", "pictures"),
        ({"cast_people": ["MINE"]}, 400, "face.not_named", "cast_people"),
        ({"cast_people": {"anna": "MINE"}}, 400, "face.not_named", "cast_people"),
        ({"cast_people": {"anna": ["MINE"], "bob": ["THEIRS"]}}, 404, "face.no_asset", "cast_people.bob"),
        ({"cast_people": {"anna": ["https://example.org/a.png"]}}, 404, "face.no_asset", "cast_people.anna"),
        ({"cast_people": {"": ["MINE"]}}, 400, "job.media_name", "cast_people"),
        ({"cast_people": {"a\nb": ["MINE"]}}, 400, "job.media_name", "cast_people"),
        ({"cast_people": {"anna": ["FILM"]}}, 400, "job.wrong_kind", "People: anna"),
        ({"pictures": ["MINE", "FILM"]}, 400, "job.wrong_kind", "Pictures"),
        ({"cast_people": {"anna": ["MINE"] * (MEDIA + 1)}}, 413, "limit.media", None),
        ({"person.anna": ["MINE"]}, 400, "face.no_field", "person.anna"),
    ],
)
def test_every_single_medium_is_checked(
    client: httpx.Client,
    other: httpx.Client,
    tmp_path: Path,
    body: dict[str, Any],
    status: int,
    key: str,
    field: str | None,
) -> None:
    ids = {"MINE": upload(client, 70), "THEIRS": upload(other, 80)}
    if "FILM" in json.dumps(body):
        film = client.post(f"{API}/assets", files={"file": ("film.mp4", clip(tmp_path / "film.mp4").read_bytes())})
        ids["FILM"] = film.json()[0]["id"]
    text = json.dumps(body)
    for word, asset_id in ids.items():
        text = text.replace(word, asset_id)
    found = refused(client, json=json.loads(text))
    assert (found[0], found[1]["key"], found[1].get("field")) == (status, key, field)
    if key == "job.wrong_kind":
        assert "film.mp4" in found[1]["message"]
    assert client.get(f"{API}/jobs").json() == []


def test_a_form_is_looked_through_before_any_of_its_files_is_kept(client: httpx.Client) -> None:
    good = ("pictures", ("a.png", red(90)))
    for wrong, key, field in [
        (("side", ("b.png", red(91))), "face.no_file_here", "side"),
        (("cast_people", ("b.png", red(91))), "face.not_named", "cast_people"),
        (("people.anna", ("b.png", red(91))), "face.no_field", "people.anna"),
    ]:
        status, error = refused(client, files=[good, wrong])
        assert (status, error["key"], error["field"]) == (400, key, field)
    assert client.get(f"{API}/assets").json() == []


def test_the_description_says_how_to_send_them(client: httpx.Client) -> None:
    schema = json_schema("gather")
    pictures, people = schema["properties"]["pictures"], schema["properties"]["cast_people"]
    assert (pictures["type"], pictures["x-media"], pictures["maxItems"]) == ("array", ["image"], 6)
    assert (people["type"], people["x-media"], people["x-names"]) == ("object", ["image"], "person")
    jsonschema.validate({"pictures": ["a"], "cast_people": {"anna": ["a"]}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"cast_people": {"anna": "a"}}, schema)
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    form = paths["/tasks/gather"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert form["pictures"]["items"]["format"] == "binary"
    assert form["cast_people"]["additionalProperties"]["items"]["format"] == "binary"
    assert {place.field for place in places("image") if place.task == "gather"} == {"cover", "pictures"}


def test_what_a_job_needs_stays_and_a_broken_file_is_told_by_its_name(
    client: httpx.Client, server: tuple[str, Studio]
) -> None:
    mine = [upload(client, shade) for shade in (101, 102, 103)]
    owner = client.get(f"{API}/me").json()["owner"]
    broken = server[1].library.get(mine[1], owner)
    broken.path.write_bytes(b"no longer a picture")
    job = job_over(client, client.post(f"{API}/tasks/gather", json={"pictures": mine}).json())
    assert job["state"] == "failed"
    assert "102.png" in job["error"]["message"]
    assert "101.png" not in job["error"]["message"] and "103.png" not in job["error"]["message"]


def test_the_library_keeps_every_file_that_waits_for_its_job(tmp_path: Path) -> None:
    with extra_task():
        studio = Studio(Settings(data_dir=tmp_path / "data", device="cpu"))
        try:
            mine = [added(studio, tmp_path, shade) for shade in (1, 2, 3)]
            studio.submit("gather", {"pictures": mine[:1], "cast_people": {"anna": mine[1:]}}, LOCAL)
            for asset_id in mine:
                with pytest.raises(Exception, match="needed by a job"):
                    studio.library.delete([asset_id], LOCAL)
        finally:
            studio.close()


def added(studio: Studio, folder: Path, shade: int) -> str:
    file = folder / f"{shade}.png"
    file.write_bytes(red(shade))
    return studio.library.add(file, LOCAL).id


def test_ids_and_names_stay_in_the_house_and_settings_come_back_without_what_is_lost(
    server: tuple[str, Studio], client: httpx.Client, other: httpx.Client, tmp_path: Path
) -> None:
    recall = server[1].recall
    me, they = (who.get(f"{API}/me").json()["owner"] for who in (client, other))
    a, b, c = (upload(client, shade) for shade in (41, 42, 43))
    job = done(client, json={"pictures": [a, b], "cast_people": {"anna": [b, c], "zoe": [b]}, "side": 5})
    (output,) = job["outputs"]
    file = tmp_path / "row.png"
    file.write_bytes(client.get(output["url"]).content)
    record = provenance.read(file)
    assert record is not None and record["request"] == {"side": 5, "stumbles": False}
    assert not any(word.encode() in file.read_bytes() for word in (a, b, c, "anna"))

    client.delete(f"{API}/assets/{b}").raise_for_status()
    kept = recall(output["id"], me).values
    assert (kept["pictures"], kept["cast_people"]) == ([a], {"anna": [c]})
    client.delete(f"{API}/assets/{a}").raise_for_status()
    assert "pictures" not in recall(output["id"], me).values
    theirs = other.post(f"{API}/assets", files={"file": ("row.png", file.read_bytes())}).json()[0]
    assert recall(theirs["id"], they).values == {"side": 5, "stumbles": False, "seed": job["result"]["seed"]}


@pytest.fixture
def here(place_of_work: Path) -> Path:
    for shade in (1, 2, 3):
        (place_of_work / f"{shade}.png").write_bytes(red(shade))
    return place_of_work


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "tests.studio.extra", "gather", *arguments, "--language", "en"]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_line_repeats_options_and_goes_on_where_it_stopped(here: Path) -> None:
    asked = ["--pictures", "2.png", "--pictures", "1.png", "--cast-people", "anna=3.png", "--cast-people", "bob=1.png"]
    asked += ["--cast-people", "anna=2.png", "--stumbles", "-o", "out.png", "--json", "--quiet"]
    first = command(*asked)
    assert first.returncode == FAILED
    assert "1.png" in first.stderr and "3.png" not in first.stderr
    again = command(*[word for word in asked if word != "--quiet"])
    assert again.returncode == DONE, again.stderr
    assert "interrupted" in again.stderr
    told = json.loads(again.stdout)
    assert told["id"] == json.loads(first.stdout)["id"]
    assert told["result"]["order"] == "picture 2, picture 1, anna 3, anna 2, bob 1"
    assert (here / "out.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pictures", "1.png", "--pictures", "none.png"], "none.png"),
        (["--cast-people", "anna=1.png", "--cast-people", "bob=none.png"], "none.png"),
        (["--cast-people", "1.png"], "NAME=FILE"),
        (["--cast-people", " =1.png"], "People"),
        (["--pictures", "1.png", "-o", "1.png"], "1.png"),
    ],
)
def test_bad_usage_names_the_file(here: Path, arguments: list[str], words: str) -> None:
    found = command(*arguments)
    assert found.returncode == USAGE, found
    assert words in found.stderr and len(found.stderr.strip().splitlines()) == 1


def test_the_help_says_that_they_may_be_repeated(here: Path) -> None:
    shown = " ".join(command("--help").stdout.split())
    assert "--pictures FILE" in shown and "--cast-people PERSON=FILE" in shown
    assert shown.count("may be given several times") == 2
