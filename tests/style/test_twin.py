"""The torch twins draw what the NumPy styles draw, within what they promise."""

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from engines.media.frame import Planes
from engines.style import strokes, torch_hand, torch_strokes
from engines.style.drawing import draw_film
from engines.style.hands import hand_for
from engines.style.palette import Palette
from engines.style.photo import still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from engines.style.torch_hand import TorchHand
from engines.vision.drift import Drift
from studio.presets import presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest
from tests.style.drawn import limited, planes, scene
from tests.style.kit import DEFAULTS, STYLES

MEAN, MOST = 2.0, 12.0
PRESETS = sorted(name for name, preset in presets("cartoon").items() if preset.values["style"] in STYLES)
EXTREMES = [
    ("ink", {"lines": 1.0, "detail": 1.0}),
    ("ink", {"levels": 3, "colour": 2.0, "shadows": 0.0}),
    ("cel", {"colours": 4, "lines": 1.0, "smooth": 0.0}),
    ("cel", {"colours": 24, "smooth": 1.0, "colour": 2.0, "shadows": 0.0}),
    ("paint", {"brush": 2.0, "sharpness": 1.0, "contrast": 2.0, "colour": 2.0}),
    ("paint", {"brush": 12.0, "sharpness": 0.0, "contrast": 0.0}),
    ("pencil", {"darkness": 1.0, "hatching": 1.0, "paper": 1.0, "colour": 1.0}),
    ("pencil", {"darkness": 0.0, "hatching": 0.0, "paper": 0.0}),
]


def style_for(name: str, **changes: Any) -> Style:
    return Style(name, SimpleNamespace(**{**DEFAULTS[name], **changes}))


def agree(ours: Planes, theirs: Planes) -> None:
    for name in "yuv":
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.shape == other.shape and one.dtype == other.dtype
        off = np.abs(one.astype(int) - other)
        assert off.mean() <= MEAN, (name, off.mean())
        assert np.percentile(off, 99) <= MOST, (name, np.percentile(off, 99))


def palette_for(style: Style, prepared: Any) -> Palette | None:
    return style.palette(prepared, None) if style.colours else None


def agree_on(style: Style, source: Planes) -> None:
    """Both draw from their own preparation, in one palette."""
    expected = style.prepare(source)
    [prepared] = torch_hand.PREPARE[style.name]([source], "cpu")
    for name in ("y", "luma", "u", "v", "tensor"):
        assert np.abs(getattr(prepared, name) - getattr(expected, name)).max() < 0.01, name
    assert (prepared.grainy, prepared.chroma_shape) == (expected.grainy, expected.chroma_shape)
    palette = palette_for(style, expected)
    [drawn] = torch_hand.render(style, [prepared], [palette], "cpu")
    agree(drawn, style.render(expected, palette))


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("size", [(360, 480), (181, 243), (17, 31)])
@pytest.mark.parametrize("half", [True, False])
def test_a_twin_agrees(name: str, size: tuple[int, int], half: bool) -> None:
    agree_on(style_for(name), planes(scene(*size), half=half))


@pytest.mark.parametrize(("name", "changes"), EXTREMES)
def test_a_twin_agrees_at_the_ends_of_its_controls(name: str, changes: dict[str, Any]) -> None:
    agree_on(style_for(name, **changes), limited(planes(scene(240, 320, 0.6))))


@pytest.mark.parametrize("name", PRESETS)
def test_a_twin_agrees_with_the_presets(name: str) -> None:
    values = presets("cartoon")[name].values
    request = CartoonRequest.model_validate(unflatten(CartoonRequest, {"source": "x", **values}))
    agree_on(Style(request.style, getattr(request, request.style)), planes(scene(240, 320)))


@pytest.mark.parametrize("name", STYLES)
def test_several_pictures_at_once_are_drawn_as_one_by_one(name: str) -> None:
    sources = [planes(scene(120, 160)), planes(cv2.flip(scene(120, 160, 0.5), 1)), planes(flat(120, 160))]
    style = style_for(name)
    prepared = torch_hand.PREPARE[name](sources, "cpu")
    palettes = [palette_for(style, one) for one in prepared]
    together = torch_hand.render(style, prepared, palettes, "cpu")
    for one, palette, drawn in zip(prepared, palettes, together, strict=True):
        [alone] = torch_hand.render(style, [one], [palette], "cpu")
        agree(drawn, alone)
        assert np.abs(drawn.y.astype(int) - alone.y).mean() < 0.05


def flat(height: int, width: int) -> Any:
    """A picture of two colours: fewer than a palette has."""
    picture = np.full((height, width, 3), (60, 90, 160), np.uint8)
    picture[:, : width // 2] = (200, 170, 90)
    return picture


@pytest.mark.parametrize("name", STYLES)
def test_a_film_drawn_by_the_twin_agrees(name: str) -> None:
    wide = scene(120, 200)
    frames = [still(np.ascontiguousarray(wide[:, 2 * n : 2 * n + 160])) for n in range(4)]
    style = style_for(name)
    ours = draw_film(frames, Scene(TorchHand(style, "cpu")), 0.7)
    theirs = draw_film(frames, Scene(Hand(style)), 0.7)
    for one, other in zip(ours, theirs, strict=True):
        agree(one.planes, other.planes)


@pytest.mark.parametrize("name", STYLES)
def test_a_card_draws_with_the_twin(name: str) -> None:
    assert isinstance(hand_for(style_for(name), "cuda:0"), TorchHand)
    assert isinstance(hand_for(style_for(name), "cpu"), Hand)


def test_grain_is_carried_alike_and_each_picture_by_its_own_drift() -> None:
    rng = np.random.default_rng(3)
    ways = [cv2.resize(rng.normal(0, 0.2, (3, 4, 2)).astype(np.float32), (40, 30)) for _ in range(2)]
    drifts = [Drift(ways, (0.6, 0.8)), None, Drift([ways[1], ways[1] + 0.001], (0.8, 0.6))]
    together = torch_strokes.grain((90, 120), 5, 0.7, drifts, torch.device("cpu"))
    for drift, ours in zip(drifts, together, strict=True):
        expected = strokes.grain((90, 120), 5, 0.7, drift)
        off = np.abs(ours[0].numpy() - expected)
        assert off.mean() < 0.03 and np.percentile(off, 99) < 0.12
    still = strokes.grain((90, 120), 5, 0.7)
    assert np.abs(together[0, 0].numpy() - still).mean() > 0.5
