import cv2
import numpy as np

from engines.style.strokes import bristles, grain
from tests.style.drawn import planes, scene
from tests.style.kit import draw


def test_more_pressure_is_darker() -> None:
    source = planes(scene())
    means = [draw("pencil", source, darkness=darkness).y.mean() for darkness in (0.0, 0.5, 1.0)]
    assert means == sorted(means, reverse=True) and means[0] - means[2] > 15


def test_hatching_lays_strokes_slanting_in_flat_shade() -> None:
    wall = planes(np.full((240, 320, 3), 90, np.uint8))
    plain = draw("pencil", wall, hatching=0.0, paper=0.0).y.astype(float)
    hatched = draw("pencil", wall, hatching=1.0, paper=0.0).y.astype(float)
    assert plain.std() < 1
    assert hatched.std() > 8
    middle = hatched[40:-40, 40:-40] - hatched.mean()
    up = (middle[8:, :-6] * middle[:-8, 6:]).mean()
    down = (middle[8:, 6:] * middle[:-8, :-6]).mean()
    assert up > 3 * abs(down)


def test_paper_shows_and_is_the_same_in_every_picture() -> None:
    white = planes(np.full((120, 160, 3), 255, np.uint8))
    smooth, rough = draw("pencil", white, paper=0.0).y, draw("pencil", white, paper=1.0).y
    assert smooth.std() < 0.5 < rough.std()
    assert smooth.min() > 235
    assert np.array_equal(rough, draw("pencil", white, paper=1.0).y)


def test_graphite_has_no_colour_and_coloured_pencil_has() -> None:
    source = planes(scene())
    graphite, coloured = draw("pencil", source, colour=0.0), draw("pencil", source, colour=1.0)
    assert np.abs(graphite.v.astype(int) - 128).max() < 6
    assert coloured.v.max() > 160


def test_grain_is_even_noise() -> None:
    field = grain((700, 900), 1, 0.7)
    assert abs(field.mean()) < 0.02 and abs(field.std() - 1) < 0.02


def test_bristles_run_along_their_direction() -> None:
    tangent = np.zeros((60, 80, 2), np.float32)
    tangent[..., 0] = 1
    drawn = bristles(1, 0.5, tangent, 12.0)
    assert drawn.shape == (60, 80)
    along, across = np.diff(drawn, axis=1).std(), np.diff(drawn, axis=0).std()
    assert along < 0.5 * across


def test_forms_stand_out_in_the_dark_too() -> None:
    bright, dark = (
        cv2.GaussianBlur(draw("pencil", planes(scene(240, 320, light))).y.astype(np.float32), (0, 0), 5)
        for light in (1.0, 0.22)
    )
    assert dark.std() > 0.52 * bright.std()
