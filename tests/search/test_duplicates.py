"""The same footage in several files."""

import shutil

import pytest

from engines.retrieval.shared import Match, parts
from tests.search.looking import film, over
from tests.search.test_keeping import add


def report(studio, **values):
    job = over(studio, studio.submit("search_duplicates", {"library": "films", **values}, "anna"))
    assert job.state == "done", job.error
    return job.result


def test_what_two_films_share_is_told_with_its_spans(studio, tmp_path):
    film(tmp_path / "in" / "a.mp4", [1, 2, 3, 4])
    film(tmp_path / "in" / "b.mp4", [50, 2, 3, 51, 52], height=90, width=160)
    film(tmp_path / "in" / "c.mp4", [60, 61])
    shutil.copy(tmp_path / "in" / "a.mp4", tmp_path / "in" / "copy.mp4")
    add(studio, tmp_path / "in")
    found = report(studio)
    (shared,) = found["shared"]
    assert [shared[side]["name"] for side in ("first", "second")] == ["a.mp4", "b.mp4"]
    for side in ("first", "second"):
        assert (shared[side]["start_s"], shared[side]["end_s"]) == (
            pytest.approx(1, abs=0.2),
            pytest.approx(3, abs=0.2),
        )
    assert shared["score"] > 0.9
    assert [[name.rsplit("/")[-1] for name in files] for files in found["identical"]] == [["a.mp4", "copy.mp4"]]
    assert report(studio, shortest=3)["shared"] == []


def match(first, second, first_s, second_s):
    return Match(first, second, first_s, second_s, 0.9)


def test_what_only_one_film_has_at_the_ends_is_left_out():
    """The second film begins two seconds later in the first shot, and ends a second sooner in the last one."""
    first, second = [(0, 5), (5, 9), (9, 14)], [(0, 3), (3, 7), (7, 11), (11, 20)]
    (part,) = parts([match(0, 0, 3, 1), match(1, 1, 6, 4), match(2, 2, 10, 8)], first, second)
    assert part.first_s == (2, 13) and part.second_s == (0, 11)


def test_two_places_are_two_parts_and_a_missed_shot_none():
    shots = [(float(at), at + 1.0) for at in range(12)]
    found = parts([match(*pair, *pair) for pair in ((0, 5), (1, 6), (3, 8), (9, 1))], shots, shots)
    assert [(part.first_s, part.second_s) for part in found] == [((0, 4), (5, 9)), ((9, 10), (1, 2))]
