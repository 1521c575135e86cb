import cv2
import numpy as np
import pytest

from engines.vision.calm import Calm
from engines.vision.flow import Motion, measure
from engines.vision.look import look
from engines.vision.pairs import Pairs
from tests.vision.scenes import noisy, panned, planes, texture

HEIGHT, WIDTH = 240, 320


def motions(frames):
    pairs = Pairs()
    small = [look(frame) for frame in frames]
    before = [pairs(one) for one in small]
    return [None if b is None else measure(b, s) for b, s in zip(before, small, strict=True)]


def pan(count, speed, grain=5.0):
    wide = texture(HEIGHT + 20, WIDTH + 200, grain=grain)
    return [panned(wide, (10 + speed * i, 10), HEIGHT, WIDTH) for i in range(count)]


@pytest.mark.parametrize(("speed", "left"), [(0.0, 0.35), (3.0, 0.75)])
def test_takes_noise_out_of_a_drawing_still_or_moving(speed, left):
    clean = [planes(frame) for frame in pan(12, speed)]
    drawn = [noisy(frame.y, 12, i) for i, frame in enumerate(clean)]
    calm = Calm(0.8)
    for plane, motion in zip(drawn, motions(clean), strict=True):
        (result,) = calm((plane,), motion)
    inner = np.s_[20:-20, 40:-40]
    noise = (drawn[-1].astype(float) - clean[-1].y)[inner].std()
    assert (result.astype(float) - clean[-1].y)[inner].std() < left * noise


def test_keeps_a_moving_picture_sharp():
    frames = [planes(frame) for frame in pan(12, 2.5, grain=2.0)]
    calm = Calm(0.8)
    for frame, motion in zip(frames, motions(frames), strict=True):
        (result,) = calm((frame.y,), motion)
    energy = [float((np.diff(p[20:-20, 40:-40].astype(float), axis=1) ** 2).mean()) for p in (result, frames[-1].y)]
    assert energy[0] > 0.85 * energy[1]


def test_leaves_no_ghost_of_what_has_gone():
    """A black bar that jumps: where it was, the drawing is as if it had never been there."""
    background = texture(HEIGHT, WIDTH, grain=8)
    frames = []
    for i in range(10):
        picture = background.copy()
        picture[60:180, 20 + 26 * i : 60 + 26 * i] = 10
        frames.append(planes(picture))
    drawn = []
    for frame in frames:
        lines = frame.y.copy()
        edge = cv2.dilate(cv2.Canny(frame.y, 60, 120), np.ones((7, 7), np.uint8))
        lines[edge > 0] = 0
        drawn.append(lines)
    calm = Calm(1.0)
    for plane, motion in zip(drawn, motions(frames), strict=True):
        (result,) = calm((plane,), motion)
    left_behind = np.abs(result.astype(int) - drawn[-1])[50:190, 10:220]
    assert (left_behind > 40).mean() < 0.002


def test_a_line_that_vanishes_in_the_drawing_alone_fades_at_once():
    none = np.zeros((30, 40, 2), np.float32)
    still = Motion(none, np.full((120, 160), 255, np.uint8), np.zeros((120, 160), np.uint8), none)
    calm = Calm(1.0)
    line = np.full((120, 160), 200, np.uint8)
    line[58:62] = 0
    calm((line,), None)
    (result,) = calm((np.full((120, 160), 200, np.uint8),), still)
    assert result.min() >= 200 - 13


def test_forgets_at_a_cut():
    dark, bright = np.full((60, 80), 20, np.uint8), np.full((60, 80), 200, np.uint8)
    calm = Calm(1.0)
    calm((dark,), None)
    (result,) = calm((bright,), None)
    assert np.array_equal(result, bright)


def test_a_slow_change_arrives():
    none = np.zeros((15, 20, 2), np.float32)
    still = Motion(none, np.full((60, 80), 255, np.uint8), np.zeros((60, 80), np.uint8), none)
    calm = Calm(1.0)
    calm((np.full((60, 80), 100, np.uint8),), None)
    for _ in range(120):
        (result,) = calm((np.full((60, 80), 103, np.uint8),), still)
    assert (result == 103).all()


def test_no_strength_changes_nothing():
    frames = [planes(frame) for frame in pan(3, 3.0)]
    calm = Calm(0.0)
    for frame, motion in zip(frames, motions(frames), strict=True):
        assert np.array_equal(calm((frame.y,), motion)[0], frame.y)


def test_goes_on_bit_by_bit_after_a_restore():
    frames = [planes(noisy(frame, 3, i), subsampled=True) for i, frame in enumerate(pan(8, 3.0))]
    tensors = [np.random.default_rng(i).normal(size=(120, 160, 3)).astype(np.float32) for i in range(8)]
    steps = motions(frames)

    def run(calm, start, stop):
        return [calm((f.y, f.u, f.v, t), m) for f, t, m in list(zip(frames, tensors, steps, strict=True))[start:stop]]

    whole = run(Calm(0.7, sharpen=0.4), 0, 8)
    for stop in (1, 4, 7):
        first, second = Calm(0.7, sharpen=0.4), Calm(0.7, sharpen=0.4)
        run(first, 0, stop)
        second.restore({key: np.array(value) for key, value in first.state().items()})
        for got, expected in zip(run(second, stop, 8), whole[stop:], strict=True):
            assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(got, expected, strict=True))
    empty = Calm(0.7)
    empty.restore(Calm(0.7).state())
    assert np.array_equal(empty((frames[0].y,), None)[0], frames[0].y)
