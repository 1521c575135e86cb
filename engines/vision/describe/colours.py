"""Colours by name, and the few colours that a set of pixels is made of."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats
from engines.vision.describe.view import lab
from studio.paths import ASSETS

CELL = 8
APART = 14.0
MOST = 10
ROUNDS = 8
SAMPLES = 20_000


@dataclass(frozen=True)
class Colour:
    """A dominant colour: its English name, share 0..1 of the pixels, and CIELAB value."""

    name: str
    share: float
    lab: tuple[float, float, float]

    @property
    def chroma(self) -> float:
        return float(np.hypot(self.lab[1], self.lab[2]))

    @property
    def hue(self) -> float:
        """CIELAB's hue angle in degrees, 0..360."""
        return float(np.degrees(np.arctan2(self.lab[2], self.lab[1])) % 360)


def dominant(pixels: Floats) -> list[Colour]:
    """The colours of CIELAB pixels (float32 Nx3), the most frequent first; those of one name are one. Empty for no pixels.

    k-means (Lloyd 1982) from the fullest cells of a coarse grid, so that nothing depends on chance.
    """
    if not len(pixels):
        return []
    pixels = pixels[:: max(len(pixels) // SAMPLES, 1)]
    centres = _seeds(pixels)
    for _ in range(ROUNDS):
        nearest = _nearest(pixels, centres)
        held = [index for index in range(len(centres)) if (nearest == index).any()]
        centres = np.stack([pixels[nearest == index].mean(axis=0) for index in held])
    nearest = _nearest(pixels, centres)
    return _named(centres, np.bincount(nearest, minlength=len(centres)) / len(pixels))


def name_of(value: NDArray[np.float32]) -> str:
    """The English name of a CIELAB value (3 numbers)."""
    names, examples = _examples()
    return names[int(np.argmin(distance(examples, value)))]


def distance(reference: Floats, value: Floats) -> Floats:
    """CIE94 between CIELAB values (graphic arts; the first gives the weights). Shapes broadcast; the last axis is 3."""
    chroma = np.hypot(reference[..., 1], reference[..., 2])
    other = np.hypot(value[..., 1], value[..., 2])
    light = reference[..., 0] - value[..., 0]
    rich = chroma - other
    hue = (reference[..., 1] - value[..., 1]) ** 2 + (reference[..., 2] - value[..., 2]) ** 2 - rich**2
    rich = rich / (1 + 0.045 * chroma)
    return np.sqrt(light**2 + rich**2 + np.maximum(hue, 0) / (1 + 0.015 * chroma) ** 2)  # type: ignore[no-any-return]


@cache
def colour_words() -> Mapping[str, Mapping[str, str]]:
    """English name → language → name."""
    entries = tomllib.loads((ASSETS / "describe" / "colours.toml").read_text(encoding="utf-8"))["colour"]
    return {entry["en"]: {lang: entry[lang] for lang in ("en", "zh-CN", "ru")} for entry in entries}


@cache
def _examples() -> tuple[list[str], Floats]:
    entries = tomllib.loads((ASSETS / "describe" / "colours.toml").read_text(encoding="utf-8"))["colour"]
    named = [(entry["en"], bytes.fromhex(value.removeprefix("#"))) for entry in entries for value in entry["hex"]]
    return [name for name, _ in named], lab(np.array([list(value) for _, value in named], np.uint8))


def _seeds(pixels: Floats) -> Floats:
    """Means of the fullest cells, each at least ``APART`` from those before."""
    cells = np.floor(pixels / CELL).astype(np.int32)
    _, where, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(where.ravel(), weights=pixels[:, axis]) for axis in range(3)], axis=1)
    means = sums / counts[:, None]
    chosen: list[NDArray[np.float64]] = []
    for index in np.argsort(-counts, kind="stable"):
        if all(np.linalg.norm(means[index] - other) >= APART for other in chosen):
            chosen.append(means[index])
        if len(chosen) == MOST:
            break
    return np.stack(chosen).astype(np.float32)


def _nearest(pixels: Floats, centres: Floats) -> NDArray[np.int64]:
    return np.argmin(((pixels[:, None] - centres[None]) ** 2).sum(axis=2), axis=1)


def _named(centres: Floats, shares: NDArray[np.float64]) -> list[Colour]:
    together: dict[str, list[tuple[float, Floats]]] = {}
    for centre, share in zip(centres, shares, strict=True):
        together.setdefault(name_of(centre), []).append((float(share), centre))
    found = []
    for name, parts in together.items():
        weights = np.array([share for share, _ in parts])
        mean = weights @ np.stack([centre for _, centre in parts]) / max(float(weights.sum()), 1e-9)
        found.append(Colour(name, float(weights.sum()), (float(mean[0]), float(mean[1]), float(mean[2]))))
    return sorted(found, key=lambda colour: -colour.share)
