"""Questions and their answers, directly and through REST."""

import csv
import io
import json
import subprocess
import sys
import threading

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from engines.media.excerpt import copied
from studio.errors import BadInput, NotFound
from studio.settings import Settings
from tests.media.clips import decoded
from tests.search.looking import film, over, scene
from tests.search.test_keeping import add
from tests.serving import served_studio

API = "/api/v1"


@pytest.fixture
def folder(tmp_path):
    for number in range(4):
        film(tmp_path / "in" / f"spring {number}" / "Auto_fährt.mp4", [number * 10 + scene for scene in range(4)])
    film(tmp_path / "in" / "tall.mp4", [60, 61], height=320, width=180)
    (tmp_path / "in" / "tall.srt").write_text(
        "1\n00:00:01,200 --> 00:00:01,900\nКрасные машины едут\n", encoding="utf-8"
    )
    return tmp_path / "in"


def picture(studio, tmp_path, seed, owner="anna"):
    Image.fromarray(scene(seed)).save(tmp_path / f"{seed}.png")
    return studio.library.add(tmp_path / f"{seed}.png", owner, name="question.png").id


def ask(studio, owner="anna", **values):
    return studio.answer("search_find", {"library": "films", **values}, owner)


def test_a_picture_finds_its_shot_and_one_that_is_nowhere_finds_none(studio, folder, tmp_path):
    add(studio, folder)
    for seed in (0, 13, 32):
        answers = ask(studio, source=picture(studio, tmp_path, seed)).records
        assert answers[0].file.endswith(f"spring {seed // 10}/Auto_fährt.mp4")
        assert answers[0].start_s <= seed % 10 + 0.3 < answers[0].end_s and answers[0].score > 0.9
        assert answers[0].start_s <= answers[0].at_s <= answers[0].end_s
    nothing = ask(studio, source=picture(studio, tmp_path, 99))
    assert nothing.records == () and nothing.best < 0.5
    assert ask(studio, source=picture(studio, tmp_path, 99), least=0).records


def test_a_clip_finds_where_it_was_cut_from(studio, folder, tmp_path):
    add(studio, folder)
    clip = studio.library.add(film(tmp_path / "clip.mp4", [21, 22, 23]), "anna", name="clip.mp4").id
    first = ask(studio, source=clip).records[0]
    assert "spring 2" in first.file
    assert first.start_s == pytest.approx(1.0, abs=0.4) and first.end_s == pytest.approx(4.0, abs=0.4)


def test_words_find_names_folders_tags_and_what_is_said(studio, folder, tmp_path):
    add(studio, folder, tags="Campaign, 春天")
    assert {"spring 3" in one.file for one in ask(studio, words="spring 3").records} == {True}
    assert len(ask(studio, words="AUTO").records) == 4
    assert len(ask(studio, words="campaigns").records) == 5 and len(ask(studio, words="春天").records) == 5
    said = ask(studio, words="красная машина").records
    assert len(said) == 1 and said[0].at_s == pytest.approx(1.2) and said[0].how == "words"
    assert ask(studio, words="submarine").records == ()


def test_a_picture_with_words_is_looked_for_where_they_are_said(studio, folder, tmp_path):
    film(folder / "other" / "x.mp4", [0, 50])
    add(studio, folder)
    asked = picture(studio, tmp_path, 0)
    assert len(ask(studio, source=asked).records) == 2
    assert [one.name for one in ask(studio, source=asked, words="other").records] == ["x.mp4"]


def test_filters_leave_only_what_is_wanted(studio, folder, tmp_path):
    add(studio, folder)
    asked = {"source": picture(studio, tmp_path, 13), "least": 0, "limit": 100}
    assert {one.name for one in ask(studio, **asked, aspect="tall").records} == {"tall.mp4"}
    assert all(one.seconds >= 3 for one in ask(studio, **asked, shortest=3).records)
    assert ask(studio, **asked, after="2100-01-01").records == () and ask(studio, **asked, tag="none").records == ()
    assert {one.name for one in ask(studio, **asked, faces="yes").records} == {"tall.mp4"}
    assert {one.name for one in ask(studio, **asked, faces="no").records} == {"Auto_fährt.mp4"}


def test_what_is_said_can_be_left_out(studio, folder, tmp_path):
    add(studio, folder)
    left = ask(studio, words="auto", without="spring 2, 0").records
    assert {one.file.split("/")[-2] for one in left} == {"spring 1", "spring 3"}
    asked = picture(studio, tmp_path, 13)
    assert ask(studio, source=asked).records and ask(studio, source=asked, without="auto").records == ()


def test_pages_go_on_where_the_last_one_ended(studio, folder, tmp_path):
    add(studio, folder)
    asked = {"source": picture(studio, tmp_path, 13), "least": 0}
    everything = [one.shot for one in ask(studio, **asked, limit=100).records]
    pages = [ask(studio, **asked, limit=5, page=page) for page in range(1, 5)]
    assert [one.shot for page in pages for one in page.records] == everything
    assert [page.more for page in pages] == [True, True, True, False]


def test_more_like_a_shot_leaves_the_shot_out(studio, folder, tmp_path):
    film(folder / "again.mp4", [13, 70])
    add(studio, folder)
    first, other = ask(studio, source=picture(studio, tmp_path, 13)).records
    assert [one.shot for one in ask(studio, like=first.shot).records] == [other.shot]
    with pytest.raises(NotFound):
        ask(studio, owner="boris", like=first.shot)
    film(folder / "black.mp4", [None])
    add(studio, folder)
    blank = ask(studio, words="black").records[0].shot
    with pytest.raises(BadInput, match=r"black\.mp4"):
        ask(studio, like=blank)


def test_it_answers_while_films_come_and_go(studio, folder, tmp_path):
    add(studio, folder)
    asked, wrong, stop, removed = picture(studio, tmp_path, 13), [], threading.Event(), threading.Event()

    def go_on_asking():
        while not stop.is_set():
            try:
                wrong.extend(one for one in ask(studio, source=asked).records if "spring 1" not in one.file)
            except NotFound as problem:
                wrong.extend([] if removed.is_set() else [problem])
            except Exception as problem:
                wrong.append(problem)

    threads = [threading.Thread(target=go_on_asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(3):
        film(folder / f"new {turn}.mp4", [100 + turn])
        add(studio, folder)
        assert studio.answer("search_remove", {"library": "films", "file": f"new {turn}.mp4"}, "anna").files == 1
        (folder / f"new {turn}.mp4").unlink()
    removed.set()
    studio.answer("search_remove", {"library": "films"}, "anna")
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("keyed", [True, False])
def test_an_exported_clip_is_exact_to_the_frame(studio, tmp_path, keyed):
    source = film(tmp_path / "in" / "a.mp4", [1, 2, 3, 4], seconds=4 if keyed else 1)
    add(studio, tmp_path / "in")
    whole = decoded(source)
    times = {"start": 4.0, "end": 8.0} if keyed else {"start": 1.25, "end": 2.5}
    shot = ask(studio, words="a").records[0].shot
    job = over(studio, studio.submit("search_export", {"library": "films", "shot": shot, **times}, "anna"))
    assert job.state == "done", job.error
    made = decoded(studio.library.get(job.result["output"], "anna").path)
    first, last = round(times["start"] * 12), round(times["end"] * 12)
    assert len(made) == last - first
    for ours, theirs in zip(made, whole[first:last], strict=True):
        assert np.abs(ours.astype(int) - theirs).mean() < (0.01 if job.result["copied"] else 6)
    assert job.result["copied"] == keyed


def test_without_key_frames_nothing_is_copied(tmp_path):
    source = film(tmp_path / "a.mp4", [1], seconds=3)
    assert not copied(source, tmp_path / "b.mp4", 0.5, 2) and not (tmp_path / "b.mp4").exists()
    assert copied(source, tmp_path / "b.mp4", 0, 3)
    with av.open(str(tmp_path / "b.mp4")) as made:
        assert made.streams.video[0].frames == 36


def test_rest_answers_with_addresses_that_can_be_read(folder, tmp_path):
    settings = Settings(data_dir=tmp_path / "data", device="cpu")
    with served_studio(settings) as (address, studio), httpx.Client(base_url=address, timeout=60) as client:
        added = client.post(
            f"{API}/tasks/search_add", params={"wait": 60}, json={"folder": str(folder), "library": "films"}
        )
        assert added.json()["state"] == "done", added.text
        data = io.BytesIO()
        Image.fromarray(scene(13)).save(data, "PNG")
        files = {"source": ("q.png", data.getvalue())}
        found = client.post(f"{API}/search/find", files=files, data={"library": "films"})
        assert found.status_code == 200, found.text
        first = found.json()["records"][0]
        assert first["file"].endswith("spring 1/Auto_fährt.mp4") and studio.library.usage() == 0
        with Image.open(io.BytesIO(client.get(first["sprite"]).content)) as sprite:
            assert sprite.format == "WEBP"
        part = client.get(first["play"].partition("#")[0], headers={"Range": "bytes=0-99"})
        assert part.status_code == 206 and len(part.content) == 100 and part.headers["content-type"] == "video/mp4"
        around = client.get(f"{API}/search/libraries/films/shots/{first['shot']}/around").json()
        assert first["shot"] in [one["shot"] for one in around] and len(around) > 1
        table = client.post(
            f"{API}/search/find", params={"format": "csv"}, json={"library": "films", "words": "spring 1"}
        )
        assert [row["file"] for row in csv.DictReader(io.StringIO(table.text))] == [first["file"]]
        edl = client.post(
            f"{API}/search/find", params={"format": "edl"}, json={"library": "films", "words": "spring 1"}
        )
        assert (
            "00:00:00:00 00:00:01:00" in edl.text
            and "* FRAME RATE: 12\n" in edl.text
            and "* FROM CLIP NAME: Auto_fährt.mp4" in edl.text
        )
        assert [one["library"] for one in client.get(f"{API}/search/libraries").json()] == ["films"]
        with httpx.Client(base_url=address) as other:
            assert other.get(first["sprite"]).status_code == 404
            assert other.get(first["play"].partition("#")[0]).status_code == 404
        described = client.get(f"{API}/openapi.json").json()["paths"]["/search/find"]["post"]
        assert "example" in json.dumps(described)
        assert client.delete(f"{API}/search/libraries/films").status_code == 204
        assert client.get(f"{API}/search/libraries").json() == []


ASKING = """
import sys
from engines.retrieval import known
from studio.cli import main
from tests.search.looking import Grid
known.fingerprint = Grid
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_line_adds_finds_counts_and_removes(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))

    def command(*words):
        done = subprocess.run(
            [sys.executable, "-c", ASKING, "search", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    Image.fromarray(scene(21)).save(tmp_path / "q.png")
    command("add", str(folder), "--library", "films", "--quiet")
    found = json.loads(command("find", str(tmp_path / "q.png"), "--library", "films", "--json"))
    assert found[0]["file"].endswith("spring 2/Auto_fährt.mp4")
    assert {"file", "start_s", "end_s", "score"} <= found[0].keys()
    assert len(json.loads(command("find", "auto", "--library", "films", "--json"))) == 4
    assert json.loads(command("stats", "--json"))[0]["videos"] == 5
    assert "films" in command("remove", "--library", "films")
    assert json.loads(command("stats", "--json")) == []
