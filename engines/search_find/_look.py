"""From a question to the frames that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.retrieval.encoder import Encoder, Question, likeness
from studio.catalog.rows import Hit, Library, Wanted
from studio.catalog.shelves import Shelves

CANDIDATES = 200
VERIFIED = 48
WIDER = 8
MOST = 20_000


@dataclass(frozen=True)
class Looked:
    """A frame that may answer, and how sure that is (0..1)."""

    hit: Hit
    sure: float


def look_for(
    question: Question,
    encoder: Encoder,
    library: Library,
    shelves: Shelves,
    wanted: Wanted,
    enough: int,
    *,
    verify: bool = True,
) -> list[Looked]:
    """The frames most like a question, of films that are wanted, the surest first; about ``enough`` of them, where there are."""
    count, most = max(CANDIDATES, 4 * enough), MOST if wanted else CANDIDATES
    while True:
        ids = shelves.indexes.nearest(library, question.vectors, count)
        hits = shelves.reader.hits(library, ids.tolist(), wanted)
        if len(hits) >= min(enough, len(ids)) or len(ids) < count or count >= most:
            break
        count *= WIDER
    where = {hit.frame: hit for hit in hits}
    there, vectors = shelves.reader.vectors(library, np.array(list(where), np.int64))
    if not len(there):
        return []
    scores = likeness(question, vectors)
    order = np.argsort(-scores, kind="stable")[: max(VERIFIED, enough)]
    there, scores = there[order], scores[order]
    if verify:
        details = shelves.reader.details(there.tolist())
        if any(details):  # one without has just been removed
            kept = np.array([bool(detail) for detail in details])
            there, scores, details = there[kept], scores[kept], [detail for detail in details if detail]
        scores = encoder.verify(question, details, scores)
    found = [
        Looked(where[frame], encoder.sure(float(score))) for frame, score in zip(there.tolist(), scores, strict=True)
    ]
    best = np.argsort(-scores, kind="stable")
    return [found[place] for place in best]


def by_shot(found: Sequence[Looked]) -> list[Looked]:
    """The best moment of each shot, the surest first."""
    best: dict[int, Looked] = {}
    for one in found:
        if one.hit.shot not in best or one.sure > best[one.hit.shot].sure:
            best[one.hit.shot] = one
    return sorted(best.values(), key=lambda one: -one.sure)
