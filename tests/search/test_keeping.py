"""Libraries filled and kept in step: nothing twice, nothing lost, a bad file explained."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from studio.catalog.tables import frames, shots, videos
from studio.errors import BadInput, NotFound
from studio.settings import Settings
from studio.studio import Studio
from tests.search.looking import film, over
from tests.waiting import until


def add(studio, folder, library="films", owner="anna", **more):
    job = over(studio, studio.submit("search_add", {"folder": str(folder), "library": library, **more}, owner))
    assert job.state == "done", job.error
    return job.result


def content(studio):
    """All that is known of all films, without the numbers that the database gives."""
    query = (
        sa.select(videos.c.content, videos.c.state, videos.c.seconds, shots.c.number, shots.c.start_s, shots.c.end_s)
        .add_columns(frames.c.seconds, frames.c.vectors)
        .select_from(videos.outerjoin(shots).outerjoin(frames))
    )
    with studio.catalog.db.connect() as db:
        return sorted(map(tuple, db.execute(query).all()), key=repr)


@pytest.fixture
def folder(tmp_path):
    for number in range(4):
        film(tmp_path / "in" / "deep" / f"film {number}.mp4", [number * 10 + scene for scene in range(3)])
    return tmp_path / "in"


def test_a_second_time_nothing_is_looked_through(studio, folder):
    assert add(studio, folder)["added"] == 4
    before = content(studio)
    again = add(studio, folder)
    assert (again["added"], again["known"], again["removed"]) == (0, 4, 0)
    assert content(studio) == before


def test_a_moved_file_is_the_same_and_a_copy_is_known_as_one(studio, folder):
    add(studio, folder)
    before = content(studio)
    (folder / "elsewhere").mkdir()
    (folder / "deep" / "film 0.mp4").rename(folder / "elsewhere" / "renamed.mp4")
    shutil.copy(folder / "deep" / "film 1.mp4", folder / "copy.mp4")
    done = add(studio, folder)
    assert (done["added"], done["removed"]) == (0, 0) and content(studio) == before
    library = studio.catalog.library("anna", "films")
    held = {tuple(sorted(Path(path).name for path in video.paths)) for video in studio.catalog.videos(library)}
    assert ("renamed.mp4",) in held and ("copy.mp4", "film 1.mp4") in held


def test_what_is_changed_or_gone_leaves_and_what_is_new_comes(studio, folder):
    add(studio, folder)
    (folder / "deep" / "film 0.mp4").unlink()
    film(folder / "deep" / "film 1.mp4", [70, 71])
    film(folder / "new.mp4", [80])
    done = add(studio, folder)
    assert (done["added"], done["removed"]) == (2, 1)
    library = studio.catalog.library("anna", "films")
    assert studio.catalog.stats(library).shots == 2 * 3 + 2 + 1
    assert studio.indexes.size(library) == 2 * 9


def test_ten_bad_files_among_others_are_explained_and_stop_nothing(studio, tmp_path):
    """``STUDIO_TEST_FILES`` says how many good ones there are."""
    folder, count = tmp_path / "in", int(os.environ.get("STUDIO_TEST_FILES", "12"))
    good = film(folder / "good 0.mp4", [1, 2]).read_bytes()
    for number in range(1, count):
        film(folder / f"good {number}.mp4", [100 + number])
    for number in range(10):
        bad = folder / f"bad {number}.mp4"
        bad.write_bytes([b"", good[:600], os.urandom(5000), b"<html></html>", good[1000:]][number % 5])
    done = add(studio, folder)
    assert done["added"] == count and len(done["unread"]) == 10
    assert all("bad" in one["file"] and len(one["reason"]) > 20 for one in done["unread"])
    stats = studio.answer("search_stats", {}, "anna").libraries[0]
    assert (stats.videos, stats.shots) == (count, count + 1) and len(stats.unread) == 10


def test_two_libraries_of_two_owners_know_nothing_of_each_other(studio, folder, tmp_path):
    film(tmp_path / "other" / "b.mp4", [50])
    add(studio, folder)
    add(studio, tmp_path / "other", owner="boris")
    assert [one.videos for one in studio.answer("search_stats", {}, "boris").libraries] == [1]
    with pytest.raises(NotFound):
        studio.answer("search_remove", {"library": "other"}, "boris")
    assert studio.answer("search_remove", {"library": "films"}, "boris").whole
    assert [one.videos for one in studio.answer("search_stats", {}, "anna").libraries] == [4]


def test_a_removed_library_leaves_nothing(studio, folder):
    add(studio, folder)
    assert studio.answer("search_remove", {"library": "films", "file": "film 2.mp4"}, "anna").files == 1
    assert len({row[0] for row in content(studio)}) == 3
    studio.answer("search_remove", {"library": "films"}, "anna")
    assert content(studio) == []
    with studio.catalog.db.connect() as db:
        for table in ("search_files", "search_sprites", "search_details", "search_gone", "search_words"):
            assert db.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_another_encoder_is_not_mixed_in(studio, folder, monkeypatch):
    from tests.search.looking import Grid

    add(studio, folder)
    monkeypatch.setattr(Grid, "version", "grid 2")
    studio.memory.unload_all()
    job = over(studio, studio.submit("search_add", {"folder": str(folder), "library": "films"}, "anna"))
    assert job.state == "failed" and job.error[0] == "search.other_encoder"


def test_a_bad_name_or_folder_is_told_of(studio, tmp_path):
    for values, key in (
        ({"folder": str(tmp_path / "nowhere")}, "search.no_folder"),
        ({"folder": "http://example.org/films"}, "search.bad_address"),
        ({}, "search.nothing_to_add"),
    ):
        job = over(studio, studio.submit("search_add", {"library": "films", **values}, "anna"))
        assert job.state == "failed" and job.error[0] == key
    with pytest.raises(BadInput):
        studio.catalog.made("anna", "\n", encoder="e", version="1", rows=1, dim=1)


ADDING = """
import sys
from contextlib import closing
from pathlib import Path
from engines.retrieval import known
from engines.search_add.shots import run
from studio.asking import Answering
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.search_add import SearchAddRequest
from tests.search.looking import Grid
known.fingerprint = Grid
with closing(Studio(Settings(data_dir=sys.argv[1], device="cpu"))) as studio:
    request = SearchAddRequest(folder=sys.argv[2], library=sys.argv[3])
    run(request, Run("test", Answering(studio.library, "anna"), Path(sys.argv[1]), 0, 2, libraries=studio.shelves("anna")))
"""


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_undisturbed(studio, tmp_path):
    """Killed when so many shots more are known, which is anywhere in its work; ``STUDIO_TEST_KILLS`` makes it more often."""
    folder, kills = tmp_path / "in", int(os.environ.get("STUDIO_TEST_KILLS", "2"))
    for number in range(4):
        film(folder / f"film {number}.mp4", [number * 40 + scene for scene in range(16)], seconds=0.5)
    add(studio, folder)
    killed = Studio(Settings(data_dir=tmp_path / "killed", device="cpu"))
    command = [sys.executable, "-c", ADDING, str(tmp_path / "killed"), str(folder), "films"]
    chance, whole = random.Random(5), how_many_shots(studio)
    try:
        for kill in range(kills):
            process = subprocess.Popen(command)
            enough = whole * kill // (kills + 1) + chance.randrange(1 + whole // (kills + 1))
            until(lambda: process.poll() is not None or how_many_shots(killed) >= enough)  # noqa: B023
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert subprocess.run(command, check=False).returncode == 0
        assert content(killed) == content(studio)
        library = killed.catalog.library("anna", "films")
        assert killed.indexes.size(library) == studio.indexes.size(studio.catalog.library("anna", "films"))
    finally:
        killed.close()


@pytest.mark.slow
def test_two_libraries_are_filled_at_once_while_one_is_asked(studio, folder, tmp_path):
    add(studio, folder)
    film(tmp_path / "other" / "b.mp4", [50, 51, 52])
    command = [sys.executable, "-c", ADDING, str(studio.settings.data_dir)]
    adding = [
        subprocess.Popen([*command, str(place), library])
        for place, library in ((folder, "second"), (tmp_path / "other", "third"))
    ]
    asked = 0
    while any(process.poll() is None for process in adding):
        assert len(studio.answer("search_find", {"library": "films", "words": "film"}, "anna").records) == 4
        asked += 1
    assert [process.returncode for process in adding] == [0, 0] and asked
    found = {one.library: (one.videos, one.shots) for one in studio.answer("search_stats", {}, "anna").libraries}
    assert found == {"films": (4, 12), "second": (4, 12), "third": (1, 3)}


def how_many_shots(studio):
    with studio.catalog.db.connect() as db:
        return db.execute(sa.select(sa.func.count()).select_from(shots)).scalar_one()
