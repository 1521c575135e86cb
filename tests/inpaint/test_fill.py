"""Patches fill holes with the texture around them, without a seam, and the rest stays to the bit."""

import cv2
import numpy as np
import pytest

from engines.vision.patch.fill import can_fill, filled, surroundings
from engines.vision.patch.kernels import search
from engines.vision.patch.seam import film


def quiet(*told: object) -> None:
    """Somebody who needn't know."""


def weave(height: int = 96, width: int = 120) -> np.ndarray:
    """Slanting threads with a period of 12 pixels over a slow change of light, uint8 RGB."""
    y, x = np.mgrid[:height, :width]
    thread = 60 * np.sign(np.sin((x + y) * np.pi / 6)) + 25 * np.sin((x - y) * np.pi / 6)
    return np.clip(np.dstack([110 + thread, 130 + 0.6 * thread, 120 - 0.4 * thread + x / 4]), 0, 255).astype(np.uint8)


def hole_in(picture: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    hole = np.zeros(picture.shape[:2], np.uint8)
    hole[top : top + height, left : left + width] = 1
    return hole


def away(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other)[where > 0].mean())


@pytest.fixture(scope="module")
def mended() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    picture = weave()
    hole = hole_in(picture, 36, 44, 26, 30)
    broken = picture.copy()
    broken[hole > 0] = (255, 0, 255)
    return picture, hole, filled(broken, hole, 3, quiet)


def test_a_texture_goes_on_where_telea_smears_it(mended: tuple[np.ndarray, ...]) -> None:
    picture, hole, made = mended
    telea = np.asarray(cv2.inpaint(picture, hole, 5, cv2.INPAINT_TELEA))
    assert away(made, picture, hole) < 12
    assert away(made, picture, hole) < away(telea, picture, hole) / 2


def test_the_rest_stays_to_the_bit_and_no_seam_is_seen(mended: tuple[np.ndarray, ...]) -> None:
    picture, hole, made = mended
    assert np.array_equal(made[hole == 0], picture[hole == 0])
    steps = np.abs(np.diff(made.astype(int), axis=0)).sum(2)
    border = steps[[35, 61], 44:74].mean()
    assert border < 1.5 * steps[:30].mean()


def test_nothing_of_what_was_in_the_hole_matters(mended: tuple[np.ndarray, ...]) -> None:
    picture, hole, made = mended
    other = picture.copy()
    other[hole > 0] = 7
    again = filled(other, hole, 3, quiet)
    assert np.array_equal(again, made), "the same seed gives the same picture"


def test_a_margin_continues_the_picture_without_a_mirror() -> None:
    """Threads that slant to the right everywhere; a mirror would turn them at the border."""
    whole = weave(72, 110)
    hole = hole_in(whole, 0, 80, 72, 30)
    made = filled(np.where(hole[..., None] > 0, 0, whole).astype(np.uint8), hole, 1, quiet)
    mirror = whole.copy()
    mirror[:, 80:] = whole[:, 50:80][:, ::-1]
    assert away(made, whole, hole) < away(mirror, whole, hole) / 2


def test_progress_is_told_to_its_end() -> None:
    picture = weave(64, 64)
    told: list[tuple[int, int]] = []
    filled(picture, hole_in(picture, 20, 20, 18, 18), 0, lambda done, total, see: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1] and len(told) > 5


def test_too_little_is_left_to_fill_with() -> None:
    hole = np.ones((40, 40), np.uint8)
    assert not can_fill(hole)
    hole[:20, :20] = 0
    assert can_fill(hole)
    assert surroundings(hole_in(np.zeros((2000, 2000, 3)), 1000, 1000, 20, 20)) == (slice(744, 1276), slice(744, 1276))


def test_the_search_finds_where_a_piece_was_cut_out() -> None:
    source = np.random.default_rng(0).random((60, 60, 1), np.float32)
    target = np.ascontiguousarray(source[20:50, 25:55]).reshape(30, 30)
    allowed = np.zeros((60, 60), np.bool_)
    allowed[3:-3, 3:-3] = True
    wanted, gaps = np.ones((30, 30), np.bool_), np.zeros((30, 30), np.float32)
    places = np.random.default_rng(1).integers(3, 57, (30, 30, 2)).astype(np.int32)
    flat = source.reshape(60, 60)
    for lap in range(8):
        search(target, flat, wanted, allowed, np.zeros((60, 60), np.float32), 0.0, places, gaps, 1, 3, lap, 60, 5)
    true = np.mgrid[20:50, 25:55].transpose(1, 2, 0)
    assert (places == true).all(2).mean() > 0.98 and gaps.max() < 0.2


def test_a_film_keeps_its_rim_and_is_even_between() -> None:
    ramp = np.tile(np.linspace(0, 1, 33, dtype=np.float32), (33, 1))[..., None]
    known = np.ones((33, 33), np.float32)
    known[6:26, 6:26] = 0
    found = film(ramp, known)
    assert np.array_equal(found[known > 0], ramp[known > 0])
    assert np.abs(found - ramp).max() < 0.06
