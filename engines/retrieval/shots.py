"""A film as shots: where each begins and ends, and the moments that stand for what is seen in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.retrieval.footage import Footage, Glance
from engines.retrieval.sprite import Sprite, sprite_of
from engines.vision.cuts import CutDetector

LONGEST_S = 60.0
"""A longer take goes on as another shot, so that what is held in memory stays bounded."""
LEAST_CONTRAST = 8.0
LIKE = 0.86
SAME_CHROMA = 9.0
LEAST_APART_S = 0.7
EDGE_S = 0.12
EDGE_WORTH = 0.5
SIGNATURE = (32, 18)
MOMENTS = 60


@dataclass(frozen=True)
class Moment:
    """A frame that stands for part of a shot: ``picture`` uint8 RGB HxWx3, its long side at most 640."""

    seconds: float
    picture: Bytes


@dataclass(frozen=True)
class Shot:
    """``start`` and ``end`` in seconds from the film's first frame; ``moments`` in order, none where all was blank.

    ``motion`` is the mean change from glance to glance in codes of luma.
    """

    number: int
    start: float
    end: float
    moments: tuple[Moment, ...]
    sprite: Sprite
    motion: float


@dataclass
class _Group:
    """Glances that look alike: the first one's signature, and the sharpest."""

    signature: Floats
    chroma: Floats
    began: float
    best: Glance
    worth: float


@dataclass
class _Open:
    """A shot that hasn't ended."""

    start: float
    groups: list[_Group] = field(default_factory=list)
    moments: list[tuple[_Group, Moment]] = field(default_factory=list)
    first: Glance | None = None
    before: Floats | None = None
    changes: float = 0.0
    glances: int = 0


def shots_of(film: Footage) -> Iterator[Shot]:
    """The shots of a film, each as soon as it has ended. Raises BadInput where nothing can be decoded."""
    cut, now, number, last = CutDetector(), _Open(0.0), 0, 0.0
    for glance in film.glances():
        if cut(glance.look) or glance.seconds - now.start >= LONGEST_S:
            yield _closed(film, now, number, glance.seconds)
            now, number = _Open(glance.seconds), number + 1
        _take(film, now, glance)
        last = glance.seconds
    yield _closed(film, now, number, max(film.read_to, last))


def _take(film: Footage, shot: _Open, glance: Glance) -> None:
    """Count a glance in: to the group that it looks like, else as the beginning of a new one."""
    shot.first = shot.first or glance
    signature, chroma = _signature(glance)
    if shot.before is not None:
        shot.changes += float(np.abs(signature - shot.before).mean())
    shot.before = signature
    shot.glances += 1
    if _spread(glance.look.luma) < LEAST_CONTRAST:
        return
    worth = _sharpness(glance) * (EDGE_WORTH if glance.seconds - shot.start < EDGE_S else 1.0)
    here = shot.groups[-1] if shot.groups else None
    if here and (_alike(here, signature, chroma) or glance.seconds - here.began < LEAST_APART_S):
        if worth > here.worth:
            here.best, here.worth = glance, worth
        return
    if here:
        _keep(film, shot, here)
    shot.groups.append(_Group(signature, chroma, glance.seconds, glance, worth))


def _keep(film: Footage, shot: _Open, group: _Group) -> None:
    """Take a group's best glance among the shot's moments, unless an earlier one shows the same."""
    signature, chroma = _signature(group.best)
    if len(shot.moments) < MOMENTS and not any(_alike(known, signature, chroma) for known, _ in shot.moments):
        shown = _Group(signature, chroma, group.began, group.best, group.worth)
        shot.moments.append((shown, Moment(round(group.best.seconds, 4), film.picture(group.best.native))))


def _closed(film: Footage, shot: _Open, number: int, end: float) -> Shot:
    if shot.groups:
        _keep(film, shot, shot.groups[-1])
    moments = tuple(moment for _, moment in shot.moments)
    shown = [(moment.seconds, moment.picture) for moment in moments]
    if not shown and shot.first is not None:
        shown = [(round(shot.first.seconds, 4), film.picture(shot.first.native))]
    motion = shot.changes / max(shot.glances - 1, 1)
    return Shot(number, round(shot.start, 4), round(end, 4), moments, sprite_of(shown), round(motion, 3))


def _signature(glance: Glance) -> tuple[Floats, Floats]:
    """Luma float32 32x18 as codes, and the mean of both chroma planes."""
    luma = cv2.resize(glance.look.luma, SIGNATURE, interpolation=cv2.INTER_AREA).astype(np.float32)
    return luma, np.array([glance.look.u.mean(), glance.look.v.mean()], np.float32)


def _alike(group: _Group, signature: Floats, chroma: Floats) -> bool:
    if float(np.abs(group.chroma - chroma).max()) > SAME_CHROMA:
        return False
    a, b = group.signature - group.signature.mean(), signature - signature.mean()
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return lengths > 0 and float((a * b).sum()) / lengths >= LIKE


def _sharpness(glance: Glance) -> float:
    return _spread(cv2.Laplacian(glance.detail, cv2.CV_16S, ksize=1))


def _spread(values: NDArray[Any]) -> float:
    """The standard deviation."""
    return float(cv2.meanStdDev(values)[1][0, 0])
