"""What indexes and answers read from the catalog."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from studio.catalog.rows import Floats, Hit, Library, Wanted
from studio.catalog.tables import details, frames, gone, shots, sprites, videos
from studio.catalog.words import Said, find_words, videos_of_words
from studio.errors import NotFound

BLOCK = 4096
AT_ONCE = 900
"""Ids in one question to the database."""
DETAILS_AT_ONCE = 32
WIDE, TALL = 1.15, 1 / 1.15
SEED = 7

Ids = NDArray[np.int64]


class Reader:
    """Reads libraries. All methods may be called from any thread."""

    def __init__(self, db: sa.Engine) -> None:
        self._db = db

    def count(self, library: Library) -> int:
        """How many frames a library has."""
        with self._db.connect() as db:
            return int(db.execute(sa.select(sa.func.count()).where(frames.c.library == library.id)).scalar_one())

    def after(self, library: Library, frame: int) -> Iterator[tuple[Ids, Floats]]:
        """The frames that came after one: blocks of ids N and vectors float32 N x rows x dim."""
        query = sa.select(frames.c.id, frames.c.vectors).where(frames.c.library == library.id).order_by(frames.c.id)
        while True:
            with self._db.connect() as db:
                block = db.execute(query.where(frames.c.id > frame).limit(BLOCK)).all()
            if not block:
                return
            ids = np.array([row[0] for row in block], np.int64)
            yield ids, _matrix(library, [row[1] for row in block])
            frame = int(ids[-1])

    def mark(self, library: Library) -> tuple[int, int]:
        """The last frame's id and the last removal's number: what an index has taken in that has come so far. 0 where there is none."""
        last = sa.select(sa.func.max(frames.c.id)).where(frames.c.library == library.id).scalar_subquery()
        removal = sa.select(sa.func.max(gone.c.n)).where(gone.c.library == library.id).scalar_subquery()
        with self._db.connect() as db:
            frame, number = db.execute(sa.select(last, removal)).one()
        return frame or 0, number or 0

    def gone_after(self, library: Library, number: int) -> tuple[int, Ids]:
        """The frames that were removed after a removal, and the last removal's number."""
        query = (
            sa.select(gone.c.n, gone.c.frames).where(gone.c.library == library.id, gone.c.n > number).order_by(gone.c.n)
        )
        with self._db.connect() as db:
            rows = db.execute(query).all()
        ids = [np.frombuffer(row[1], np.int64) for row in rows]
        return (rows[-1][0] if rows else number), np.concatenate(ids) if ids else np.zeros(0, np.int64)

    def sample(self, library: Library, count: int) -> Floats:
        """Vectors of at most ``count`` rows from all over a library, always the same: float32 N x dim."""
        with self._db.connect() as db:
            ids = np.array(
                db.execute(sa.select(frames.c.id).where(frames.c.library == library.id)).scalars().all(), np.int64
            )
        wanted = min(len(ids), -(-count // library.rows))
        chosen = np.sort(np.random.default_rng(SEED).choice(ids, wanted, replace=False)) if wanted else ids
        return self.vectors(library, chosen)[1].reshape(-1, library.dim)[:count]

    def vectors(self, library: Library, ids: Ids) -> tuple[Ids, Floats]:
        """Those of these frames that are still there, with their vectors: float32 N x rows x dim."""
        found: dict[int, bytes] = {}
        with self._db.connect() as db:
            for some in _parts(ids.tolist()):
                rows = db.execute(sa.select(frames.c.id, frames.c.vectors).where(self._among(frames.c.id, some)))
                found.update((row[0], row[1]) for row in rows)
        there = [frame for frame in ids.tolist() if frame in found]
        return np.array(there, np.int64), _matrix(library, [found[frame] for frame in there])

    def details(self, ids: Sequence[int]) -> "Details":
        """The details of frames, empty where they have none; read as far as they are looked at."""
        return Details(self._details, ids)

    def _details(self, ids: Sequence[int]) -> list[bytes]:
        query = sa.select(details.c.frame, details.c.detail).where(self._among(details.c.frame, ids))
        with self._db.connect() as db:
            found = dict(db.execute(query).all())
        return [found.get(frame, b"") for frame in ids]

    def _among(self, column: sa.Column[int], ids: Sequence[int]) -> sa.ColumnElement[bool]:
        """Whether a column is one of many ids: for SQLite as one value, since making a question of hundreds costs more than its answer."""
        if self._db.dialect.name != "sqlite":
            return column.in_(ids)
        return column.in_(sa.select(sa.func.json_each(json.dumps(list(ids))).table_valued("value").c.value))

    def hits(self, library: Library, ids: Sequence[int], wanted: Wanted | None = None) -> list[Hit]:
        """Where frames are, of films that are wanted, in the order of ``ids``; what is gone is left out."""
        query = (
            sa.select(
                frames.c.id, frames.c.seconds, shots.c.id, shots.c.number, shots.c.start_s, shots.c.end_s, shots.c.video
            )
            .select_from(frames.join(shots).join(videos))
            .where(frames.c.library == library.id, videos.c.state != "failed", *_conditions(wanted))
        )
        found: dict[int, Hit] = {}
        with self._db.connect() as db:
            for some in _parts(ids):
                found.update(
                    (row[0], Hit(*row)) for row in db.execute(query.where(self._among(frames.c.id, some))).all()
                )
        return [found[frame] for frame in ids if frame in found]

    def said(self, library: Library, text: str, limit: int, wanted: Wanted | None = None) -> list[tuple[Said, Hit]]:
        """Where words are said, the best first, each with the shot that it is in (the first one for what holds for all of a film)."""
        with self._db.connect() as db:
            return find_words(db, library.id, text, limit, _conditions(wanted))

    def videos_said(self, library: Library, text: str) -> set[int]:
        """The films of which words are said."""
        with self._db.connect() as db:
            return videos_of_words(db, library.id, text)

    def frames_of(self, library: Library, shot: int) -> Ids:
        """The frames of a library's shot in their order; none where it is blank."""
        query = (
            sa.select(frames.c.id)
            .where(frames.c.shot == shot, frames.c.library == library.id)
            .order_by(frames.c.seconds)
        )
        with self._db.connect() as db:
            return np.array(db.execute(query).scalars().all(), np.int64)

    def shots_of(self, video: int) -> list[Hit]:
        """All shots of a film, in their order; their numbers are their places."""
        query = sa.select(shots.c.id, shots.c.number, shots.c.start_s, shots.c.end_s, shots.c.video)
        with self._db.connect() as db:
            rows = db.execute(query.where(shots.c.video == video).order_by(shots.c.number)).all()
        return [Hit(0, row[2], *row) for row in rows]

    def shot(self, library: Library, shot: int) -> Hit:
        """A library's shot, as the hit of its first moment. Raises NotFound."""
        query = (
            sa.select(shots.c.id, shots.c.number, shots.c.start_s, shots.c.end_s, shots.c.video)
            .select_from(shots.join(videos))
            .where(shots.c.id == shot, videos.c.library == library.id)
        )
        with self._db.connect() as db:
            row = db.execute(query).first()
        if row is None:
            raise NotFound("search.no_shot")
        return Hit(0, row[2], *row)

    def around(self, video: int, number: int, reach: int = 2) -> list[Hit]:
        """The shots before and after a film's shot, and itself."""
        query = sa.select(shots.c.id, shots.c.number, shots.c.start_s, shots.c.end_s, shots.c.video).where(
            shots.c.video == video, shots.c.number.between(number - reach, number + reach)
        )
        with self._db.connect() as db:
            return [Hit(0, row[2], *row) for row in db.execute(query.order_by(shots.c.number)).all()]

    def sprite(self, library: Library, shot: int) -> Mapping[str, Any]:
        """A shot's sprite as its table has it. Raises NotFound."""
        query = (
            sa.select(sprites)
            .select_from(sprites.join(shots).join(videos))
            .where(sprites.c.shot == shot, videos.c.library == library.id)
        )
        with self._db.connect() as db:
            row = db.execute(query).mappings().first()
        if row is None:
            raise NotFound("search.no_shot")
        return dict(row)

    def tiles(self, ids: Sequence[int]) -> dict[int, tuple[Sequence[float], int, int]]:
        """Of shots: the seconds of their sprites' tiles, and a tile's width and height."""
        query = sa.select(sprites.c.shot, sprites.c.seconds, sprites.c.width, sprites.c.height)
        with self._db.connect() as db:
            rows = db.execute(query.where(self._among(sprites.c.shot, ids))).all()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}


class Details(Sequence[bytes]):
    """Details of frames, a block of them read when one of it is looked at: of copies the first few tell."""

    def __init__(self, read: Callable[[Sequence[int]], list[bytes]], ids: Sequence[int]) -> None:
        self._read, self._ids = read, ids
        self._blocks: dict[int, list[bytes]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        block, place = divmod(range(len(self))[at], DETAILS_AT_ONCE)
        if block not in self._blocks:
            begin = block * DETAILS_AT_ONCE
            self._blocks[block] = self._read(self._ids[begin : begin + DETAILS_AT_ONCE])
        return self._blocks[block][place]


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE))


def _matrix(library: Library, blobs: Sequence[bytes]) -> Floats:
    flat = np.frombuffer(b"".join(blobs), np.float16)
    return flat.astype(np.float32).reshape(len(blobs), library.rows, library.dim)


def _conditions(wanted: Wanted | None) -> list[sa.ColumnElement[bool]]:
    if not wanted:
        return []
    film, asked = videos.c, []
    shape = film.width * 1.0 / sa.func.nullif(film.height, 0)
    if wanted.after is not None:
        asked.append(film.dated >= wanted.after)
    if wanted.before is not None:
        asked.append(film.dated < wanted.before)
    if wanted.shortest_s is not None:
        asked.append(film.seconds >= wanted.shortest_s)
    if wanted.longest_s is not None:
        asked.append(film.seconds <= wanted.longest_s)
    if wanted.faces is not None:
        asked.append(film.faces.is_(wanted.faces))
    if wanted.aspect:
        asked.append({"wide": shape > WIDE, "tall": shape < TALL, "square": shape.between(TALL, WIDE)}[wanted.aspect])
    if wanted.tag:
        asked.append(sa.cast(film.tags, sa.String).like(f'%"{wanted.tag}"%'))
    return asked
