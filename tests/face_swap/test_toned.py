"""A redrawn face takes the colours of what it covers, and keeps what is finer."""

import cv2
import numpy as np
import pytest

from engines.vision.faces.toned import toned

SIDE = 128


def face(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5))


def lit(picture: np.ndarray) -> np.ndarray:
    """Darker to the left, warmer to the right."""
    slope = np.linspace(-40, 40, SIDE)[None, :, None] * np.array([1.0, 0.6, 0.2])
    return np.clip(picture + slope, 0, 255).astype(np.uint8)


def inner() -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[16:-16, 16:-16] = 1
    return mask


def coarse(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 20)[32:-32, 32:-32]


def fine(picture: np.ndarray) -> np.ndarray:
    return (picture - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 4))[32:-32, 32:-32]


def test_own_colours_are_left():
    drawn = face(1)
    assert toned(drawn, lit(face(2)), inner(), "own") is drawn


def test_light_follows_from_place_to_place_and_leaves_the_details():
    drawn, before = face(1), lit(face(2))
    made = toned(drawn, before, inner(), "light")
    assert np.abs(coarse(made) - coarse(before)).mean() < 0.35 * np.abs(coarse(drawn) - coarse(before)).mean()
    assert np.abs(fine(made) - fine(drawn)).mean() < 0.1 * np.abs(fine(drawn)).mean()


def test_tone_is_one_shift_for_all():
    drawn = np.clip(face(1), 90, 160)
    shift = np.array([30, -20, 10])
    before = np.clip(drawn + shift, 0, 255).astype(np.uint8)
    made = toned(drawn, before, inner(), "tone").astype(int)
    assert np.abs(made - drawn - shift).max() <= 1


@pytest.mark.parametrize("colour", ["light", "tone"])
def test_only_what_the_mask_counts_is_looked_at(colour):
    drawn, before = face(1), face(1)
    before[:8] = 255
    made = toned(drawn, before, inner(), colour)
    assert np.abs(made.astype(int) - drawn).max() <= 1


def test_an_empty_mask_changes_nothing():
    drawn = face(1)
    assert toned(drawn, face(2), np.zeros((SIDE, SIDE), np.float32), "light") is drawn
