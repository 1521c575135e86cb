import numpy as np

from engines.style.kuwahara import kuwahara
from engines.style.picture import half_luma
from engines.style.tensor import flow, structure_tensor
from tests.style.drawn import planes, scene
from tests.style.kit import draw


def test_a_wider_brush_leaves_less_detail() -> None:
    noise = np.random.default_rng(5).normal(0.5, 0.1, (90, 120)).astype(np.float32)
    flat = np.zeros_like(noise)
    tangent, anisotropy = flow(structure_tensor(noise, flat, flat, 2.0))
    spreads = [
        kuwahara(noise, flat, flat, tangent, anisotropy, radius, 0.6)[0].std() for radius in (1.0, 2.0, 4.0, 6.0)
    ]
    assert spreads == sorted(spreads, reverse=True) and spreads[3] < 0.5 * spreads[0]


def test_an_edge_stays_sharp_and_flat_stays_flat() -> None:
    step = np.full((60, 80), 0.2, np.float32)
    step[:, 40:] = 0.8
    tangent, anisotropy = flow(structure_tensor(step, step * 0, step * 0, 1.4))
    out, u, _ = kuwahara(step, step * 0, step * 0, tangent, anisotropy, 4.0, 0.6)
    assert np.abs(out[:, :38] - 0.2).max() < 0.02
    assert np.abs(out[:, 42:] - 0.8).max() < 0.02
    assert not u.any()


def test_the_flow_runs_along_a_stripe() -> None:
    y, x = np.mgrid[:80, :80].astype(np.float32)
    stripes = 0.5 + 0.4 * np.sin((x + 2 * y) * 0.4)
    tangent, anisotropy = flow(structure_tensor(stripes, stripes * 0, stripes * 0, 2.0))
    along = tangent[10:-10, 10:-10] @ np.array([2, -1], np.float32) / np.sqrt(5)
    assert np.abs(along).min() > 0.99
    assert anisotropy[10:-10, 10:-10].min() > 0.9
    assert np.allclose((tangent**2).sum(2), 1, atol=1e-3)


def test_contrast_spreads_light() -> None:
    source = planes(scene())
    spreads = [draw("paint", source, contrast=contrast).y.std() for contrast in (0.0, 0.5, 1.0, 2.0)]
    assert spreads == sorted(spreads)


def test_half_luma_is_the_mean_of_four() -> None:
    y = scene()[..., 1]
    exact = y.reshape(180, 2, 240, 2).mean((1, 3)) / 255
    assert np.abs(half_luma(y) - exact).max() <= 0.6 / 255
