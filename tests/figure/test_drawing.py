"""The picture, the map of regions and the layers agree, and are the same each time."""

import cv2
import numpy as np
import pytest

from engines.figure.cels import cels
from engines.figure.character import chance
from engines.figure.drawing import array_of, draw, labels, picture, silhouette, surface_of
from engines.figure.layers import REGIONS
from engines.figure.library import library
from engines.figure.painting import Painter
from engines.figure.placing import scene
from studio.errors import BadInput

SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_gives_the_same_picture(seed: int) -> None:
    data = library()
    first, again = (draw(chance(data, seed), 240) for _ in range(2))
    assert (first.rgba == again.rgba).all()
    assert (first.labels == again.labels).all()
    other = draw(chance(data, seed + 1000), 240)
    assert (first.rgba != other.rgba).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_are_a_partition(seed: int) -> None:
    drawing = draw(chance(library(), seed), 450)
    assert drawing.rgba.shape == (450, 300, 4)
    together = sum(drawing.mask(region).astype(int) for region in REGIONS)
    assert (together == 1).all()
    for region in ("face", "torso", "arms", "legs", "feet", "background"):
        assert drawing.mask(region).any(), region


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_follow_what_is_drawn(seed: int) -> None:
    data = library()
    placed = scene(chance(data, seed), data)
    alpha = picture(placed, data, 600, backdrop=False)[..., 3]
    figure = labels(placed, 600) != REGIONS.index("background")
    assert (alpha[figure] > 0).mean() > 0.995
    assert figure[alpha == 255].mean() > 0.97
    black = silhouette(placed, 600)[..., 3] > 127
    assert (black & figure).sum() / (black | figure).sum() > 0.93


@pytest.mark.parametrize("seed", SEEDS)
def test_layers_laid_over_each_other_are_the_picture(seed: int) -> None:
    data = library()
    placed = scene(chance(data, seed), data)
    whole = picture(placed, data, 300).astype(float)
    together = np.zeros((300, 200, 4))
    for cel in cels(placed, data, 300):
        layer = np.zeros((300, 200, 4))
        layer[cel.top :, cel.left :][: cel.rgba.shape[0], : cel.rgba.shape[1]] = cel.rgba
        alpha = layer[..., 3:] / 255.0
        out = alpha + together[..., 3:] * (1 - alpha)
        colour = layer[..., :3] * alpha + together[..., :3] * together[..., 3:] * (1 - alpha)
        together = np.concatenate([colour / np.maximum(out, 1e-6), out], 2)
    far = np.abs(together[..., :3] - whole[..., :3]).max(-1)
    assert np.percentile(far, 99) < 12


def test_a_pattern_goes_on_where_a_sleeve_grows_out_of_the_shoulder() -> None:
    """There the shadow of the edge is taken away, and nothing but that."""
    data, height = library(), 750
    who = chance(data, 3, {"pose": "raised_hand"}, ["top/flannel_shirt"])
    sleeves = [
        one
        for one in scene(who, data).shapes
        if one.marks and one.shape.curve.lifted.any() and one.layer.startswith("sleeve")
    ]
    assert sleeves
    for one in sleeves:
        surface = surface_of(height)
        Painter(surface.getCanvas(), data.materials).draw([one])
        seen = array_of(surface)[..., :3].astype(float) / 255
        marks, near = (np.zeros((height, height * 2 // 3), np.uint8) for _ in range(2))
        cv2.fillPoly(marks, [np.rint(mark / 2).astype(np.int32) for mark in one.marks], 1)
        for x, y in one.xy[one.shape.curve.lifted] / 2:
            cv2.circle(near, (round(x), round(y)), 4, 1, -1)
        inside = np.zeros_like(near)
        cv2.fillPoly(inside, [np.rint(one.xy / 2).astype(np.int32)], 1)
        place = (cv2.erode(marks, np.ones((3, 3))) & near & cv2.erode(inside, np.ones((3, 3)))) > 0
        to_ink, to_fill = (np.abs(seen[place] - np.array(colour)).sum(-1) for colour in (one.ink, one.fill))
        assert place.sum() > 20 and (to_ink < to_fill).mean() > 0.9


@pytest.mark.parametrize("seed", range(40))
def test_the_whole_figure_is_inside_the_frame(seed: int) -> None:
    data = library()
    placed = scene(chance(data, seed), data)
    figure = np.concatenate(
        [one.xy for one in placed.shapes if one.shape.follows not in ("stage", "ground") and not one.shape.clip]
    )
    assert figure.min() > 0
    assert figure[:, 0].max() < 1000
    assert figure[:, 1].max() < 1500


@pytest.mark.parametrize("height", [15, 0, -3, 6001])
def test_a_size_that_cannot_be_drawn(height: int) -> None:
    with pytest.raises(BadInput, match="choose 16 to 6000"):
        draw(chance(library(), 1), height)
