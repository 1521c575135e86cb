"""What holds for every style."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from engines.media.frame import Planes
from tests.style.drawn import limited, planes, scene
from tests.style.kit import STYLES, draw

SIZES = [(1, 1), (1, 9), (7, 1), (2, 2), (3, 5), (17, 64), (65, 33), (181, 243)]


def same(a: Planes, b: Planes) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in "yuv")


@pytest.mark.parametrize("style", STYLES)
def test_equal_on_any_number_of_threads(style: str) -> None:
    pictures = [planes(scene(181, 243, light)) for light in (1.0, 0.6, 0.3)]
    alone = [draw(style, picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda picture: draw(style, picture), pictures * 3))
    cv2.setNumThreads(3)
    try:
        threaded = draw(style, pictures[0])
    finally:
        cv2.setNumThreads(-1)
    assert all(same(a, b) for a, b in zip(alone * 3, together, strict=True))
    assert same(alone[0], threaded)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("half", [True, False])
def test_any_size_keeps_its_shape(style: str, size: tuple[int, int], half: bool) -> None:
    rgb = cv2.resize(scene(), size[::-1], interpolation=cv2.INTER_AREA).reshape(*size, 3)
    source = planes(rgb, half=half)
    result = draw(style, source)
    for name in "yuv":
        assert getattr(result, name).shape == getattr(source, name).shape
        assert getattr(result, name).dtype == np.uint8
        assert getattr(result, name).flags.c_contiguous


@pytest.mark.parametrize("style", STYLES)
def test_the_source_is_left_alone(style: str) -> None:
    source = planes(scene(90, 121))
    before = source.y.copy(), source.u.copy(), source.v.copy()
    draw(style, source)
    assert all(np.array_equal(a, b) for a, b in zip(before, (source.y, source.u, source.v), strict=True))


@pytest.mark.parametrize("style", STYLES)
def test_chroma_at_full_size_draws_the_same_lines(style: str) -> None:
    rgb = scene(240, 320)
    video, picture = draw(style, planes(rgb)), draw(style, planes(rgb, half=False))
    assert np.array_equal(video.y, picture.y)
    shrunk = cv2.resize(picture.u, (160, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - video.u).mean() < 1.5


@pytest.mark.parametrize("style", STYLES)
def test_limited_range_gives_the_same_picture_in_its_own_codes(style: str) -> None:
    full = planes(scene(240, 320))
    wide, narrow = draw(style, full), draw(style, limited(full))
    assert not narrow.full_range
    assert narrow.y.min() >= 16 and narrow.y.max() <= 235
    stretched = (narrow.y.astype(float) - 16) * 255 / 219
    assert np.abs(stretched - wide.y).mean() < 4


@pytest.mark.parametrize("style", ["ink", "cel", "paint"])
def test_grey_in_grey_out(style: str) -> None:
    grey = Planes(
        np.full((120, 160), 140, np.uint8), np.full((60, 80), 128, np.uint8), np.full((60, 80), 128, np.uint8), True
    )
    result = draw(style, grey)
    assert np.abs(result.u.astype(int) - 128).max() <= 1
    assert np.abs(result.v.astype(int) - 128).max() <= 1
    if style != "paint":
        assert result.y.max() == result.y.min()
        assert result.y.min() > 120


@pytest.mark.parametrize("style", ["ink", "cel", "pencil"])
def test_a_dark_picture_does_not_drown(style: str) -> None:
    dark = planes(scene(240, 320, light=0.22))
    result = draw(style, dark)
    assert dark.y.mean() < 40
    assert result.y.mean() > dark.y.mean()
    assert (result.y < 8).mean() < (dark.y < 8).mean() + 0.12


@pytest.mark.parametrize("style", STYLES)
def test_colour_control_scales_chroma(style: str) -> None:
    source = planes(scene(181, 243))
    none, some, much = (
        np.abs(draw(style, source, colour=colour).u.astype(float) - 128).mean() for colour in (0.0, 0.5, 1.0)
    )
    assert none < some < much


@pytest.mark.parametrize("style", ["ink", "cel", "pencil"])
def test_a_mask_changes_only_its_place(style: str) -> None:
    source = planes(scene())
    mask = np.zeros((360, 480), np.float32)
    mask[60:260, 170:340] = 1
    plain, careful = draw(style, source), draw(style, source, mask)
    changed = plain.y != careful.y
    assert changed[60:260, 170:340].any()
    assert not changed[:, :150].any()
    assert careful.y[60:260, 170:340].mean() < plain.y[60:260, 170:340].mean()
