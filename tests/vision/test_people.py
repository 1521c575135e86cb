"""Who is in an encoded film of the sample pictures: one person over cuts, two never as one, and how long each is seen."""

import cv2
import numpy as np
import pytest

from engines.vision.faces.cluster import grouped
from engines.vision.faces.detect import Detector
from engines.vision.faces.identity import SAME_PERSON, Identity, distance
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.people import people_of, who
from tests.vision.cast import FPS, HEAD, HEADS, HEIGHT, WIDTH, film, head, shot, wall

ASTRONAUT, MONA_LISA, GIRL = HEADS


@pytest.fixture(scope="module")
def tools():
    return Detector(), Landmarks(), Identity()


@pytest.fixture(scope="module")
def known(tools):
    """Each sitter's embedding, from a picture of its own."""
    detector, landmarks, identity = tools
    pictures = {name: shot(5, {name: (240, 160)}) for name in HEADS}
    return {name: identity(rgb, landmarks(rgb, detector(rgb)[0])) for name, rgb in pictures.items()}


def named(people, known):
    """The people's names, by embedding and by the crop that stands for them."""
    return [min(known, key=lambda name: distance(known[name], person.embedding)) for person in people]


def test_people_over_cuts_in_the_order_of_their_time(tools, known, tmp_path):
    shots = (
        (20, 1, {ASTRONAUT: (140, 160)}),
        (12, 2, {MONA_LISA: (320, 160)}),
        (30, 3, {ASTRONAUT: (320, 150), GIRL: (120, 170)}),
        (6, 6, {MONA_LISA: (150, 150)}),
    )
    pictures = [shot(seed, who_is) for count, seed, who_is in shots for _ in range(count)]
    people = people_of(film(tmp_path / "a.mp4", len(pictures), pictures.__getitem__), *tools)
    assert named(people, known) == [ASTRONAUT, GIRL, MONA_LISA]
    assert [person.frames for person in people] == [50, 30, 18]
    wanted = [((0, 20), (32, 62)), ((32, 62),), ((20, 32), (62, 68))]
    for person, spans in zip(people, wanted, strict=True):
        assert np.allclose(person.spans, np.array(spans) / FPS, atol=0.5 / FPS)
        assert person.seconds == pytest.approx(person.frames / FPS)
        assert any(start <= person.at < end for start, end in person.spans)


def test_the_crop_shows_the_person(tools, known, tmp_path):
    detector, landmarks, identity = tools
    frames = film(tmp_path / "a.mp4", 8, lambda index: shot(2, {MONA_LISA: (130, 160), GIRL: (330, 150)}))
    people = people_of(frames, *tools)
    for person, name in zip(people, named(people, known), strict=True):
        assert person.crop.dtype == np.uint8 and person.crop.shape == (192, 192, 3)
        face = landmarks(person.crop, detector(person.crop)[0])
        assert face.size > 80 and abs(face.tilt) < 0.2
        assert distance(identity(person.crop, face), known[name]) < SAME_PERSON


def test_leaving_and_coming_back_is_one_person_with_two_spans(tools, tmp_path):
    frames = film(tmp_path / "a.mp4", 75, lambda index: shot(2, {} if 25 <= index < 50 else {GIRL: (240, 160)}))
    (person,) = people_of(frames, *tools, step_s=0.16)
    assert np.allclose(person.spans, [(0, 1), (2, 3)], atol=0.09)
    assert abs(person.frames - 50) <= 4


def test_two_in_one_frame_are_never_one_person(tools, tmp_path):
    """The same sitter twice, side by side."""

    def draw(index):
        picture = shot(3, {ASTRONAUT: (120, 160)})
        square, share = head(ASTRONAUT)
        part = picture[80 : 80 + HEAD, 280 : 280 + HEAD]
        part[:] = (part + share * (square.astype(np.float32) - part)).astype(np.uint8)
        return picture

    people = people_of(film(tmp_path / "a.mp4", 8, draw), *tools)
    assert len(people) == 2
    assert distance(people[0].embedding, people[1].embedding) < 0.3


def test_a_dark_shot_a_mirrored_and_a_small_one_are_the_same_person(tools, tmp_path):
    def draw(index):
        picture = shot(1 + index // 8, {ASTRONAUT: (160 + 80 * (index // 8 % 2), 160)})
        match index // 8:
            case 1:
                return cv2.convertScaleAbs(picture, alpha=0.5)
            case 2:
                return np.ascontiguousarray(picture[:, ::-1])
            case 3:
                small = wall(7).copy()
                small[100 : 100 + HEIGHT // 2, 50 : 50 + WIDTH // 2] = cv2.resize(
                    picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA
                )
                return small
            case _:
                return picture

    (person,) = people_of(film(tmp_path / "a.mp4", 32, draw), *tools)
    assert person.spans == ((0.0, pytest.approx(32 / FPS)),)


def test_nobody_and_nothing(tools, tmp_path):
    assert people_of(film(tmp_path / "a.mp4", 8, wall), *tools) == []
    assert people_of([], *tools) == []


def test_who_is_the_nearest_or_nobody(tools, known, tmp_path):
    frames = film(tmp_path / "a.mp4", 4, lambda index: shot(2, {MONA_LISA: (130, 160), ASTRONAUT: (330, 150)}))
    people = people_of(frames, *tools)
    names = named(people, known)
    assert [who(people, known[name]) for name in names] == [0, 1]
    assert who(people, known[GIRL]) is None
    assert who([], known[GIRL]) is None


def test_groups_are_those_of_the_plain_definition():
    """Against pairwise merging written out, on random clouds with pairs that stay apart."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        centres, whose = rng.normal(size=(5, 8)), rng.integers(0, 5, 22)
        cloud = (centres[whose] + 0.4 * rng.normal(size=(22, 8))).astype(np.float32)
        weights, apart = rng.random(22) + 0.1, rng.random((22, 22)) < 0.03
        apart = (apart | apart.T) & ~np.eye(22, dtype=bool)
        labels = grouped(cloud, weights, apart, 1.6)
        assert labels.tolist() == plainly_grouped(cloud.astype(np.float64), weights, apart, 1.6)
        assert not (apart & (labels[:, None] == labels)).any()


def plainly_grouped(cloud, weights, apart, limit):
    groups = [[index] for index in range(len(cloud))]
    while True:
        means = [np.average(cloud[group], axis=0, weights=weights[group]) for group in groups]
        pairs = [
            (float(np.linalg.norm(means[a] - means[b])), a, b)
            for b in range(len(groups))
            for a in range(b)
            if not apart[np.ix_(groups[a], groups[b])].any()
        ]
        far, a, b = min(pairs, default=(limit, 0, 0))
        if far >= limit:
            break
        groups[a] += groups.pop(b)
    labels = np.zeros(len(cloud), int)
    for number, group in enumerate(sorted(groups, key=min)):
        labels[group] = number
    return labels.tolist()
