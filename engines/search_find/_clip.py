"""A clip as a question: its moments are asked one by one, and films answer in which they come at the same distances."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.retrieval.align import Alignment, Hit, aligned
from engines.retrieval.footage import Footage
from engines.retrieval.shots import shots_of
from engines.search_find._look import Looked
from studio.errors import BadInput

MOMENTS = 12
LEAST, SHARE = 0.02, 0.02


@dataclass(frozen=True)
class Clip:
    """Moments of a clip, (seconds, uint8 RGB HxWx3) each, and its length."""

    moments: Sequence[tuple[float, Bytes]]
    seconds: float


def read_clip(path: Path) -> Clip:
    """At most twelve moments of a film, from all over it. Raises BadInput where all of it is blank."""
    with Footage(path, threads=2) as film:
        moments = [(moment.seconds, moment.picture) for shot in shots_of(film) for moment in shot.moments]
        seconds = film.read_to
    if not moments:
        raise BadInput("search.blank", name=path.name)
    chosen = np.unique(np.linspace(0, len(moments) - 1, min(MOMENTS, len(moments))).round().astype(int))
    return Clip([moments[place] for place in chosen], seconds)


def places(clip: Clip, answers: Sequence[Sequence[Looked]]) -> list[Looked]:
    """Where the clip lies: its span in each film that has its moments in its order and pace. ``answers`` are those of each moment.

    A place is as sure as its best moment, and less so the fewer of the others agree.
    """
    asked = [
        (at, one) for found, (at, _) in zip(answers, clip.moments, strict=True) for one in found if one.sure >= LEAST
    ]
    hits = [
        Hit(one.hit.video, one.hit.shot, one.hit.seconds, one.hit.start_s, one.hit.end_s, one.sure, at)
        for at, one in asked
    ]
    found = [_place(clip, where, asked) for where in aligned(hits, [at for at, _ in clip.moments], least=SHARE)]
    return sorted(found, key=lambda one: -one.sure)


def _place(clip: Clip, where: Alignment, asked: Sequence[tuple[float, Looked]]) -> Looked:
    start = max(where.start_s - where.speed * where.asked_start_s, 0.0)
    end = where.end_s + where.speed * (clip.seconds - where.asked_end_s)
    here = [
        one for _, one in asked if one.hit.video == where.video and one.hit.start_s <= end and one.hit.end_s >= start
    ]
    best = max(here, key=lambda one: one.sure)
    hit = replace(
        best.hit, start_s=round(start, 3), end_s=round(end, 3), seconds=min(max(best.hit.seconds, start), end)
    )
    return Looked(hit, best.sure * (0.5 + 0.5 * min(where.score / max(best.sure, LEAST), 1.0)))
