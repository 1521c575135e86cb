import cv2
import numpy as np
import pytest

from tests.bench.metrics import e_warp, flicker_index, gradient_energy, motions, occluded, warped
from tests.vision.scenes import noisy, panned, texture

HEIGHT, WIDTH = 120, 160


def test_a_still_film_has_no_error_and_no_flicker():
    film = [texture(HEIGHT, WIDTH)] * 4
    moves = motions(film)
    assert e_warp(film, moves) == 0
    assert flicker_index(film, moves) == 0


def test_warped_moves_a_checkerboard_by_exactly_its_flow():
    board = np.kron(np.indices((8, 10)).sum(axis=0) % 2, np.ones((15, 15), int)).astype(np.uint8) * 255
    moved = np.roll(board, 15, axis=1)
    flow = np.zeros((*board.shape, 2), np.float32)
    flow[..., 0] = 15
    assert np.array_equal(warped(moved, flow)[:, :-15], board[:, :-15])


def test_a_panned_film_has_little_error_and_a_film_that_is_not_carried_along_has_much():
    wide = texture(HEIGHT + 20, WIDTH + 60, grain=5)
    film = [panned(wide, (10 + 3 * i, 10), HEIGHT, WIDTH) for i in range(5)]
    moves = motions(film)
    assert e_warp(film, moves) < 2e-4
    assert e_warp([film[0]] * 5, moves) > 20 * e_warp(film, moves)


def test_error_of_independent_noise_is_twice_its_variance():
    """Where nothing moves, W is the identity: E[(n1 - n0)^2] = 2 sigma^2."""
    source = [texture(HEIGHT, WIDTH)] * 6
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    drawn = [noisy(grey, 10, i) for i in range(6)]
    assert e_warp(drawn, motions(source)) == pytest.approx(2 * (10 / 255) ** 2, rel=0.05)


def test_flicker_of_every_second_frame_brighter_is_the_step():
    source = [texture(HEIGHT, WIDTH)] * 5
    drawn = [np.full((HEIGHT, WIDTH, 3), 100 + 20 * (i % 2), np.uint8) for i in range(5)]
    assert flicker_index(drawn, motions(source)) == pytest.approx(20 / 255, rel=1e-4)


def test_flicker_counts_only_what_stands_still():
    wide = texture(HEIGHT + 20, WIDTH + 60, grain=5)
    source = [panned(wide, (10 + 4 * i, 10), HEIGHT, WIDTH) for i in range(4)]
    assert np.isnan(flicker_index(source, motions(source)))


def test_occlusion_is_where_forward_and_backward_disagree():
    forward, backward = np.zeros((40, 60, 2), np.float32), np.zeros((40, 60, 2), np.float32)
    forward[..., 0], backward[..., 0] = 2, -2
    assert not occluded(forward, backward).any()
    backward[10:20, 20:40, 0] = 3
    hidden = occluded(forward, backward)
    assert hidden[12:18, 20:36].all()
    assert not hidden[25:].any()
    forward[:, 30:, 0] = 6
    assert occluded(forward, -forward)[:, 29].all()


def test_gradient_energy_of_a_ramp_and_of_its_blur():
    ramp = np.repeat(np.arange(0, 160, dtype=np.uint8)[np.newaxis], 120, axis=0)
    picture = cv2.merge([ramp, ramp, ramp])
    assert gradient_energy([picture]) == pytest.approx((1 / 255) ** 2, rel=1e-3)
    sharp = texture(HEIGHT, WIDTH, grain=1)
    assert gradient_energy([cv2.GaussianBlur(sharp, (0, 0), 2)]) < 0.5 * gradient_energy([sharp])
