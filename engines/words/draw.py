"""Drawing tags at random: a Gaussian around a centre of the library's space, category by category.

For each category a point is drawn from a normal distribution around the centre, with the spread as its standard deviation on
every axis. Half of the variance is shared by all categories of a sheet, so that a character has one direction. Tags near the
point are likely: the logarithm of a tag's chance is that of its weight, minus half its squared distance in units of ``NEAR``,
more for tags that go with those already drawn, and less for those that seldom do, the less the larger the spread. A sheet
depends on the library, the seed and its number alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri

from engines.arrays import Floats
from engines.words.tags import AXES, Tag, TagLibrary

NEAR = 0.6
SHARED = 0.5
FRIENDLY = 1.5
"""What a friend's chance gains, as a natural logarithm."""
SELDOM, ANYTHING_GOES = 12.0, 1.2
"""What a stranger's chance loses up to half of the second figure, as a natural logarithm; the spread from which on it loses nothing."""
LEAST = 1e-12


@dataclass(frozen=True)
class Wish:
    """How to draw: around ``centre`` (16 numbers) with ``spread``; ``kept`` tags are there already; ``skip`` names categories that
    get none, ``always`` those that get one in every sheet; ``avoid`` are English names of tags that nobody wants.
    """

    centre: Sequence[float] = (0.0,) * len(AXES)
    spread: float = 0.5
    kept: Sequence[Tag] = ()
    skip: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    avoid: Iterable[str] = ()


def draw(library: TagLibrary, wish: Wish, seed: int, count: int, first: int = 0) -> list[list[Tag]]:
    """``count`` sets of tags from number ``first`` on, in the order of the categories, without what is kept."""
    luck = [_Luck(seed, first + number, library) for number in range(count)]
    shared = np.stack([one.shared for one in luck])
    free = np.repeat((library.weights > 0)[None], count, axis=0)
    near = np.zeros((count, len(library.tags)), np.float32)
    for name in wish.avoid:
        if name in library.number:
            free[:, library.number[name]] = False
    for tag in wish.kept:
        if tag.english in library.number:
            _choose(library, wish, library.number[tag.english], slice(None), free, near)
    drawn: list[list[Tag]] = [[] for _ in range(count)]
    for category in library.categories:
        span = library.span[category.name]
        if category.name in wish.skip or span.start == span.stop:
            continue
        chance = 1.0 if category.name in wish.always else category.chance
        points = _points(wish, shared, np.stack([one.own[category.name] for one in luck]))
        scores = _scores(library, span, points, near[:, span])
        scores += np.stack([one.gumbel[span] for one in luck])
        scores[~free[:, span]] = -np.inf
        best = scores.argmax(axis=1)
        for number in range(count):
            if luck[number].chance[category.name] < chance and np.isfinite(scores[number, best[number]]):
                index = span.start + int(best[number])
                _choose(library, wish, index, number, free, near)
                drawn[number].append(library.tags[index])
    return drawn


def distance(library: TagLibrary, tags: Sequence[Tag], centre: Sequence[float]) -> float:
    """The mean distance of tags from a centre, over those that lie anywhere but in the middle of the space."""
    places = np.array([tag.place for tag in tags if any(tag.place)], np.float64).reshape(-1, len(AXES))
    return float(np.linalg.norm(places - np.asarray(centre), axis=1).mean()) if len(places) else 0.0


class _Luck:
    """All random numbers of one sheet: float64, from Philox (Salmon et al. 2011) keyed by seed and number, alike on any machine."""

    def __init__(self, seed: int, number: int, library: TagLibrary) -> None:
        rng = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
        names = [category.name for category in library.categories]
        normals = ndtri(np.clip(rng.random((len(names) + 1, len(AXES))), LEAST, 1 - LEAST))
        self.shared: NDArray[np.float64] = normals[0]
        self.own: Mapping[str, NDArray[np.float64]] = dict(zip(names, normals[1:], strict=True))
        self.chance: Mapping[str, float] = dict(zip(names, rng.random(len(names)).tolist(), strict=True))
        self.gumbel: NDArray[np.float64] = -np.log(-np.log(np.clip(rng.random(len(library.tags)), LEAST, 1 - LEAST)))


def _points(wish: Wish, shared: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    normal = np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own
    return np.asarray(wish.centre, np.float64) + wish.spread * normal


def _scores(library: TagLibrary, span: slice, points: NDArray[np.float64], near: Floats) -> NDArray[np.float64]:
    places = library.places[span].astype(np.float64)
    far = (points**2).sum(1)[:, None] + (places**2).sum(1)[None] - 2 * points @ places.T
    weights = np.log(np.maximum(library.weights[span].astype(np.float64), LEAST))
    return weights - far / (2 * NEAR**2) + near


def _choose(
    library: TagLibrary, wish: Wish, index: int, sheets: int | slice, free: NDArray[np.bool_], near: Floats
) -> None:
    """``free``: what can still come; ``near``: what each tag's chance gains or loses by those that are there."""
    free[sheets, _row(library.apart, index)] = False
    friends = _row(library.friends, index)
    near[sheets, friends] = np.where(near[sheets, friends] < 0, near[sheets, friends], FRIENDLY)
    strangeness = SELDOM * min(1.0, max(0.0, 2 - 2 * wish.spread / ANYTHING_GOES))
    if strangeness:
        near[sheets, _row(library.strange, index)] = -strangeness


def _row(pairs: csr_array, index: int) -> NDArray[np.integer]:
    """The columns of one row that hold."""
    return pairs.indices[pairs.indptr[index] : pairs.indptr[index + 1]]
