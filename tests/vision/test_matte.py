import threading

import cv2
import numpy as np
import pytest

from engines.vision.flow import Motion
from engines.vision.matte import Person, SteadyMatte, find_person, refined
from engines.vision.selfie import Selfie
from studio.paths import ASSETS
from tests.vision.scenes import planes, texture


@pytest.fixture(scope="module")
def selfie():
    net = Selfie()
    yield net
    net.close()


def sample(name, side=480):
    picture = cv2.cvtColor(cv2.imread(str(ASSETS / "samples" / name)), cv2.COLOR_BGR2RGB)
    scale = side / min(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", ["mona_lisa.jpg", "girl_with_a_pearl_earring.jpg", "astronaut.jpg"])
def test_finds_the_sitter_and_not_the_corners(selfie, name):
    person = find_person(planes(sample(name)), selfie)
    height, width = person.alpha.shape
    assert person.present
    assert 0.25 < person.alpha.mean() / 255 < 0.8
    assert person.alpha[int(height * 0.3) : int(height * 0.4), int(width * 0.4) : int(width * 0.5)].min() > 200
    assert person.alpha[: height // 20, : width // 20].max() < 20


def test_a_person_small_in_the_frame_is_found_by_the_closer_look(selfie):
    """Pasted at a third of the width beside a plain wall: the matte is the large one, made smaller."""
    large = sample("astronaut.jpg", 300)
    alone = find_person(planes(large), selfie).alpha
    wall = np.full((360, 960, 3), 150, np.uint8)
    wall[60:, 500 : 500 + large.shape[1]] = large[:300]
    share = cv2.GaussianBlur((alone > 127).astype(np.float32), (0, 0), 1)[..., np.newaxis]
    wall[60:, 500 : 500 + large.shape[1]] = large * share + 150 * (1 - share)
    person = find_person(planes(wall), selfie)
    assert person.present
    got, wanted = person.alpha[60:, 500 : 500 + large.shape[1]] > 127, alone > 127
    assert (got & wanted).sum() / (got | wanted).sum() > 0.9
    assert person.alpha[:, :400].max() < 20


@pytest.mark.parametrize("name", ["texture", "grey", "noise"])
def test_nobody_is_nobody(selfie, name):
    picture = {
        "texture": texture(300, 400, grain=12),
        "grey": np.full((300, 400, 3), 128, np.uint8),
        "noise": np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8),
    }[name]
    person = find_person(planes(picture), selfie)
    assert not person.present
    assert person.alpha.max() == 0


def test_refining_puts_a_rough_edge_on_the_pictures_edge():
    truth = np.zeros((270, 360), np.uint8)
    cv2.circle(truth, (180, 140), 90, 255, -1)
    picture = np.where(truth[..., np.newaxis] > 0, np.array([200, 150, 120]), np.array([60, 80, 110])).astype(np.uint8)
    rough = cv2.GaussianBlur(truth.astype(np.float32) / 255, (0, 0), 4)
    alpha = refined(rough, planes(picture))
    wrong = [np.abs(mask - truth / 255).mean() for mask in (alpha / 255, rough)]
    assert wrong[0] < 0.35 * wrong[1]


def test_the_same_picture_gives_the_same_matte_on_every_thread(selfie):
    frame = planes(sample("astronaut.jpg", 240))
    results = {}

    def work(i):
        results[i] = [find_person(frame, selfie).alpha for _ in range(3)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flat = [alpha for mattes in results.values() for alpha in mattes]
    assert len(flat) == 12
    assert all(np.array_equal(alpha, flat[0]) for alpha in flat)


def still(height, width):
    none = np.zeros((45, 60, 2), np.float32)
    return Motion(none, np.full((height, width), 255, np.uint8), np.zeros((height, width), np.uint8), none)


def test_people_appear_and_vanish_over_four_frames():
    steady = SteadyMatte(0.5)
    full, empty = np.full((90, 120), 255, np.uint8), np.zeros((90, 120), np.uint8)
    assert not steady(Person(empty, False), None).present
    rise = [steady(Person(full, True), still(90, 120)).alpha.mean() for _ in range(8)]
    assert all(a <= b for a, b in zip(rise, rise[1:], strict=False))
    assert rise[0] < 100
    assert rise[-1] > 240
    fall = [steady(Person(empty, False), still(90, 120)) for _ in range(6)]
    assert fall[0].present
    assert not fall[-1].present
    assert fall[-1].alpha.max() == 0
    assert steady(Person(full, True), None).alpha.min() == 255


def test_a_matte_that_trembles_holds_still_and_goes_on_after_a_restore():
    rng = np.random.default_rng(2)
    mattes = []
    for _ in range(12):
        matte = np.zeros((90, 120), np.uint8)
        cv2.circle(matte, (60, 45), 30 + int(rng.integers(-3, 4)), 255, -1)
        mattes.append(Person(matte, True))
    steady = SteadyMatte(0.8)
    out = [steady(matte, still(90, 120) if i else None).alpha for i, matte in enumerate(mattes)]
    changes = [
        np.abs(np.diff(np.stack(seq[4:]).astype(int), axis=0)).mean() for seq in (out, [m.alpha for m in mattes])
    ]
    assert changes[0] < 0.5 * changes[1]
    first, second = SteadyMatte(0.8), SteadyMatte(0.8)
    for i, matte in enumerate(mattes[:5]):
        first(matte, still(90, 120) if i else None)
    second.restore(first.state())
    assert all(np.array_equal(second(m, still(90, 120)).alpha, o) for m, o in zip(mattes[5:], out[5:], strict=True))
