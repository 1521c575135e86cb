"""The embedded finder: a picture, a clip, words or a shot asked for in a library, answered by shots."""

from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from engines.media.picture import over_white, read_picture
from engines.retrieval.encoder import Encoder, Question
from engines.retrieval.known import FINGERPRINT, encoder_named
from engines.search_find._clip import places, read_clip
from engines.search_find._look import Looked, by_shot, look_for
from studio.catalog.rows import Library, Video, Wanted
from studio.catalog.shelves import Shelves
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.search_find import Answer, SearchFindRequest, SearchFindResult

ENGINE = Engine(task="search_find", name="shots", rank=10)

CERTAIN, LIKELY = 0.9, 0.5
MOST_SAID = 2000
DAY_S = 24 * 3600.0
WORDS = "words"


def run(request: SearchFindRequest, run: Run) -> SearchFindResult:
    """The shots of a library that answer a question, a page of them."""
    if not (request.source or request.words.strip() or request.like):
        raise BadInput("search.no_question")
    shelves = run.shelves()
    library = shelves.library(request.library)
    wanted = _wanted(request)
    enough = request.page * request.limit + 1
    if request.source is None and request.like is None and library.encoder == FINGERPRINT:
        said = shelves.reader.said(library, request.words, MOST_SAID, wanted)
        found = by_shot([Looked(hit, one.share) for one, hit in said])
        return _page(found, request, library, shelves, WORDS)
    with encoder_named(library.encoder, run) as encoder:
        if encoder.version != library.version:
            made, wanted_by = f"{library.encoder} {library.version}", f"{encoder.name} {encoder.version}"
            raise BadInput("search.other_encoder", name=library.name, encoder=made, wanted=wanted_by)
        found = _seen(request, encoder, library, run, wanted, enough)
    if request.words.strip() and library.encoder == FINGERPRINT:
        found = _where_said(found, request, library, shelves)
    return _page(found, request, library, shelves, encoder.name)


def _seen(
    request: SearchFindRequest, encoder: Encoder, library: Library, run: Run, wanted: Wanted, enough: int
) -> list[Looked]:
    shelves = run.shelves()
    if request.like is not None:
        like = request.like
        _, vectors = shelves.reader.vectors(library, shelves.reader.frames_of(library, like))
        question = Question(vectors.reshape(-1, library.dim))
        found = look_for(question, encoder, library, shelves, wanted, enough, verify=False)
        return [one for one in by_shot(found) if one.hit.shot != like]
    meant: Any = encoder
    if request.source is None:
        return by_shot(look_for(meant.ask_words(request.words), encoder, library, shelves, wanted, enough))
    path = run.path(request.source)
    if run.kind(request.source) == "image":
        picture = np.ascontiguousarray(over_white(read_picture(path)))
        more, less = ([text] if text.strip() else [] for text in (request.words, request.without))
        both = (more or less) and library.encoder != FINGERPRINT
        question = meant.ask_both(picture, more, less) if both else encoder.ask(picture)
        return by_shot(look_for(question, encoder, library, shelves, wanted, enough))
    clip = read_clip(path)
    answers = [look_for(encoder.ask(picture), encoder, library, shelves, wanted, enough) for _, picture in clip.moments]
    return places(clip, answers)


def _where_said(found: list[Looked], request: SearchFindRequest, library: Library, shelves: Shelves) -> list[Looked]:
    """Of what is seen, that of films of which the words are said."""
    said = {hit.video for _, hit in shelves.reader.said(library, request.words, MOST_SAID)}
    return [one for one in found if one.hit.video in said]


def _page(
    found: list[Looked], request: SearchFindRequest, library: Library, shelves: Shelves, by: str
) -> SearchFindResult:
    sure = [one for one in found if one.sure >= request.least]
    first = (request.page - 1) * request.limit
    shown = sure[first : first + request.limit]
    films = {video.id: video for video in shelves.catalog.videos(library, sorted({one.hit.video for one in shown}))}
    tiles = shelves.reader.tiles([one.hit.shot for one in shown])
    records = [
        _answer(one, films[one.hit.video], tiles.get(one.hit.shot), library, shelves, by)
        for one in shown
        if one.hit.video in films and films[one.hit.video].paths
    ]
    best = max((one.sure for one in found), default=0.0)
    return SearchFindResult(records=tuple(records), more=len(sure) > first + request.limit, best=round(best, 4), by=by)


def _answer(
    one: Looked,
    film: Video,
    tiles: tuple[object, int, int] | None,
    library: Library,
    shelves: Shelves,
    by: str,
) -> Answer:
    file, *also = shelves.shown(film)
    seconds = np.asarray(tiles[0] if tiles else [], np.float64)
    return Answer(
        file=file,
        start_s=one.hit.start_s,
        end_s=min(one.hit.end_s, film.seconds) if film.seconds else one.hit.end_s,
        score=round(one.sure, 4),
        at_s=one.hit.seconds,
        how=_how(one.sure, by),
        name=film.names[0],
        also=tuple(also),
        library=library.name,
        video=film.id,
        shot=one.hit.shot,
        seconds=round(film.seconds, 3),
        width=film.width,
        height=film.height,
        tile=int(np.abs(seconds - one.hit.seconds).argmin()) if len(seconds) else 0,
        tiles=len(seconds),
    )


def _how(sure: float, by: str) -> Literal["certain", "likely", "doubtful", "words"]:
    if by == WORDS:
        return "words"
    return "certain" if sure >= CERTAIN else "likely" if sure >= LIKELY else "doubtful"


def _wanted(request: SearchFindRequest) -> Wanted:
    last = _day("before", request.before)
    return Wanted(
        after=_day("after", request.after),
        before=None if last is None else last + DAY_S,
        shortest_s=request.shortest,
        longest_s=request.longest,
        aspect="" if request.aspect == "any" else request.aspect,
        faces={"any": None, "yes": True, "no": False}[request.faces],
        tag=request.tag.strip(),
    )


def _day(field: str, text: str) -> float | None:
    """The beginning of a day in UTC, as Unix seconds."""
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError as problem:
        raise BadInput("search.bad_day", field=field, value=text) from problem
