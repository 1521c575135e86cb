"""From a question to the frames that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engines.retrieval.encoder import Encoder, Question, likeness
from studio.catalog.reading import Ids
from studio.catalog.rows import Hit, Library, Wanted
from studio.catalog.shelves import Shelves

CANDIDATES = 200
WIDER = 8
MOST = 20_000


@dataclass(frozen=True)
class Looked:
    """A frame that may answer, and how sure that is (0..1). ``said``: by words that are kept with its film."""

    hit: Hit
    sure: float
    said: bool = False


@dataclass(frozen=True)
class Search:
    """What all questions of one request have in common: about ``enough`` answers are wanted, where there are."""

    encoder: Encoder
    library: Library
    shelves: Shelves
    wanted: Wanted
    enough: int


def look_for(question: Question, search: Search) -> list[Looked]:
    """The frames most like a question, of films that are wanted, the surest first."""
    reader, encoder = search.shelves.reader, search.encoder
    there, vectors = reader.vectors(search.library, _candidates(question, search))
    if not len(there):
        return []
    alike = likeness(question, vectors)
    order = np.argsort(-alike.max(axis=1), kind="stable")[: max(CANDIDATES, search.enough)]
    where = {hit.frame: hit for hit in reader.hits(search.library, there[order].tolist())}
    order = order[[int(frame) in where for frame in there[order]]]
    scores = encoder.verify(question, reader.details(there[order].tolist()), alike[order])
    likely = zip(there[order].tolist(), scores, strict=True)
    found = [Looked(where[frame], encoder.sure(float(score))) for frame, score in likely]
    return [found[place] for place in np.argsort(-scores, kind="stable")]


def look_for_words(words: str, search: Search) -> list[Looked]:
    """The shots in which words are said, or that belong to films of which they are."""
    limit = 4 * search.enough
    while True:
        said = search.shelves.reader.said(search.library, words, limit, search.wanted)
        found = by_shot([Looked(hit, one.share, said=True) for one, hit in said])
        if len(found) >= search.enough or len(said) < limit:
            return found
        limit *= WIDER


def by_shot(found: Sequence[Looked]) -> list[Looked]:
    """The best moment of each shot, the surest first."""
    best: dict[int, Looked] = {}
    for one in found:
        if one.hit.shot not in best or one.sure > best[one.hit.shot].sure:
            best[one.hit.shot] = one
    return sorted(best.values(), key=lambda one: -one.sure)


def together(seen: Sequence[Looked], said: Sequence[Looked]) -> list[Looked]:
    """What is seen and what is said, each shot once: its seen moment, as sure as the surer of both."""
    moments = {one.hit.shot: one for one in seen}
    both = [
        replace(one, hit=moments[one.hit.shot].hit) if one.hit.shot in moments else one
        for one in said
        if one.hit.shot not in moments or one.sure >= moments[one.hit.shot].sure
    ]
    return by_shot([*both, *seen])


def _candidates(question: Question, search: Search) -> Ids:
    """The frames nearest to a question, of films that are wanted; more of them are looked through where many aren't."""
    count = max(CANDIDATES, 4 * search.enough)
    while True:
        ids: Ids = search.shelves.indexes.nearest(search.library, question.vectors, count)
        if not search.wanted:
            return ids
        hits = search.shelves.reader.hits(search.library, ids.tolist(), search.wanted)
        if len(hits) >= min(search.enough, len(ids)) or len(ids) < count or count >= MOST:
            return np.array([hit.frame for hit in hits], np.int64)
        count *= WIDER
