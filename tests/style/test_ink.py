from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from engines.media.frame import Planes
from engines.style import ink
from engines.style.lines import Pen, difference_of_gaussians, draw_lines
from engines.style.smooth import enlarge
from engines.style.tone import soft_steps
from tests.style.drawn import planes, scene
from tests.style.kit import draw


def lines_of(source: Planes, **changes: float) -> float:
    """Mean darkness that lines add: the picture without lines minus the picture with them."""
    blank = draw("ink", source, **{**changes, "lines": 0.0})
    inked = draw("ink", source, **changes)
    return float((blank.y.astype(float) - inked.y).mean())


def test_more_lines_are_darker() -> None:
    source = planes(scene())
    weights = [lines_of(source, lines=lines) for lines in (0.0, 0.2, 0.5, 1.0)]
    assert weights[0] == 0
    assert weights == sorted(weights) and weights[3] > 1.5 * weights[1]


def test_more_detail_draws_more() -> None:
    source = planes(scene())
    marks = [lines_of(source, detail=detail) for detail in (0.0, 0.5, 1.0)]
    assert marks == sorted(marks) and marks[2] > 1.3 * marks[0]


def test_lifted_shadows_are_brighter() -> None:
    source = planes(scene(light=0.4))
    assert draw("ink", source, shadows=1.0).y.mean() > draw("ink", source, shadows=0.0).y.mean() + 8


def test_noise_draws_no_lines_where_an_edge_does() -> None:
    rng = np.random.default_rng(3)
    y = np.full((240, 320), 110, np.float32)
    y[:, 160:] = 170
    noisy = np.clip(y + rng.normal(0, 5, y.shape), 0, 255).astype(np.uint8)
    grey = np.full((120, 160), 128, np.uint8)
    prepared = ink.prepare(Planes(noisy, grey, grey, True))
    light = draw_lines(prepared, enlarge(prepared.luma, prepared.y, 0.2), Pen())
    assert (light[:, 156:164].min(axis=1) < 100).mean() > 0.98
    assert (light[:, :140] < 200).mean() < 0.002
    assert (light[:, 180:] < 200).mean() < 0.002


def test_thin_frames_of_glasses_stay() -> None:
    source = planes(scene(480, 640))
    prepared = ink.prepare(source)
    light = draw_lines(prepared, enlarge(prepared.luma, prepared.y, 0.2), Pen())
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = [
        light[
            int(202 + 30 * np.sin(a)) - 1 : int(202 + 30 * np.sin(a)) + 2,
            int(300 + 30 * np.cos(a)) - 1 : int(300 + 30 * np.cos(a)) + 2,
        ].min()
        for a in angles
    ]
    assert (np.array(ring) < 140).mean() > 0.9


def test_difference_of_gaussians_is_the_textbook_one() -> None:
    y = scene()[..., 0]
    exact = [
        cv2.GaussianBlur(y.astype(np.float64) / 255, (0, 0), s, borderType=cv2.BORDER_REPLICATE) for s in (1.1, 1.76)
    ]
    assert np.abs(difference_of_gaussians(y, 1.1) - (exact[0] - exact[1])).max() < 0.01


@pytest.mark.parametrize("levels", [3, 9, 16])
def test_soft_steps_rise_and_flatten(levels: int) -> None:
    curve = soft_steps(levels, 9.0, 0.0)
    slope = np.diff(curve)
    assert slope.min() >= -1e-6
    assert curve[0] < 0.02 and curve[-1] > 0.98
    plateaus = (slope < 0.2 / 255).astype(int)
    assert (np.diff(plateaus) == 1).sum() in (levels - 1, levels)


def test_prepared_planes_may_be_replaced_by_a_temporal_stage() -> None:
    prepared = ink.prepare(planes(scene(120, 160)))
    controls = SimpleNamespace(lines=0.0, detail=0.5, levels=9, colour=1.0, shadows=0.0)
    before = ink.render(prepared, controls).y
    prepared.luma = np.zeros_like(prepared.luma)
    assert ink.render(prepared, controls).y.mean() < 0.2 * before.mean()
