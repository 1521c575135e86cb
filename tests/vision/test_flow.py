import cv2
import numpy as np
import pytest

from engines.vision.carry import carry
from engines.vision.flow import measure, resize_flow, warp
from engines.vision.look import look, pack, unpack
from tests.vision.scenes import noisy, panned, planes, texture

HEIGHT, WIDTH = 360, 640


def pair(shift, noise=0.0):
    wide = texture(HEIGHT + 40, WIDTH + 40, grain=6)
    frames = [panned(wide, (20, 20), HEIGHT, WIDTH), panned(wide, (20 + shift[0], 20 + shift[1]), HEIGHT, WIDTH)]
    return [planes(noisy(frame, noise, seed)) for seed, frame in enumerate(frames)]


@pytest.mark.parametrize("shift", [(6.0, 0.0), (-3.0, 4.0), (1.0, -9.0)])
def test_flow_of_a_panned_texture_is_its_shift(shift):
    before, now = pair(shift)
    motion = measure(look(before), look(now))
    flow = resize_flow(motion.flow, (HEIGHT, WIDTH))[30:-30, 30:-30]
    error = np.linalg.norm(flow - np.array(shift), axis=-1)
    assert np.median(error) < 0.5
    assert motion.trust[20:-20, 20:-20].mean() > 225
    assert motion.moves[20:-20, 20:-20].mean() > 200


def test_noise_on_a_still_picture_moves_nothing():
    before, now = pair((0, 0), noise=2.5)
    motion = measure(look(before), look(now))
    assert np.abs(motion.flow).mean() < 0.01
    assert motion.moves.mean() < 10
    assert motion.trust.mean() > 230


def test_what_was_not_there_before_is_not_trusted():
    before, now = pair((0, 0))
    now.y[100:200, 200:320] = 20
    now.u[50:100, 100:160] = 200
    motion = measure(look(before), look(now))
    trust = cv2.resize(motion.trust, (WIDTH, HEIGHT))
    assert trust[110:190, 210:310].mean() < 25
    assert trust[220:, :].mean() > 240


def test_what_comes_from_outside_the_frame_is_not_trusted():
    before, now = pair((14, 0))
    motion = measure(look(before), look(now))
    trust = cv2.resize(motion.trust, (WIDTH, HEIGHT))
    assert trust[:, -4:].mean() < 130
    assert trust[:, 60:-60].mean() > 220


@pytest.mark.parametrize("sharp", [True, False])
@pytest.mark.parametrize("shape", [(180, 320), (97, 131), (50, 77, 3)])
def test_carry_agrees_with_a_warp_pixel_by_pixel(shape, sharp):
    rng = np.random.default_rng(3)
    plane = cv2.GaussianBlur(rng.uniform(0, 255, shape).astype(np.float32), (0, 0), 2.5)
    flow = cv2.GaussianBlur(rng.normal(size=(45, 80, 2)).astype(np.float32), (0, 0), 12) * 25
    expected = warp(plane, flow)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(flow).max() > 0.5
    assert np.abs(carry(plane, flow, sharp=sharp) - expected)[inner].mean() < 0.6
    codes = plane.astype(np.uint8)
    assert np.abs(carry(codes, flow, sharp=sharp).astype(float) - warp(codes, flow))[inner].mean() < 1.0


def test_a_sharp_carry_keeps_detail_that_a_linear_one_loses():
    picture = planes(texture(180, 320, grain=1.0)).y
    flow = np.full((45, 80, 2), 0.125, np.float32)
    back = np.full((45, 80, 2), -0.125, np.float32)
    loss = {}
    for sharp in (True, False):
        there = picture
        for _ in range(4):
            there = carry(carry(there, flow, sharp=sharp), back, sharp=sharp)
        loss[sharp] = np.abs(there[8:-8, 8:-8].astype(float) - picture[8:-8, 8:-8]).mean()
    assert loss[True] < 0.5 * loss[False]


def test_measuring_is_deterministic_and_ignores_threads():
    before, now = (look(frame) for frame in pair((5, 2), noise=2))
    threads = cv2.getNumThreads()
    results = []
    try:
        for count in (1, 4):
            cv2.setNumThreads(count)
            results.append(measure(before, now))
    finally:
        cv2.setNumThreads(threads)
    assert np.array_equal(results[0].flow, results[1].flow)
    assert np.array_equal(results[0].trust, results[1].trust)


def test_looks_of_odd_tiny_and_large_frames():
    for height, width in ((1, 1), (3, 41), (721, 1281), (2160, 3840)):
        small = look(planes(np.full((height, width, 3), 90, np.uint8)))
        assert min(small.luma.shape) >= 16
        assert min(small.luma.shape) <= 361
        assert measure(small, small).trust.min() == 255
        again = unpack("a", pack("a", small))
        assert again is not None
        assert np.array_equal(again.u, small.u)
