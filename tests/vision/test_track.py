"""Faces followed through encoded films of the sample pictures: numbers that stay, cuts, losses, crossings, and resuming."""

import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import cv2
import numpy as np
import pytest

from engines.vision.faces.detect import Detector
from engines.vision.faces.euro import OneEuro
from engines.vision.faces.identity import SAME_PERSON, Identity, distance
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.track import EVERY, LOST, Tracker
from tests.vision.cast import HEIGHT, WIDTH, film, shot, wall


@pytest.fixture(scope="module")
def tools():
    return Detector(), Landmarks(), Identity()


def followed(tracker, frames):
    return [scene for frame in frames for scene in tracker(frame)]


def ids(scenes):
    return [tuple(face.id for face in scene.faces) for scene in scenes]


def middle(face):
    left, top, right, bottom = face.box
    return np.array([(left + right) / 2, (top + bottom) / 2])


def test_a_moving_face_is_one_track_and_read_where_it_is(tools, tmp_path):
    def x(index):
        return 120 + 6.0 * index

    frames = film(tmp_path / "a.mp4", 40, lambda index: shot(1, {"astronaut": (x(index), 160)}))
    tracker = Tracker(*tools)
    scenes = followed(tracker, frames)
    assert ids(scenes) == [(0,)] * 40
    offsets = np.array([middle(scene.faces[0].face) - (x(i), 160) for i, scene in enumerate(scenes)])
    assert np.abs(offsets[8:] - offsets[0]).max() < 0.06 * scenes[0].faces[0].face.size
    assert tracker.effort.detections + tracker.effort.close_detections == 40 // EVERY
    assert tracker.effort.landmarks <= 40 + 2
    assert 1 <= tracker.effort.embeddings <= 5


def test_tracks_end_at_cuts(tools, tmp_path):
    def draw(index):
        name = "mona_lisa" if 20 <= index < 40 else "astronaut"
        return shot(1 + index // 20, {name: ((140, 300, 200)[index // 20] + index, 160)})

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 55, draw))
    assert [i for i, scene in enumerate(scenes) if scene.cut] == [20, 40]
    assert ids(scenes) == [(0,)] * 20 + [(1,)] * 20 + [(2,)] * 15
    first, second, third = (scenes[i].faces[0].embedding for i in (19, 39, 54))
    assert distance(first, third) < SAME_PERSON < min(distance(first, second), distance(second, third))


@pytest.mark.parametrize(("hidden", "same"), [(LOST - 1, True), (3 * LOST, False)])
def test_a_face_that_is_hidden_shortly_keeps_its_number(tools, tmp_path, hidden, same):
    def draw(index):
        return shot(2, {} if 13 <= index < 13 + hidden else {"astronaut": (240, 160)})

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 45, draw))
    assert not any(scene.cut for scene in scenes)
    assert ids(scenes)[:13] == [(0,)] * 13
    assert ids(scenes)[13 : 13 + hidden] == [()] * hidden
    assert ids(scenes)[-1] == ((0,) if same else (1,))


def test_another_face_in_the_same_place_is_another_track(tools, tmp_path):
    """Hidden for three frames and changed behind the cover: the place fits, the identity doesn't."""

    def draw(index):
        name = "astronaut" if index < 15 else "girl_with_a_pearl_earring"
        return shot(2, {} if 13 <= index < 16 else {name: (240, 160)})

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 32, draw))
    assert not any(scene.cut for scene in scenes)
    assert ids(scenes)[:13] == [(0,)] * 13
    assert ids(scenes)[-1] == (1,)


def test_a_face_that_becomes_another_is_another_track(tools, tmp_path):
    """From one frame to the next, in one place, without a cut that could be seen in the rest of the picture."""

    def draw(index):
        return shot(2, {"astronaut" if index < 10 else "mona_lisa": (240, 160)})

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 20, draw))
    assert not any(scene.cut for scene in scenes)
    assert ids(scenes) == [(0,)] * 10 + [(1,)] * 10


def test_two_faces_that_cross_never_share_a_number(tools, tmp_path):
    def places(index):
        return {"mona_lisa": (90 + 6.0 * index, 160), "astronaut": (390 - 6.0 * index, 165)}

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 51, lambda index: shot(1, places(index))))
    owners = {}
    for index, scene in enumerate(scenes):
        where = places(index)
        if abs(where["mona_lisa"][0] - where["astronaut"][0]) < 60:
            continue
        for seen in scene.faces:
            name = min(where, key=lambda one: np.abs(middle(seen.raw) - where[one]).sum())
            owners.setdefault(seen.id, set()).add(name)
    assert all(len(names) == 1 for names in owners.values())
    assert len(scenes[0].faces) == len(scenes[-1].faces) == 2
    assert sum("astronaut" in names for names in owners.values()) == 1


def test_nobody_gives_nothing(tools, tmp_path):
    tracker = Tracker(*tools)
    scenes = followed(tracker, film(tmp_path / "a.mp4", 20, lambda index: np.roll(wall(2), 5 * index, 1)))
    assert ids(scenes) == [()] * 20
    assert tracker.effort.embeddings == 0
    assert tracker.effort.detections + tracker.effort.close_detections == 3


def test_colours_are_made_ahead_only_while_somebody_is_followed(tools, tmp_path):
    class Asked:
        @property
        def rgb(self):
            asked.append(self)

    asked = []
    tracker, frame = Tracker(*tools), Asked()
    assert tracker.ready(frame) is frame
    assert asked == []
    followed(tracker, film(tmp_path / "a.mp4", 1, lambda index: shot(2, {"astronaut": (240, 160)})))
    assert tracker.ready(frame) is frame
    assert asked == [frame]


def test_an_interrupted_run_goes_on_identically(tools, tmp_path):
    def draw(index):
        name = "girl_with_a_pearl_earring" if index >= 20 else "astronaut"
        picture = shot(1 + index // 20, {"mona_lisa": (100, 150), name: (300 + index, 170)})
        if 11 <= index < 14:
            picture[60:260, 240:400] = 90
        return picture

    frames = film(tmp_path / "a.mp4", 34, draw)
    whole = followed(Tracker(*tools), frames)
    for stop in (1, 12, 20, 27):
        before = Tracker(*tools)
        followed(before, frames[:stop])
        stored = io.BytesIO()
        np.savez(stored, **before.state())
        stored.seek(0)
        after = Tracker(*tools)
        with np.load(stored, allow_pickle=False) as state:
            after.restore(dict(state))
        assert same(followed(after, frames[stop:]), whole[stop:])


def same(some, others):
    for a, b in zip(some, others, strict=True):
        if (a.cut, [face.id for face in a.faces]) != (b.cut, [face.id for face in b.faces]):
            return False
        for one, other in zip(a.faces, b.faces, strict=True):
            if not (one.face.points == other.face.points).all() or not (one.raw.points == other.raw.points).all():
                return False
            if not (one.embedding == other.embedding).all():
                return False
    return True


def test_runs_that_share_the_networks_on_other_threads_give_the_same(tools, tmp_path):
    frames = film(tmp_path / "a.mp4", 18, lambda index: shot(1, {"astronaut": (200 + 4.0 * index, 160)}))
    for frame in frames:
        assert frame.rgb.shape == (HEIGHT, WIDTH, 3) and frame.planes.halved
    alone = followed(Tracker(*tools), frames)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda _: followed(Tracker(*tools), frames), range(3)))
    assert all(same(scenes, alone) for scenes in together)


def unrest(points):
    """How far the landmarks go from frame to frame, in pixels, after ten frames."""
    return float(np.sqrt(np.mean([(b[:, :2] - a[:, :2]) ** 2 for a, b in pairwise(points[10:])])))


@pytest.mark.parametrize(("grain", "read", "given"), [(0, 0.05, 0.05), (6, 2.0, 0.25)])
def test_a_still_face_stands_still(tools, tmp_path, grain, read, given):
    """A still picture is read alike in every frame; grain moves what is read, and what is given less than a third as much."""

    def draw(index):
        noise = grain * np.random.default_rng(index).normal(size=(HEIGHT, WIDTH, 1))
        return np.clip(shot(1, {"mona_lisa": (240, 160)}) + noise, 0, 255).astype(np.uint8)

    scenes = followed(Tracker(*tools), film(tmp_path / "a.mp4", 40, draw))
    raw = unrest([scene.faces[0].raw.points for scene in scenes])
    smoothed = unrest([scene.faces[0].face.points for scene in scenes])
    assert raw < read and smoothed < given
    assert grain == 0 or smoothed < raw / 3


def test_a_face_that_starts_at_once_isnt_left_behind(tools, tmp_path):
    """Still for half a second, then off by a tenth of its size in every frame: what is given keeps up with what is read."""
    frames = film(tmp_path / "a.mp4", 30, lambda index: shot(1, {"astronaut": (120 + 8.0 * max(index - 12, 0), 160)}))
    for scene in followed(Tracker(*tools), frames):
        (seen,) = scene.faces
        late = np.hypot(*(seen.face.points - seen.raw.points)[:, :2].T).mean()
        assert late < 0.01 * seen.raw.size


def test_a_turned_head_is_read_upright(tools):
    _, landmarks, _ = tools
    picture = shot(1, {"astronaut": (240, 160)})
    upright = landmarks(picture, tools[0](picture)[0])
    turn = cv2.getRotationMatrix2D((240, 160), -70, 1.0)
    there = upright.points.copy()
    there[:, :2] = there[:, :2] @ turn[:, :2].T + turn[:, 2]
    face = landmarks(cv2.warpAffine(picture, turn, (WIDTH, HEIGHT)), type(upright)(there.astype(np.float32)))
    assert np.abs(face.points[:, :2] - there[:, :2]).mean() < 0.02 * upright.size


def test_the_filter_is_the_published_one():
    """Against the paper's recurrence written out for one number."""
    values = np.random.default_rng(1).normal(size=12).cumsum().astype(np.float32) * 3
    size, step = 80.0, 0.04
    euro = OneEuro()
    got = [float(euro(np.array([value], np.float32), size, step)[0]) for value in values]
    x, dx, wanted = float(values[0]), 0.0, [float(values[0])]
    for value in values[1:]:
        rate = 1 / (1 + 1 / (2 * np.pi * 1.0 * step))
        dx = rate * (float(value) - x) / (size * step) + (1 - rate) * dx
        share = 1 / (1 + 1 / (2 * np.pi * (0.1 + 40 * abs(dx)) * step))
        x = share * float(value) + (1 - share) * x
        wanted.append(x)
    assert np.allclose(got, wanted, rtol=1e-3, atol=1e-3)
