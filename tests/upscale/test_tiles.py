"""Tiles that nobody can see, flat areas that stay flat, and what transparent pixels hide."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from engines.arrays import Floats
from engines.vision.enlarge.clear import filled
from engines.vision.enlarge.edge import Edge
from engines.vision.enlarge.reduce import STRIP, reduced
from engines.vision.enlarge.tiles import Tile, Tiling, enlarged
from tests.upscale.art import Picture, cel_art, line_art

WHOLE = 1 << 20


@pytest.fixture(scope="module")
def edge() -> Edge:
    return Edge()


def heard(*told: object) -> None:
    """Somebody who hears of tiles and doesn't care."""


def cut_out(picture: Picture) -> Picture:
    """With a round soft-edged part that is seen; what isn't is loud red."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    veil = np.clip((min(height, width) * 0.4 - np.hypot(y - height / 2, x - width / 2)) * 60, 0, 255).astype(np.uint8)
    return np.dstack([np.where(veil[..., None] > 0, picture, [255, 0, 0]).astype(np.uint8), veil])


@pytest.mark.parametrize("tile", [64, 37])
@pytest.mark.parametrize("alpha", [False, True])
def test_many_tiles_are_one(edge: Edge, tile: int, alpha: bool) -> None:
    picture = cel_art(9100, 160)[:130]
    picture = cut_out(picture) if alpha else picture
    told: list[tuple[int, Tile]] = []
    many = enlarged(picture, edge, Tiling(tile, 8), lambda done, tile: told.append((done, tile)))
    assert np.array_equal(many, enlarged(picture, edge, Tiling(WHOLE, 8), heard))
    assert many.shape == (260, 320, picture.shape[2])
    assert len(told) == -(-160 // tile) * -(-130 // tile) and told[-1][0] == 160 * 130
    assert all(later > sooner for (sooner, _), (later, _) in pairwise(told))


class Narrow(Edge):
    """Has no room for tiles of more than 64 pixels."""

    def __call__(self, picture: Floats) -> Floats:
        if max(picture.shape) > 64 + 2 * self.context:
            raise MemoryError
        return super().__call__(picture)


def test_tiles_shrink_when_memory_runs_out(edge: Edge) -> None:
    picture, sides, told = cel_art(9101, 200), [], []
    narrow = Narrow()
    found = enlarged(picture, narrow, Tiling(256, 32, sides.append), lambda done, tile: told.append(done))
    assert sides == [128, 64] and told[-1] == 200 * 200
    assert np.array_equal(found, enlarged(picture, edge, Tiling(WHOLE, 8), heard))
    with pytest.raises(MemoryError):
        enlarged(picture, narrow, Tiling(256, 128), heard)


def test_grey_stays_grey_and_flat_stays_flat(edge: Edge) -> None:
    grey = np.repeat(line_art(9102, 128)[..., 1:2], 3, axis=2)
    found = enlarged(grey, edge, Tiling(64, 8), heard)
    assert np.ptp(found, axis=2).max() == 0 and found.std() > 20
    for level in (0, 1, 77, 254, 255):
        flat = np.full((9, 20, 3), (level, 255 - level, 128), np.uint8)
        assert (enlarged(flat, edge, Tiling(8, 8), heard) == flat[0, 0]).all()
    half = np.full((40, 40, 3), 250, np.uint8)
    half[:, :20] = 10
    large = enlarged(half, edge, Tiling(WHOLE, 8), heard)
    assert (large[:, :34] == 10).all() and (large[:, 46:] == 250).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 4), (5, 1, 3), (2, 3, 4)])
def test_tiny_pictures(edge: Edge, shape: tuple[int, int, int]) -> None:
    found = enlarged(np.full(shape, 131, np.uint8), edge, Tiling(64, 8), heard)
    assert found.shape == (2 * shape[0], 2 * shape[1], shape[2]) and (found == 131).all()


def test_hidden_colours_do_not_bleed(edge: Edge) -> None:
    """Blue seen, red hidden: nowhere where anything is seen may red come through."""
    blue = np.full((60, 60, 3), (20, 40, 200), np.uint8)
    large = enlarged(cut_out(blue), edge, Tiling(32, 8), heard)
    seen = large[..., 3] > 0
    assert seen.any() and not seen.all()
    assert np.abs(large[seen][:, :3].astype(int) - [20, 40, 200]).max() <= 1
    opaque = np.dstack([cel_art(9103, 64), np.full((64, 64), 255, np.uint8)])
    assert (enlarged(opaque, edge, Tiling(32, 8), heard)[..., 3] == 255).all()


def test_filling_takes_the_nearest_colour() -> None:
    row = np.zeros((1, 40, 4), np.uint8)
    row[0, :3] = (10, 200, 30, 255)
    row[0, 3:] = (255, 0, 0, 0)
    found = filled(row)
    assert (found[0, :12] == (10, 200, 30)).all() and (found[0, 12:] == (255, 0, 0)).all()


@pytest.mark.parametrize("alpha", [False, True])
def test_strips_are_reduced_as_a_whole_is(alpha: bool) -> None:
    picture = cel_art(9104, 640)[:, :200]
    picture = cut_out(picture) if alpha else picture
    size = (141, 411)
    assert size[1] > STRIP
    whole = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
    assert np.abs(reduced(picture, *size).astype(int) - whole).max() <= 1
    assert reduced(picture, 200, 640) is picture
