"""The embedded finder: a picture, a clip, words or a shot asked for in a library, answered by shots."""

from datetime import UTC, datetime
from typing import cast

import numpy as np

from engines.arrays import Bytes
from engines.media.picture import over_white, read_picture
from engines.retrieval.encoder import Question, WordEncoder
from engines.retrieval.known import FINGERPRINT, encoder_named
from engines.search_find._clip import MOMENTS, places, read_clip
from engines.search_find._look import Looked, Search, by_shot, look_for, look_for_words, together
from studio.catalog.rows import Video, Wanted
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.search_find import Answer, How, SearchFindRequest, SearchFindResult

ENGINE = Engine(task="search_find", name="shots", rank=10)

CERTAIN, LIKELY = 0.9, 0.5
DAY_S = 24 * 3600.0
WORDS = "words"


def run(request: SearchFindRequest, run: Run) -> SearchFindResult:
    """The shots of a library that answer a question, a page of them."""
    words, without = request.words.strip(), request.without.strip()
    if request.source is None and request.like is None and not words:
        raise BadInput("search.no_question")
    shelves = run.shelves()
    library = shelves.library(request.library)
    with encoder_named(library.encoder, run) as encoder:
        if encoder.version != library.version:
            made, wanted = f"{library.encoder} {library.version}", f"{encoder.name} {encoder.version}"
            raise BadInput("search.other_encoder", name=library.name, encoder=made, wanted=wanted)
        search = Search(encoder, library, shelves, _wanted(request), request.page * request.limit + 1)
        meaning = library.encoder != FINGERPRINT
        asked = f"{words}, {_minus(without)}".strip(", ") if meaning else ""
        if request.like is not None:
            found = _where_said(_alike(request.like, search), words, without, search)
        elif request.source is not None:
            found = _shown(request.source, asked, search, run)
            found = found if meaning else _where_said(found, words, without, search)
        else:
            found = _where_said(look_for_words(words, search), "", without, search)
            if meaning:
                found = together(by_shot(look_for(cast(WordEncoder, encoder).ask_words(asked), search)), found)
    only_said = not (meaning or request.source or request.like)
    return _page(found, request, search, WORDS if only_said else encoder.name)


def _alike(shot: int, search: Search) -> list[Looked]:
    """Other shots that show what a shot does."""
    reader = search.shelves.reader
    film = search.shelves.catalog.video(search.library, reader.shot(search.library, shot).video)
    frames = reader.frames_of(search.library, shot)
    if not len(frames):
        raise BadInput("search.blank", name=film.names[0])
    chosen = frames[np.unique(np.linspace(0, len(frames) - 1, MOMENTS).round().astype(int))]
    there, vectors = reader.vectors(search.library, chosen)
    question = search.encoder.again(vectors, reader.details(there.tolist()))
    return [one for one in by_shot(look_for(question, search)) if one.hit.shot != shot]


def _shown(source: str, asked: str, search: Search, run: Run) -> list[Looked]:
    """What shows the same as a picture or a clip; ``asked``: with these words besides."""

    def question(picture: Bytes) -> Question:
        return cast(WordEncoder, search.encoder).ask_both(picture, asked) if asked else search.encoder.ask(picture)

    path = run.path(source)
    if run.kind(source) == "image":
        return by_shot(
            look_for(question(np.ascontiguousarray(over_white(read_picture(path, enough=search.encoder.side)))), search)
        )
    clip = read_clip(path)
    return places(clip, [look_for(question(picture), search) for _, picture in clip.moments])


def _minus(words: str) -> str:
    """Each part behind a minus."""
    return ", ".join(f"-{part.strip()}" for part in words.split(",") if part.strip())


def _where_said(found: list[Looked], words: str, without: str, search: Search) -> list[Looked]:
    """Of what was found, that of films of which words are said and others aren't."""
    reader = search.shelves.reader
    if words:
        said = reader.videos_said(search.library, words)
        found = [one for one in found if one.hit.video in said]
    for part in filter(None, map(str.strip, without.split(","))):
        said = reader.videos_said(search.library, part)
        found = [one for one in found if one.hit.video not in said]
    return found


def _page(found: list[Looked], request: SearchFindRequest, search: Search, by: str) -> SearchFindResult:
    shelves = search.shelves
    sure = [one for one in found if one.sure >= request.least]
    first = (request.page - 1) * request.limit
    shown = sure[first : first + request.limit]
    films = {
        video.id: video for video in shelves.catalog.videos(search.library, sorted({one.hit.video for one in shown}))
    }
    tiles = shelves.reader.tiles([one.hit.shot for one in shown])
    records = [
        _answer(one, films[one.hit.video], tiles.get(one.hit.shot), search)
        for one in shown
        if one.hit.video in films and films[one.hit.video].paths
    ]
    best = max((one.sure for one in found), default=0.0)
    return SearchFindResult(records=tuple(records), more=len(sure) > first + request.limit, best=round(best, 4), by=by)


def _answer(one: Looked, film: Video, tiles: tuple[object, int, int] | None, search: Search) -> Answer:
    file, *also = search.shelves.shown(film)
    seconds = np.asarray(tiles[0] if tiles else [], np.float64)
    return Answer(
        file=file,
        start_s=one.hit.start_s,
        end_s=min(one.hit.end_s, film.seconds) if film.seconds else one.hit.end_s,
        score=round(one.sure, 4),
        at_s=one.hit.seconds,
        how=_how(one),
        name=film.names[0],
        also=tuple(also),
        library=search.library.name,
        video=film.id,
        shot=one.hit.shot,
        seconds=round(film.seconds, 3),
        width=film.width,
        height=film.height,
        fps=round(film.fps, 3),
        tile=int(np.abs(seconds - one.hit.seconds).argmin()) if len(seconds) else 0,
        tiles=len(seconds),
    )


def _how(one: Looked) -> How:
    if one.said:
        return "words"
    return "certain" if one.sure >= CERTAIN else "likely" if one.sure >= LIKELY else "doubtful"


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
