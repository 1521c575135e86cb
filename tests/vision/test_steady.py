"""The light of a face held calm from frame to frame: what is smoothed, what isn't, and that it can be interrupted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.faces.detect import Detector
from engines.vision.faces.face import Face
from engines.vision.faces.mesh import Mesh
from engines.vision.faces.reading import measured
from engines.vision.faces.source import source_of
from engines.vision.faces.steady import Steady
from engines.vision.faces.swap import patch_of, swap
from studio.paths import ASSETS


@pytest.fixture(scope="module")
def target():
    picture = read_picture(ASSETS / "samples" / "astronaut.jpg")
    return picture, Mesh()(picture, Detector()(picture)[0])


@pytest.fixture(scope="module")
def source():
    picture = read_picture(ASSETS / "samples" / "mona_lisa.jpg")
    return source_of([(picture, Mesh()(picture, Detector()(picture)[0]))])


def trembling(target, source, count, strength=3):
    """Readings of a still face whose light is another's in every frame: a broad blotch comes and goes."""
    picture, face = target
    rng = np.random.default_rng(3)
    for _ in range(count):
        blotch = cv2.resize(rng.normal(0, strength, (6, 6, 1)).astype(np.float32), picture.shape[1::-1])
        yield measured(np.clip(picture + blotch[..., None], 0, 255).astype(np.uint8), face, source)


def wander(readings):
    """Mean absolute change of the light from frame to frame."""
    lights = [reading.light.around for reading in readings]
    return np.mean([np.abs(b - a).mean() for a, b in zip(lights, lights[1:], strict=False)])


def test_in_two_steps_it_is_the_same(target, source):
    one, other = swap(*target, source), patch_of(measured(*target, source), source)
    assert (one.left, one.top) == (other.left, other.top)
    assert (one.rgb == other.rgb).all() and (one.alpha == other.alpha).all()


def test_light_that_stays_is_left_alone(target, source):
    steady, reading = Steady(), measured(*target, source)
    for index in range(4):
        calm = steady({7: reading}, cut=index == 0)[7]
        assert (calm.light.around == reading.light.around).all() and (calm.front == reading.front).all()
        assert calm.light.tone == reading.light.tone


def test_the_held_light_moves_with_the_face(target, source):
    """Nothing but a step aside: the light that is held must step too, or it would show as a change."""
    picture, face = target
    steady = Steady()
    steady({0: measured(picture, face, source)}, cut=True)
    there = np.roll(picture, (9, 14), axis=(0, 1))
    moved = measured(there, Face(face.points + np.array([14, 9, 0], np.float32)), source)
    assert np.abs(steady({0: moved}, cut=False)[0].light.around - moved.light.around).max() < 0.01


def test_flicker_falls(target, source):
    steady = Steady()
    raw = list(trembling(target, source, 12))
    calm = [steady({0: reading}, cut=index == 0)[0] for index, reading in enumerate(raw)]
    assert wander(calm[2:]) < 0.4 * wander(raw[2:])


def test_a_lamp_switched_on_is_seen_at_once(target, source):
    picture, face = target
    dim, bright = (measured((picture * share).astype(np.uint8), face, source) for share in (0.5, 1.0))
    steady = Steady()
    steady({0: dim}, cut=True)
    calm = steady({0: bright}, cut=False)[0]
    away = np.abs(calm.light.around - bright.light.around).mean()
    assert away < 0.1 * np.abs(dim.light.around - bright.light.around).mean()


def test_cuts_and_long_gaps_forget(target, source):
    picture, face = target
    first = measured(picture, face, source)
    other = measured(np.clip(picture.astype(int) + 6, 0, 255).astype(np.uint8), face, source)
    for gap, cut, kept in ((0, False, True), (5, False, True), (6, False, False), (0, True, False)):
        steady = Steady()
        steady({0: first}, cut=True)
        for _ in range(gap):
            assert steady({}, cut=False) == {}
        same = (steady({0: other}, cut=cut)[0].light.around == other.light.around).all()
        assert same == (not kept)


def test_an_interrupted_film_goes_on_the_same(target, source):
    readings = list(trembling(target, source, 8))
    whole, first, second = Steady(), Steady(), Steady()
    for index, reading in enumerate(readings):
        both = {3: reading, 5: replace(reading, front=reading.front[::-1])} if index < 6 else {3: reading}
        expected = whole(both, cut=index == 0)
        runs = first if index < 4 else second
        if index == 4:
            second.restore({key: np.array(value) for key, value in first.state().items()})
        calm = runs(both, cut=index == 0)
        for track, reading in expected.items():
            assert (calm[track].light.around == reading.light.around).all()
            assert (calm[track].front == reading.front).all() and calm[track].light.tone == reading.light.tone
