"""Looks in a library for each of its films among the others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from engines.retrieval.encoder import Encoder, likeness
from engines.retrieval.known import FINGERPRINT, encoder_named
from engines.retrieval.shared import Match, Part, parts
from studio.catalog.reading import Ids
from studio.catalog.rows import Hit, Library, Video
from studio.catalog.shelves import Shelves
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.search_duplicates import Held, SearchDuplicatesRequest, SearchDuplicatesResult, Shared

ENGINE = Engine(task="search_duplicates", name="shots", rank=10)

CANDIDATES = 32
A_SHOT = 4
"""Frames of a shot that are looked for."""
SURE = 0.5
MOST = 1000

Pairs = Mapping[tuple[int, int], Sequence[Match]]


def run(request: SearchDuplicatesRequest, run: Run) -> SearchDuplicatesResult:
    """Each film's frames asked for in the library, and what agrees put together."""
    shelves = run.shelves()
    library = shelves.library(request.library)
    if library.encoder != FINGERPRINT:
        raise BadInput("search.no_duplicates", name=library.name, encoder=library.encoder)
    films = {film.id: film for film in shelves.catalog.videos(library) if film.paths}
    with encoder_named(library.encoder, run) as encoder:
        pairs = _pairs(list(films), encoder, library, shelves, run)
    shots = {video: shelves.reader.shots_of(video) for video in sorted({video for pair in pairs for video in pair})}
    found = [
        _shared(part, pair, films, shots, shelves)
        for pair, matches in sorted(pairs.items())
        if pair[0] in films and pair[1] in films
        for part in parts(matches, *(_times(shots[video]) for video in pair))
        if part.seconds >= request.shortest or "image" in (films[pair[0]].kind, films[pair[1]].kind)
    ]
    found.sort(key=lambda one: (-one.seconds, one.first.file, one.first.start_s))
    identical = tuple(tuple(shelves.shown(film)) for film in films.values() if len(film.paths) > 1)
    return SearchDuplicatesResult(
        library=library.name, shared=tuple(found[:MOST]), more=len(found) > MOST, identical=identical
    )


def _pairs(films: Sequence[int], encoder: Encoder, library: Library, shelves: Shelves, run: Run) -> Pairs:
    """What frames of two films show alike, the film with the smaller number first."""
    pairs: dict[tuple[int, int], list[Match]] = defaultdict(list)
    for done, video in enumerate(films):
        for shot in shelves.reader.shots_of(video):
            run.step(done, len(films), unit="files")
            frames = shelves.reader.frames_of(library, shot.shot)
            chosen = np.unique(np.linspace(0, len(frames) - 1, min(A_SHOT, len(frames))).round().astype(int))
            for frame in frames[chosen]:
                for match, other in _elsewhere(int(frame), video, encoder, library, shelves):
                    if video < other:
                        pairs[video, other].append(match)
                    else:
                        pairs[other, video].append(
                            Match(match.second, match.first, match.second_s, match.first_s, match.sure)
                        )
    run.step(len(films), len(films), unit="files")
    return pairs


def _elsewhere(
    frame: int, video: int, encoder: Encoder, library: Library, shelves: Shelves
) -> Sequence[tuple[Match, int]]:
    """Where other films show what a frame does, and which."""
    reader = shelves.reader
    own, vectors = reader.vectors(library, np.array([frame], np.int64))
    if not len(own):
        return ()
    question = encoder.again(vectors, reader.details([frame]))
    near: Ids = shelves.indexes.nearest(library, question.vectors, CANDIDATES)
    where = {hit.frame: hit for hit in reader.hits(library, near.tolist())}
    here = where.get(frame)
    others = np.array([hit.frame for hit in where.values() if hit.video != video], np.int64)
    there, vectors = reader.vectors(library, others)
    details = reader.details(there.tolist())
    if here is None or not len(there) or not all(details):
        return ()
    scores = encoder.verify(question, details, likeness(question, vectors))
    found = []
    for other, score in zip(there.tolist(), scores, strict=True):
        if (sure := encoder.sure(float(score))) >= SURE:
            hit = where[other]
            found.append((Match(here.number, hit.number, here.seconds, hit.seconds, sure), hit.video))
    return found


def _times(shots: Sequence[Hit]) -> list[tuple[float, float]]:
    return [(shot.start_s, shot.end_s) for shot in shots]


def _shared(
    part: Part,
    pair: tuple[int, int],
    films: Mapping[int, Video],
    shots: Mapping[int, Sequence[Hit]],
    shelves: Shelves,
) -> Shared:
    first = _held(films[pair[0]], shots[pair[0]][part.first].shot, part.first_s, shelves)
    second = _held(films[pair[1]], shots[pair[1]][part.second].shot, part.second_s, shelves)
    return Shared(first=first, second=second, seconds=round(part.seconds, 3), score=round(part.sure, 4))


def _held(film: Video, shot: int, span: tuple[float, float], shelves: Shelves) -> Held:
    start, end = (round(second, 3) for second in span)
    tiles = shelves.reader.tiles([shot])
    return Held(
        file=shelves.shown(film)[0],
        name=film.names[0],
        video=film.id,
        shot=shot,
        start_s=start,
        end_s=end,
        width=film.width,
        height=film.height,
        tiles=len(tiles[shot][0]) if shot in tiles else 0,
    )
