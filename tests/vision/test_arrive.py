"""Faces that come into a shot are there from their first frame on, though they are looked for now and then."""

import pytest

from engines.media.flow_control import Fold, through
from engines.vision.faces.arrive import Arrivals
from engines.vision.faces.finder import Finder
from engines.vision.faces.track import EVERY
from tests.vision.cast import film, shot

COMES = EVERY + 3


@pytest.fixture(scope="module")
def finder():
    return Finder()


def followed(finder, frames):
    arrivals = Arrivals(finder.landmarks)
    return through([Fold(finder.tracker()), Fold(arrivals, arrivals.held)], frames)


def ids(scenes):
    return [[seen.id for seen in scene.faces] for scene in scenes]


def test_who_appears_between_two_looks_is_there_at_once(finder, tmp_path):
    def draw(index):
        return shot(2, {"mona_lisa": (110, 160)} | ({"astronaut": (340, 160)} if index >= COMES else {}))

    scenes = followed(finder, film(tmp_path / "a.mp4", 3 * EVERY, draw))
    assert ids(scenes) == [[0]] * COMES + [[0, 1]] * (3 * EVERY - COMES)
    late = scenes[2 * EVERY].faces[1]
    for scene in scenes[COMES : 2 * EVERY]:
        filled = scene.faces[1]
        assert abs(filled.face.points[:, :2] - late.face.points[:, :2]).max() < 0.05 * late.face.size
        assert (filled.embedding == late.embedding).all()


def test_who_walks_in_is_followed_back_to_the_rim(finder, tmp_path):
    def draw(index):
        return shot(1, {"astronaut": (-40 + 12.0 * index, 160)})

    frames = film(tmp_path / "a.mp4", 4 * EVERY, draw)
    first = next(i for i, scene in enumerate(followed(finder, frames)) if scene.faces)
    detected = next(i for i, scene in enumerate(through([Fold(finder.tracker())], frames)) if scene.faces)
    assert detected - EVERY < first <= detected - 2


def test_nothing_is_followed_over_a_cut_or_onto_another(finder, tmp_path):
    """The shot before ends with another's face in the same place, and in the second shot one face becomes another."""

    def draw(index):
        name = "mona_lisa" if index < 12 or index >= 20 else "astronaut"
        return shot(1 + index // 12, {name: (240, 160)})

    frames = film(tmp_path / "a.mp4", 24, draw)
    scenes = followed(finder, frames)
    assert ids(scenes) == [[0]] * 12 + [[1]] * 8 + [[2]] * 4
    assert ids(scenes) == ids(through([Fold(finder.tracker())], frames))


def test_what_is_held_back_is_bounded_and_a_restored_stage_goes_on(finder, tmp_path):
    def draw(index):
        return shot(2, {"astronaut": (240, 160)} if index >= COMES else {})

    frames = film(tmp_path / "a.mp4", 3 * EVERY, draw)
    whole = followed(finder, frames)
    for stop in (4, COMES + 2, 2 * EVERY + 1):
        tracker, arrivals, given = finder.tracker(), Arrivals(finder.landmarks), []
        for scene in through([Fold(tracker)], frames[:stop]):
            given += arrivals(scene)
            assert arrivals.held() < EVERY
        after, resumed = finder.tracker(), Arrivals(finder.landmarks)
        after.restore(tracker.state())
        resumed.restore(arrivals.state())
        rest = through([Fold(after), Fold(resumed, resumed.held)], frames[stop:])
        assert ids(rest) == ids(whole[stop:])
        for one, other in zip(rest, whole[stop:], strict=True):
            for a, b in zip(one.faces, other.faces, strict=True):
                assert (a.face.points == b.face.points).all()
