"""Films looked through, several at once: their shots, described, in the order in which they can be kept."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from engines.arrays import Bytes
from engines.media.picture import over_white, read_picture
from engines.retrieval.encoder import Description, Encoder
from engines.retrieval.footage import Facts, Footage
from engines.retrieval.shots import Moment, Shot, shots_of
from engines.retrieval.sprite import sprite_of
from studio.errors import BadInput, StudioError

log = logging.getLogger(__name__)

FRAMES_AT_ONCE = 16
WAITING = 4
LISTEN_S = 0.2


@dataclass(frozen=True)
class Work:
    """A film or picture to look through: ``open`` gives a path or an open file. The first ``known`` shots are known already, and in these
    ``faces`` were seen.
    """

    key: Any
    name: str
    open: Callable[[], Any]
    picture: bool
    known: int = 0
    faces: bool = False


@dataclass(frozen=True)
class Seen:
    """A piece of news of a film: its next shots, each with a description of every moment, and whether ``faces`` have been seen so far; at its
    end the facts, and ``trouble`` where it couldn't be read, or not to its end.
    """

    work: Work
    shots: Sequence[tuple[Shot, Sequence[Description]]] = ()
    faces: bool = False
    over: bool = False
    facts: Facts | None = None
    trouble: StudioError | None = None


class NamedBytes(BytesIO):
    """A file in memory; ``name`` is what errors call it."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


@dataclass
class _Line:
    """What the workers share."""

    works: Iterator[Work]
    encoder: Encoder
    has_face: Callable[[Bytes], bool]
    news: "queue.Queue[Seen | None]" = field(default_factory=lambda: queue.Queue(WAITING))
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Work | None:
        with self.lock:
            return None if self.stop.is_set() else next(self.works, None)

    def tell(self, seen: Seen | None) -> None:
        while not self.stop.is_set():
            try:
                self.news.put(seen, timeout=LISTEN_S)
                return
            except queue.Full:
                continue


def looked_through(
    works: Sequence[Work], encoder: Encoder, has_face: Callable[[Bytes], bool], at_once: int
) -> Iterator[Seen | None]:
    """News of all works, ``at_once`` of them at a time, and None now and then where there is none. A bad file is told of and stops nothing.
    ``has_face`` is asked of moments (uint8 RGB HxWx3) until there is one.

    Closing the iterator stops the work.
    """
    line = _Line(iter(works), encoder, has_face)
    hands = max(1, min(at_once, len(works)))
    threads = [
        threading.Thread(target=_work, args=(line, at_once // hands), name="ingest", daemon=True) for _ in range(hands)
    ]
    for thread in threads:
        thread.start()
    try:
        busy = hands
        while busy:
            try:
                seen = line.news.get(timeout=LISTEN_S)
            except queue.Empty:
                yield None
                continue
            if seen is None:
                busy -= 1
            else:
                yield seen
    finally:
        line.stop.set()
        for thread in threads:
            thread.join()


def _work(line: _Line, threads: int) -> None:
    while (work := line.next()) is not None:
        try:
            facts, trouble = _look_through(line, work, threads)
            line.tell(Seen(work, over=True, facts=facts, trouble=trouble))
        except StudioError as problem:
            line.tell(Seen(work, over=True, trouble=problem))
        except Exception as problem:  # a file may break a decoder in any way, and must not take the others with it
            log.warning("%s can't be looked through", work.name, exc_info=True)
            line.tell(
                Seen(work, over=True, trouble=BadInput("search.broke", name=work.name, reason=type(problem).__name__))
            )
    line.tell(None)


def _look_through(line: _Line, work: Work, threads: int) -> tuple[Facts, StudioError | None]:
    source = work.open()
    try:
        if work.picture:
            return _picture(line, work, source), None
        with Footage(source, work.name, max(threads, 1)) as film:
            _film(line, work, film)
            trouble = (
                BadInput("search.damaged", name=work.name, seconds=round(film.read_to, 1)) if film.damaged else None
            )
            facts = film.facts
            return Facts(film.read_to, facts.width, facts.height, facts.fps), trouble
    finally:
        if not isinstance(source, Path):
            source.close()


def _film(line: _Line, work: Work, film: Footage) -> None:
    waiting: list[Shot] = []
    faces = work.faces
    for shot in shots_of(film):
        if line.stop.is_set():
            return
        if shot.number < work.known:
            continue
        waiting.append(shot)
        faces = faces or any(line.has_face(moment.picture) for moment in shot.moments)
        if sum(len(one.moments) for one in waiting) >= FRAMES_AT_ONCE:
            line.tell(Seen(work, _described(line.encoder, waiting), faces))
            waiting = []
    if waiting:
        line.tell(Seen(work, _described(line.encoder, waiting), faces))


def _picture(line: _Line, work: Work, source: Any) -> Facts:
    if not isinstance(source, Path):
        source = NamedBytes(source.read(), work.name)
    picture = over_white(read_picture(source))
    height, width = picture.shape[:2]
    shot = Shot(0, 0.0, 0.0, (Moment(0.0, picture),), sprite_of([(0.0, picture)]), 0.0)
    line.tell(Seen(work, _described(line.encoder, [shot]), line.has_face(picture)))
    return Facts(0.0, width, height, 0.0)


def _described(encoder: Encoder, shots: Sequence[Shot]) -> list[tuple[Shot, Sequence[Description]]]:
    all_told = iter(encoder.describe([moment.picture for shot in shots for moment in shot.moments]))
    return [(shot, [next(all_told) for _ in shot.moments]) for shot in shots]
