import numpy as np
import pytest

from engines.vision.cuts import CutDetector
from engines.vision.look import look
from engines.vision.pairs import Pairs
from tests.vision.scenes import noisy, panned, planes, texture

HEIGHT, WIDTH = 180, 320


def shot(seed, count=10, tint=(1.0, 1.0, 1.0), speed=2.0):
    wide = (texture(HEIGHT, WIDTH + 200, seed, grain=9) * np.array(tint)).clip(0, 255).astype(np.uint8)
    return [panned(wide, (speed * i, 0), HEIGHT, WIDTH) for i in range(count)]


def cuts(frames):
    detector = CutDetector()
    return [i for i, frame in enumerate(frames) if detector(look(planes(noisy(frame, 2, i))))]


def test_finds_each_cut_and_nothing_else():
    film = (
        shot(1, tint=(1, 0.8, 0.6))
        + shot(2, tint=(0.5, 0.7, 1))
        + shot(3, tint=(0.6, 0.6, 0.6))
        + shot(4, tint=(1, 1, 0.5))
    )
    assert cuts(film) == [10, 20, 30]


def test_flashes_are_no_cuts():
    film = shot(1, 24)
    for i, more in ((5, 60), (6, 30), (15, 90)):
        film[i] = np.clip(film[i].astype(int) + more, 0, 255).astype(np.uint8)
    assert cuts(film) == []


def test_fast_motion_is_no_cut():
    assert cuts(shot(1, 12, speed=16.0)) == []


@pytest.mark.parametrize("value", [0, 255])
def test_a_blank_moment_is_no_cut_and_a_new_shot_behind_it_is_one(value):
    blank = [np.full((HEIGHT, WIDTH, 3), value, np.uint8)] * 2
    one, other = shot(1, 8, tint=(1, 0.8, 0.6)), shot(2, 8, tint=(0.5, 0.7, 1))
    assert cuts(one[:4] + blank + one[4:]) == []
    assert cuts(one + blank + other) == [10]


def test_pairs_start_anew_at_a_cut_and_go_on_after_a_restore():
    film = [look(planes(frame)) for frame in shot(1, tint=(1, 0.8, 0.6)) + shot(2, tint=(0.5, 0.7, 1))]
    pairs = Pairs()
    through = [pairs(frame) for frame in film]
    assert [i for i, before in enumerate(through) if before is None] == [0, 10]
    for stop in (0, 4, 10, 11):
        first, second = Pairs(), Pairs()
        for frame in film[:stop]:
            first(frame)
        second.restore(first.state())
        for frame, expected in zip(film[stop:], through[stop:], strict=True):
            got = second(frame)
            assert (got is None) == (expected is None)
            assert got is None or np.array_equal(got.luma, expected.luma)
