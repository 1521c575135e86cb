"""Colours of one picture brought near the distribution of another's by optimal transport.

First the closed form for normal distributions (Pitié & Kokaram 2007), then relaxed steps along random axes (Pitié et al. 2007);
the change is then made as smooth as the picture itself. Large plain areas count less than their size, so that a black ground
doesn't make everything black.
"""

import cv2
import numpy as np

from engines.arrays import Floats
from engines.vision.guided import applied, guided

AXES = 12
RELAXED = 0.35
"""How far each step along an axis goes."""
SAMPLES = 12_000
CELLS = 24
"""Of each axis of L, a and b, in which colours are counted."""
STEEPEST, FLATTEST = 2.4, 0.35
"""How much differences between colours may grow or shrink."""
OWN_LIGHT = 0.35
"""How much of its own lightness a picture keeps."""
QUANTILES = np.linspace(0.01, 0.99, 65)
EVEN = 0.0008
"""Variance of lightness from which on the smoothing takes something for an edge."""


def to_lab(rgb: Floats) -> Floats:
    """float32 HxWx3 of L, a and b in hundredths from float32 RGB in 0..1."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2LAB) / 100, np.float32)


def to_rgb(lab: Floats) -> Floats:
    """float32 HxWx3 in 0..1 from ``to_lab``'s."""
    rgb = cv2.cvtColor(np.ascontiguousarray(lab * 100, np.float32), cv2.COLOR_LAB2RGB)
    return np.clip(rgb, 0, 1).astype(np.float32)


def moved(lab: Floats, other: Floats, seed: int) -> Floats:
    """``lab`` (float32 HxWx3) with colours as ``other`` (float32 hxwx3) has them; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    few, aims = _few(lab, rng), _few(other, rng)
    turn, before, after = _between(few, aims)
    flat = (lab.reshape(-1, 3) - before) @ turn + after
    few = (few - before) @ turn + after
    for _ in range(AXES):
        axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        for k in range(3):
            have, want = (np.quantile(some @ axes[:, k], QUANTILES) for some in (few, aims))
            for some in (few, flat):
                along = some @ axes[:, k]
                some += np.outer(RELAXED * (_mapped(along, have, want) - along), axes[:, k])
    made = flat.reshape(lab.shape).astype(np.float32)
    made[..., 0] += OWN_LIGHT * (lab[..., 0] - made[..., 0])
    return _smooth(lab, made)


def _few(lab: Floats, rng: np.random.Generator) -> Floats:
    """Some pixels (nx3), fewer of colours that are frequent."""
    flat = lab.reshape(-1, 3)
    cell = np.clip((flat + np.array([0, 1, 1])) / np.array([1, 2, 2]) * CELLS, 0, CELLS - 1).astype(
        np.int64
    ) @ np.array([CELLS * CELLS, CELLS, 1])
    share = 1 / np.sqrt(np.bincount(cell, minlength=CELLS**3)[cell])
    return np.asarray(flat[rng.choice(len(flat), SAMPLES, p=share / share.sum())], np.float64)  # type: ignore[arg-type]


def _between(have: Floats, want: Floats) -> tuple[Floats, Floats, Floats]:
    """The linear map of colours about their means, and both means."""
    spread = [np.cov(some.T) + 1e-6 * np.eye(3) for some in (have, want)]
    root, back = _power(spread[0], 0.5), _power(spread[0], -0.5)
    turn = back @ _power(root @ spread[1] @ root, 0.5) @ back
    values, axes = np.linalg.eigh(turn)
    return (axes * np.clip(values, FLATTEST, STEEPEST)) @ axes.T, have.mean(0), want.mean(0)


def _power(matrix: Floats, exponent: float) -> Floats:
    values, axes = np.linalg.eigh(matrix)
    return np.asarray((axes * np.maximum(values, 1e-9) ** exponent) @ axes.T)


def _mapped(along: Floats, have: Floats, want: Floats) -> Floats:
    """Values brought from one distribution's quantiles to another's; beyond the last ones they keep their distance."""
    steady = np.maximum.accumulate(have + np.arange(len(have)) * 1e-7)
    beyond = along - np.clip(along, steady[0], steady[-1])
    return np.asarray(np.interp(along, steady, want) + beyond)


def _smooth(lab: Floats, new: Floats) -> Floats:
    """What changed, smooth where the picture's lightness is."""
    light = np.clip(lab[..., 0] * 255, 0, 255).astype(np.uint8)
    radius, shape = max(min(light.shape) // 40, 2), (light.shape[0], light.shape[1])
    change = [
        applied(guided(plane, (light,), radius=radius, eps=EVEN), (light,), shape)
        for plane in cv2.split(np.asarray(new - lab, np.float32))
    ]
    return np.asarray(lab + np.dstack(change), np.float32)
