import numpy as np
import pytest

from engines.vision.composite import BT709, blend, blurred, colour_of, cover, over, solid, without
from tests.vision.scenes import planes, rgb, texture


def test_blend_is_exact():
    rng = np.random.default_rng(0)
    front, alpha, back = (rng.integers(0, 256, (37, 53), np.uint8) for _ in range(3))
    exact = np.floor((front.astype(int) * alpha + back.astype(int) * (255 - alpha.astype(int))) / 255 + 0.5)
    assert np.array_equal(blend(front, alpha, back), exact)
    colours = rng.integers(0, 256, (37, 53, 3), np.uint8)
    assert np.array_equal(blend(colours, np.full((37, 53), 255, np.uint8), 255 - colours), colours)


@pytest.mark.parametrize("subsampled", [True, False])
def test_over_shows_the_front_inside_and_the_back_outside(subsampled):
    front, back = (planes(texture(91, 131, seed), subsampled=subsampled) for seed in (1, 2))
    alpha = np.zeros((91, 131), np.uint8)
    alpha[20:60, 30:80] = 255
    out = over(front, alpha, back)
    inner = np.s_[22:58, 32:78]
    assert np.array_equal(out.y[inner], front.y[inner])
    assert np.array_equal(out.y[62:], back.y[62:])
    assert np.array_equal(out.u[-5:], back.u[-5:])
    assert out.v.shape == front.v.shape


@pytest.mark.parametrize("colour", ["#00b140", "#f4efe6", "#000000", "#3366cc"])
def test_a_solid_colour_comes_back_as_rgb(colour):
    like = planes(texture(20, 30))
    layer = solid(colour_of(colour), like)
    assert np.abs(rgb(layer)[10, 10].astype(int) - colour_of(colour)).max() <= 2
    like.full_range = False
    assert solid((255, 255, 255), like, weights=BT709).y[0, 0] == 235
    assert solid((0, 0, 0), like).y[0, 0] == 16


def test_a_wrong_colour_is_refused():
    for wrong in ("red", "#12345", "#12345g"):
        with pytest.raises(ValueError, match=r"colour|invalid"):
            colour_of(wrong)


def test_a_blurred_background_holds_nothing_of_the_person():
    picture = np.full((120, 160, 3), 200, np.uint8)
    picture[30:100, 50:110] = 0
    alpha = np.zeros((120, 160), np.uint8)
    alpha[28:102, 48:112] = 255
    out = blurred(planes(picture), alpha)
    assert out.y.min() > 190


@pytest.mark.parametrize("subsampled", [True, False])
def test_without_takes_the_person_out_and_leaves_the_rest(subsampled):
    picture = np.full((120, 160, 3), 200, np.uint8)
    picture[:, 80:] = (90, 120, 200)
    picture[30:100, 50:110] = (0, 0, 0)
    before = planes(picture, subsampled=subsampled)
    alpha = np.zeros((120, 160), np.uint8)
    alpha[30:100, 50:110] = 255
    out = without(before, alpha)
    assert out.y.min() > before.y[0, -1] - 4
    assert np.array_equal(out.y[:26], before.y[:26]) and np.array_equal(out.y[:, :46], before.y[:, :46])
    assert out.u.shape == before.u.shape and np.array_equal(out.v[-8:], before.v[-8:])


@pytest.mark.parametrize("size", [(100, 100), (60, 300), (333, 77)])
def test_cover_fills_keeps_the_middle_and_takes_the_range(size):
    picture = np.full((*size, 3), 60, np.uint8)
    middle = size[0] // 2, size[1] // 2
    picture[middle[0] - 10 : middle[0] + 10, middle[1] - 10 : middle[1] + 10] = 220
    like = planes(np.zeros((91, 161, 3), np.uint8))
    like.full_range = False
    out = cover(planes(picture), like)
    assert out.y.shape == like.y.shape
    assert out.u.shape == like.u.shape
    assert out.y[45, 80] == pytest.approx(16 + 219 * 220 / 255, abs=2)
    assert not out.full_range
