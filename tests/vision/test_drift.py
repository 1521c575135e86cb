"""Grain that moves along with the picture."""

import cv2
import numpy as np
import pytest

from engines.style.drawing import draw_film
from engines.style.photo import still
from engines.style.scene import Hand, Scene
from engines.style.strokes import grain
from engines.style.style import Style
from engines.vision.drift import PERIOD, Drifting
from engines.vision.flow import Motion, glide
from studio.tasks.cartoon import Paint, Pencil
from tests.style.drawn import scene

HEIGHT, WIDTH = 90, 160


def moving(x: float, y: float, *, height: int = HEIGHT, width: int = WIDTH) -> Motion:
    flow = np.zeros((height, width, 2), np.float32) + np.array([x, y], np.float32)
    full = np.full((height, width), 255, np.uint8)
    return Motion(flow, full, full, flow)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("step", [(-2.0, 1.0), (-0.37, 0.71), (0.0, 0.25)])
def test_grain_goes_where_the_picture_goes(step: tuple[float, float]) -> None:
    drifting, seen = Drifting(), grain((HEIGHT, WIDTH), 3, 0.6)
    for count in range(1, 31):
        drift = drifting(moving(*step))
        now = grain((HEIGHT, WIDTH), 3, 0.6, drift)
        back = np.array([[1, 0, -count * step[0]], [0, 1, -count * step[1]]])
        expected = cv2.warpAffine(seen, back, (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4)
        inner = np.s_[32:-32, 64:-64]
        assert likeness(now[inner], expected[inner]) > 0.97


def test_grain_keeps_its_strength_in_a_zoom_for_hundreds_of_drawings() -> None:
    x, y = np.meshgrid(np.arange(WIDTH) - WIDTH / 2, np.arange(HEIGHT) - HEIGHT / 2)
    zoom = np.ascontiguousarray(np.dstack([x, y]).astype(np.float32) * -0.005)
    full = np.full((HEIGHT, WIDTH), 255, np.uint8)
    drifting, before = Drifting(), grain((HEIGHT, WIDTH), 3, 0.6)
    for count in range(4 * PERIOD):
        now = grain((HEIGHT, WIDTH), 3, 0.6, drifting(Motion(zoom, full, full, zoom)))
        assert 0.7 < now.std() < 1.2
        assert likeness(now, before) > 0.8, count
        fine = now - cv2.GaussianBlur(now, (0, 0), 1.5)
        assert fine.std() > 0.35, "the grain was stretched to smears"
        before = now


def test_what_stands_still_keeps_its_grain() -> None:
    drifting = Drifting()
    assert drifting(None) is None
    assert all(drifting(moving(0, 0)) is None for _ in range(PERIOD + 2))


def test_a_cut_puts_the_grain_back() -> None:
    drifting = Drifting()
    assert drifting(moving(1, 0)) is not None
    assert drifting(None) is None
    assert drifting(moving(0, 0)) is None


def test_it_goes_on_after_a_restore() -> None:
    one, other = Drifting(), Drifting()
    for _ in range(PERIOD // 2 - 2):
        one(moving(0.3, -0.4))
    other.restore(one.state())
    for _ in range(5):
        a, b = one(moving(0.3, -0.4)), other(moving(0.3, -0.4))
        assert a is not None and b is not None and a.shares == b.shares
        assert all(np.array_equal(p, q) for p, q in zip(a.ways, b.ways, strict=True))


def test_where_nothing_is_to_be_seen_the_motion_of_the_edges_around_counts() -> None:
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    for edge in (60, 80):
        picture[:, edge : edge + 4] = 200
        flow[:, edge - 4 : edge + 8, 0] = 2.0
    filled = glide(flow, picture)
    assert filled[45, 72, 0] > 0.8, "the strip between two moving edges"
    assert filled[45, 40, 0] < 0.3 and filled[45, 104, 0] < 0.3, "what stands still beside them isn't dragged along"


@pytest.mark.parametrize(("name", "controls"), [("pencil", Pencil()), ("paint", Paint())])
def test_strokes_stay_on_what_they_are_drawn_on(name: str, controls: Paint | Pencil) -> None:
    rough = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 1, (360, 640)), (0, 0), 3)[..., None]
    wide = np.clip(scene(360, 640) + 8 * rough / rough.std(), 0, 255).astype(np.uint8)
    pictures = [wide[:, 4 * n : 4 * n + 480] for n in range(8)]
    hand = Scene(Hand(Style(name, controls)))
    film = [frame.planes.y.astype(np.float32) for frame in draw_film([still(p) for p in pictures], hand, 0.2)]
    wall = np.s_[20:90, 200:380]
    fine = [luma - cv2.GaussianBlur(luma, (0, 0), 4) for luma in film]
    with_it = likeness(fine[6][:, :-4][wall], fine[5][:, 4:][wall])
    without = likeness(fine[6][wall], fine[5][wall])
    assert with_it > 0.92 and without < 0.65
