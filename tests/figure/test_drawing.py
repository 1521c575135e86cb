"""The picture, the map of regions and the layers agree, and are the same each time."""

import numpy as np
import pytest

from engines.figure.cels import cels
from engines.figure.character import chance
from engines.figure.drawing import draw, labels, picture, silhouette
from engines.figure.layers import REGIONS
from engines.figure.library import library
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
