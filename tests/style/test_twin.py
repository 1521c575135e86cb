"""The torch twin draws what the NumPy styles draw, within what it promises."""

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from engines.cartoon.classical import hand_for
from engines.media.frame import Planes
from engines.style import ink, torch_ink
from engines.style.drawing import draw_film
from engines.style.photo import still
from engines.style.scene import Hand, Scene
from engines.style.style import Style
from engines.style.torch_hand import TorchHand
from tests.style.drawn import limited, planes, scene
from tests.style.kit import DEFAULTS

MEAN, MOST = 2.0, 12.0


def controls(**changes: Any) -> Any:
    return SimpleNamespace(**{**DEFAULTS["ink"], **changes})


def agree(ours: Planes, theirs: Planes) -> None:
    for name in "yuv":
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.shape == other.shape and one.dtype == other.dtype
        off = np.abs(one.astype(int) - other)
        assert off.mean() <= MEAN, (name, off.mean())
        assert np.percentile(off, 99) <= MOST, (name, np.percentile(off, 99))


@pytest.mark.parametrize("size", [(360, 480), (181, 243), (17, 31)])
@pytest.mark.parametrize("half", [True, False])
def test_ink_agrees(size: tuple[int, int], half: bool) -> None:
    source = planes(scene(*size), half=half)
    [prepared] = torch_ink.prepare([source], "cpu")
    expected = ink.prepare(source)
    for name in ("y", "luma", "u", "v", "tensor"):
        assert np.abs(getattr(prepared, name) - getattr(expected, name)).max() < 0.01, name
    [drawn] = torch_ink.render([prepared], controls(), "cpu")
    agree(drawn, ink.render(expected, controls()))


@pytest.mark.parametrize("changes", [{"lines": 1.0, "detail": 1.0}, {"levels": 3, "colour": 2.0, "shadows": 0.0}])
def test_ink_agrees_with_other_controls(changes: dict[str, Any]) -> None:
    source = limited(planes(scene(240, 320, 0.6)))
    prepared = ink.prepare(source)
    [drawn] = torch_ink.render([prepared], controls(**changes), "cpu")
    agree(drawn, ink.render(prepared, controls(**changes)))


def test_several_pictures_at_once_are_drawn_as_one_by_one() -> None:
    sources = [planes(cv2.flip(scene(120, 160), way)) for way in (0, 1)]
    together = torch_ink.render(torch_ink.prepare(sources, "cpu"), controls(), "cpu")
    for source, drawn in zip(sources, together, strict=True):
        [alone] = torch_ink.render(torch_ink.prepare([source], "cpu"), controls(), "cpu")
        agree(drawn, alone)
        assert np.abs(drawn.y.astype(int) - alone.y).mean() < 0.05


def test_a_film_drawn_by_the_twin_agrees() -> None:
    wide = scene(120, 200)
    frames = [still(np.ascontiguousarray(wide[:, 2 * n : 2 * n + 160])) for n in range(4)]
    style = Style("ink", controls())
    ours = draw_film(frames, Scene(TorchHand(style, "cpu")), 0.7)
    theirs = draw_film(frames, Scene(Hand(style)), 0.7)
    for one, other in zip(ours, theirs, strict=True):
        agree(one.planes, other.planes)


def test_a_card_is_used_by_the_styles_that_can() -> None:
    assert isinstance(hand_for(Style("ink", controls()), "cuda:0"), TorchHand)
    assert isinstance(hand_for(Style("ink", controls()), "cpu"), Hand)
    assert isinstance(hand_for(Style("paint", controls()), "cuda:0"), Hand)
