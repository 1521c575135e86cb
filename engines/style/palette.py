"""A palette that holds for a whole shot."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engines.arrays import Floats
from engines.style.picture import Prepared

CHROMA_WEIGHT = 2.2
BINS = (48, 40, 40)
ROUNDS = 16
FEWEST = 4


class Palette:
    """At most ``colours`` colours, float32 kx3 (luma 0..1, u, v -0.5..0.5), fitted once a shot and then moved slowly.

    Colours are found by weighted k-means (Lloyd 1982) over a histogram in (luma, 2.2 u, 2.2 v), which spreads about
    evenly to the eye. A bin weighs the square root of its count, so that a small vivid thing gets a colour beside a
    large wall. Seeds are the heaviest bin, then again and again the bin of greatest weight times squared distance: no
    random numbers, so equal pictures give equal palettes.
    """

    def __init__(self, colours: int) -> None:
        self.colours = colours
        self.centres: Floats = np.zeros((0, 3), np.float32)

    @property
    def fitted(self) -> bool:
        return len(self.centres) > 0

    def fit(self, samples: Sequence[Prepared]) -> None:
        """Choose the colours anew from pictures of one shot (at least one)."""
        points, weights = _histogram(samples)
        centres = _seeds(points, weights, self.colours)
        for _ in range(ROUNDS):
            centres, _ = _means(points, weights, centres)
        self.centres = _unscaled(centres)

    def update(self, picture: Prepared, rate: float = 0.05) -> None:
        """Move each colour by ``rate`` (0..1) towards the mean of what it stands for here; colours not seen stay."""
        points, weights = _histogram([picture])
        old = _scaled(self.centres)
        means, mass = _means(points, weights, old)
        seen = (mass > FEWEST)[:, None]
        self.centres = _unscaled(np.where(seen, old + rate * (means - old), old))

    def state(self) -> dict[str, Any]:
        return {"colours": self.colours, "centres": self.centres.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.colours = int(state["colours"])
        self.centres = np.array(state["centres"], np.float32).reshape(-1, 3)


def _scaled(colours: Floats) -> Floats:
    return colours * np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT], np.float32)


def _unscaled(points: Any) -> Floats:
    return (points / np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT])).astype(np.float32)


def _histogram(samples: Sequence[Prepared]) -> tuple[Any, Any]:
    """Mean scaled colour (nx3) and weight (n) of every bin in use."""
    planes = [np.concatenate([getattr(s, name).ravel() for s in samples]) for name in ("luma", "u", "v")]
    index = np.zeros(planes[0].shape, np.int64)
    for plane, low, bins in zip(planes, (0.0, -0.5, -0.5), BINS, strict=True):
        index = index * bins + np.clip(((plane - low) * bins).astype(np.int64), 0, bins - 1)
    count = np.bincount(index)
    used = np.flatnonzero(count)
    means = [np.bincount(index, weights=plane)[used] / count[used] for plane in planes]
    points = np.stack(means, 1) * np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT])
    return points, np.sqrt(count[used])


def _seeds(points: Any, weights: Any, colours: int) -> Any:
    chosen = [int(np.argmax(weights))]
    distance = ((points - points[chosen[0]]) ** 2).sum(1)
    while len(chosen) < colours:
        best = int(np.argmax(weights * distance))
        if distance[best] <= 0:
            break
        chosen.append(best)
        distance = np.minimum(distance, ((points - points[best]) ** 2).sum(1))
    return points[chosen]


def _means(points: Any, weights: Any, centres: Any) -> tuple[Any, Any]:
    """(mean of the points nearest each centre, or the centre itself; their weight)."""
    distance = ((points[:, None] - centres[None]) ** 2).sum(2)
    label = distance.argmin(1)
    mass = np.bincount(label, weights=weights, minlength=len(centres))
    sums = np.stack([np.bincount(label, weights=weights * points[:, c], minlength=len(centres)) for c in range(3)], 1)
    return np.where(mass[:, None] > 0, sums / np.maximum(mass, 1e-9)[:, None], centres), mass
