"""The embedded librarian: shots of each film, described by an encoder, kept as soon as they are known."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Bytes
from engines.retrieval.encoder import Encoder
from engines.retrieval.ingest import Seen, Work, looked_through
from engines.retrieval.known import encoder_named, fingerprint, seeing_faces
from engines.retrieval.sources import Found, Place, found_at, subtitles_beside
from engines.retrieval.subtitles import read_subtitles
from studio.catalog.rows import File, Library, NewFrame, NewShot, Video
from studio.catalog.shelves import ASSET, Shelves
from studio.engine import Engine
from studio.errors import BadInput, StudioError
from studio.run import Run
from studio.tasks.search_add import SearchAddRequest, SearchAddResult, Unread

ENGINE = Engine(task="search_add", name="shots", rank=10)

DONE, FAILED = "done", "failed"


@dataclass(frozen=True)
class _Item:
    """A file with how it is opened, known by its content, and what is said beside it."""

    file: File
    picture: bool
    open: Any
    content: Any
    subtitles: Any


@dataclass
class _Tally:
    """What has been done so far."""

    total: int
    done: int = 0
    added: int = 0
    known: int = 0
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
    unread: list[Unread] = field(default_factory=list)

    def words(self, library: str) -> str:
        spent = max(time.monotonic() - self.began, 0.001)
        head = f"{library}: {self.done}/{self.total} · {self.seconds / 3600:.2f} h · {self.seconds / spent:.1f}×"
        return "\n".join([head, *(f"! {one.file}: {one.reason}" for one in self.unread[-20:])])


def run(request: SearchAddRequest, run: Run) -> SearchAddResult:
    """Bring a library into step with a folder, and add files to it."""
    if not request.folder and not request.media:
        raise BadInput("search.nothing_to_add")
    shelves = run.shelves()
    place = shelves.place(request.folder) if request.folder else None
    with encoder_named(request.encoder, run) as encoder:
        facts: Any = {"encoder": encoder.name, "version": encoder.version, "rows": encoder.rows, "dim": encoder.dim}
        library = shelves.catalog.made(shelves.owner, request.library, **facts)
        items = [*_listed(place, run), *(_asset(media, run) for media in request.media)]
        tally = _Tally(len(items))
        tags = tuple(tag.strip() for tag in request.tags.split(",") if tag.strip())
        todo = _sorted_out(items, tags, library, run, tally)
        with seeing_faces(run) as has_face:
            _look(todo, library, encoder, has_face, run, tally)
        removed = 0
        if place is not None and not request.keep_gone:
            removed = shelves.catalog.only(
                library, place.root, [item.file.path for item in items if item.file.root == place.root]
            )
    shelves.indexes.settle(library)
    run.step(len(items), len(items), preview=partial(tally.words, library.name), unit="files")
    return SearchAddResult(
        library=library.name,
        files=len(items),
        added=tally.added,
        known=tally.known,
        removed=removed,
        seconds_added=round(tally.seconds, 2),
        unread=_all_unread(items, library, shelves, tally),
    )


def warm() -> None:
    """Compile the fingerprint's loops, those that questions are answered by, too."""
    noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    encoder = fingerprint()
    (described,) = encoder.describe([noise])
    encoder.verify(encoder.ask(noise), [described.detail], np.zeros((1, 4), np.float32))


def _listed(place: Place | None, run: Run) -> Iterator[_Item]:
    if place is None:
        return
    for count, found in enumerate(place.files()):
        if count % 100 == 0:
            run.step(0, None, unit="files")
        file = File(found.path, place.root, found.name, found.stamp, found.bytes, found.dated)
        yield _Item(
            file,
            found.picture,
            partial(place.open, found),
            partial(place.content, found),
            partial(place.subtitles, found),
        )


def _asset(media: str, run: Run) -> _Item:
    path, kind = run.path(media), run.kind(media)
    found: Found = found_at(path)
    name = run.name(media)
    file = File(f"{ASSET}{media}", "", name, found.stamp, found.bytes, found.dated)
    return _Item(file, kind == "image", lambda: path, partial(_content, path), partial(subtitles_beside, path))


def _content(path: Path) -> str:
    from studio.checksum import sha256_of

    return sha256_of(path)


def _sorted_out(
    items: Sequence[_Item], tags: tuple[str, ...], library: Library, run: Run, tally: _Tally
) -> list[tuple[Video, _Item]]:
    """The films that have to be looked through; files that are known are noted as such."""
    catalog, todo, seen = run.shelves().catalog, [], set()
    for item in items:
        run.step(tally.done, tally.total, preview=partial(tally.words, library.name), unit="files")
        try:
            video = catalog.known(library, item.file.path, item.file.stamp)
            if video is None:
                video = catalog.take(library, item.file, item.content(), tags)
            if not set(tags) <= set(video.tags):
                catalog.tag(library, video.id, tags)
        except (StudioError, OSError) as problem:
            tally.done += 1
            tally.unread.append(_unread(item.file, problem))
            continue
        if video.state == DONE or video.id in seen:
            tally.known += 1
            tally.done += 1
            continue
        seen.add(video.id)
        todo.append((video, item))
    return todo


def _look(
    todo: Sequence[tuple[Video, _Item]],
    library: Library,
    encoder: Encoder,
    has_face: Callable[[Bytes], bool],
    run: Run,
    tally: _Tally,
) -> None:
    shelves = run.shelves()
    works = [
        Work(
            (video, item),
            item.file.name,
            item.open,
            item.picture,
            shelves.catalog.shots_known(video.id),
            bool(video.faces),
        )
        for video, item in todo
    ]
    with closing(looked_through(works, encoder, has_face, run.threads)) as news:  # type: ignore[type-var]
        for seen in news:
            if seen is not None:
                _keep(seen, library, shelves, tally)
            run.step(tally.done, tally.total, preview=partial(tally.words, library.name), unit="files")


def _keep(seen: Seen, library: Library, shelves: Shelves, tally: _Tally) -> None:
    """Write down what has become known of a film."""
    video, item = seen.work.key
    if seen.shots:
        shelves.catalog.keep(library, video.id, [_new(shot, told) for shot, told in seen.shots], faces=seen.faces)
    if not seen.over:
        return
    tally.done += 1
    if seen.trouble is not None:
        tally.unread.append(_unread(item.file, seen.trouble))
    if seen.facts is None:
        assert seen.trouble is not None
        shelves.catalog.fail(video.id, [seen.trouble.key, seen.trouble.params])
        return
    if said := item.subtitles():
        shelves.catalog.subtitles(library, video.id, read_subtitles(said))
    reason = [seen.trouble.key, seen.trouble.params] if seen.trouble else None
    facts = {
        "seconds": seen.facts.seconds,
        "width": seen.facts.width,
        "height": seen.facts.height,
        "fps": seen.facts.fps,
    }
    shelves.catalog.finish(library, video.id, reason=reason, kind="image" if item.picture else "video", **facts)
    tally.added += 1
    tally.seconds += seen.facts.seconds


def _all_unread(items: Sequence[_Item], library: Library, shelves: Shelves, tally: _Tally) -> tuple[Unread, ...]:
    """What couldn't be read of these files: also of those whose content another one has."""
    known = shelves.catalog.stats(library).failures
    told = {one.file: one for one in tally.unread}
    for item in items:
        if (reason := known.get(item.file.path)) and _shown(item.file) not in told:
            told[_shown(item.file)] = Unread(file=_shown(item.file), reason=_sentence(reason))
    return tuple(told[file] for file in sorted(told))


def _new(shot: Any, told: Sequence[Any]) -> NewShot:
    frames = [NewFrame(moment.seconds, one.vectors, one.detail) for moment, one in zip(shot.moments, told, strict=True)]
    sprite = shot.sprite
    tiles = {"webp": sprite.webp, "tiles": sprite.seconds, "width": sprite.width, "height": sprite.height}
    return NewShot(shot.number, shot.start, shot.end, frames, shot.motion, **tiles)


def _unread(file: File, problem: Exception) -> Unread:
    return Unread(file=_shown(file), reason=str(problem))


def _shown(file: File) -> str:
    return file.name if file.path.startswith(ASSET) else file.path


def _sentence(reason: Sequence[Any]) -> str:
    return str(StudioError(reason[0], **reason[1]))
