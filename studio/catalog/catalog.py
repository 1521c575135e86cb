"""The truth about libraries: what was found in which film. Everything here is a short transaction; ids of films and frames come from
libraries that the caller has got for their owner.
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import sqlalchemy as sa

from studio.catalog.rows import File, Library, NewFrame, NewShot, Stats, Video
from studio.catalog.tables import details, files, frames, gone, libraries, shots, sprites, videos
from studio.catalog.words import add_words, drop_words
from studio.errors import BadInput, NotFound

NAME_LENGTH = 80
ALL_S = None, None


class Catalog:
    """Libraries, their films, files, shots and frames. All methods may be called from any thread and process."""

    def __init__(self, db: sa.Engine) -> None:
        self.db = db

    def library(self, owner: str, name: str) -> Library:
        """An owner's library. Raises NotFound."""
        found = next((one for one in self.libraries(owner) if one.name == name), None)
        if found is None:
            known = ", ".join(one.name for one in self.libraries(owner))
            raise NotFound(
                "search.no_library" if known else "search.no_libraries", name=name[:NAME_LENGTH], known=known
            )
        return found

    def libraries(self, owner: str) -> list[Library]:
        """An owner's libraries by name."""
        query = libraries.select().where(libraries.c.owner == owner).order_by(libraries.c.name)
        with self.db.connect() as db:
            return [Library(**row) for row in db.execute(query).mappings()]

    def made(self, owner: str, name: str, *, encoder: str, version: str, rows: int, dim: int) -> Library:
        """An owner's library, made if it isn't there. Raises BadInput for a name that can't be one, or for one whose vectors were made
        by another encoder.
        """
        name = name.strip()
        if not name or len(name) > NAME_LENGTH or not name.isprintable():
            raise BadInput("search.bad_name", most=NAME_LENGTH)
        facts = {"encoder": encoder, "version": version, "rows": rows, "dim": dim}
        values = {"owner": owner, "name": name, "created": time.time(), **facts}
        try:
            with self.db.begin() as db:
                db.execute(libraries.insert().values(**values))
        except sa.exc.IntegrityError:
            pass
        found = self.library(owner, name)
        if (found.encoder, found.version) != (encoder, version):
            raise BadInput(
                "search.other_encoder",
                name=name,
                encoder=f"{found.encoder} {found.version}",
                wanted=f"{encoder} {version}",
            )
        return found

    def known(self, library: Library, path: str, stamp: str) -> Video | None:
        """The film of a file that hasn't changed since."""
        query = files.select().where(files.c.library == library.id, files.c.path == path, files.c.stamp == stamp)
        with self.db.connect() as db:
            row = db.execute(query).mappings().first()
        return self.video(library, row["video"]) if row else None

    def take(self, library: Library, file: File, content: str, tags: Sequence[str] = ()) -> Video:
        """The film that a file holds: a new one, or one that is known already from another file, or another place."""
        with self.db.begin() as db:
            of = (videos.c.library == library.id) & (videos.c.content == content)
            video = db.execute(sa.select(videos.c.id).where(of)).scalar()
            if video is None:
                new = {"content": content, "bytes": file.bytes, "dated": file.dated, "tags": list(tags)}
                video = db.execute(videos.insert().values(library=library.id, **new)).inserted_primary_key[0]
            before = db.execute(
                sa.select(files.c.video).where(files.c.library == library.id, files.c.path == file.path)
            ).scalar()
            db.execute(files.delete().where(files.c.library == library.id, files.c.path == file.path))
            place = {"path": file.path, "root": file.root, "name": file.name, "stamp": file.stamp}
            db.execute(files.insert().values(library=library.id, video=video, **place))
            self._named(db, library.id, video)
            if before not in (None, video):
                self._drop_orphans(db, library.id, [before])
        return self.video(library, video)

    def tag(self, library: Library, video: int, tags: Sequence[str]) -> None:
        """Add tags to a film."""
        with self.db.begin() as db:
            of = videos.c.id == video
            there = db.execute(sa.select(videos.c.tags).where(of)).scalar_one()
            db.execute(videos.update().where(of).values(tags=list(dict.fromkeys([*there, *tags]))))
            self._named(db, library.id, video)

    def shots_known(self, video: int) -> int:
        """How many of a film's shots are kept; they are its first ones."""
        with self.db.connect() as db:
            return int(db.execute(sa.select(sa.func.count()).where(shots.c.video == video)).scalar_one())

    def keep(self, library: Library, video: int, found: Sequence[NewShot], *, faces: bool = False) -> None:
        """Keep the next shots of a film with all that belongs to them, all or none. A shot that is kept already stays as it is.
        ``faces``: some were seen.
        """
        with self.db.begin() as db:
            seen = sa.true() if faces else videos.c.faces
            db.execute(videos.update().where(videos.c.id == video).values(faces=seen))
            there = set(db.execute(sa.select(shots.c.number).where(shots.c.video == video)).scalars())
            if new := [shot for shot in found if shot.number not in there]:
                _keep_shots(db, library.id, video, new)

    def finish(self, library: Library, video: int, *, reason: Sequence[Any] | None = None, **facts: Any) -> None:
        """A film is through; ``facts`` are columns of its row, ``reason`` says why not all of it could be read."""
        facts = {"faces": sa.func.coalesce(videos.c.faces, sa.false()), **facts}
        with self.db.begin() as db:
            db.execute(videos.update().where(videos.c.id == video).values(state="done", reason=reason, **facts))
            self._named(db, library.id, video)

    def fail(self, video: int, reason: Sequence[Any]) -> None:
        """A film can't be read: nothing is kept of it but the reason."""
        with self.db.begin() as db:
            self._drop_shots(db, sa.select(shots.c.id).where(shots.c.video == video))
            db.execute(videos.update().where(videos.c.id == video).values(state="failed", reason=list(reason)))

    def subtitles(self, library: Library, video: int, said: Iterable[tuple[str, float, float]]) -> None:
        """Keep what is said in a film: (text, start, end) in seconds; it takes the place of what was kept before."""
        with self.db.begin() as db:
            drop_words(db, "video = :video AND kind = 'said'", {"video": video})
            add_words(db, library.id, video, "said", said)

    def only(self, library: Library, root: str, paths: Iterable[str]) -> int:
        """Forget the files under a root that aren't among ``paths``, and the films that no file holds any more: how many of those."""
        there = set(paths)
        with self.db.begin() as db:
            query = sa.select(files.c.path, files.c.video).where(files.c.library == library.id, files.c.root == root)
            absent = [(path, video) for path, video in db.execute(query).all() if path not in there]
            for path, _ in absent:
                db.execute(files.delete().where(files.c.library == library.id, files.c.path == path))
            return self._drop_orphans(db, library.id, sorted({video for _, video in absent}))

    def forget(self, library: Library, paths: Sequence[str]) -> int:
        """Forget files by path or name, or by the folder that they are in: how many. Films that no file holds go with them."""
        with self.db.begin() as db:
            query = sa.select(files.c.path, files.c.name, files.c.video).where(files.c.library == library.id)
            chosen = [(path, video) for path, name, video in db.execute(query).all() if _meant(path, name, paths)]
            for path, _ in chosen:
                db.execute(files.delete().where(files.c.library == library.id, files.c.path == path))
            self._drop_orphans(db, library.id, sorted({video for _, video in chosen}))
        return len(chosen)

    def remove(self, library: Library) -> None:
        """Remove a library with all that is in it. The files themselves stay where they are."""
        with self.db.begin() as db:
            drop_words(db, "library = :library", {"library": library.id})
            db.execute(gone.delete().where(gone.c.library == library.id))
            db.execute(libraries.delete().where(libraries.c.id == library.id))

    def video(self, library: Library, video: int) -> Video:
        """A film of a library. Raises NotFound."""
        found = self.videos(library, [video])
        if not found:
            raise NotFound("search.no_video")
        return found[0]

    def videos(self, library: Library, ids: Sequence[int] | None = None) -> list[Video]:
        """The films of a library, or those of them, each with its files, by their first path."""
        query = videos.select().where(videos.c.library == library.id)
        places = sa.select(files.c.video, files.c.path, files.c.name).where(files.c.library == library.id)
        if ids is not None:
            query, places = query.where(videos.c.id.in_(ids)), places.where(files.c.video.in_(ids))
        held: dict[int, list[tuple[str, str]]] = {}
        with self.db.connect() as db:
            rows = db.execute(query).mappings().all()
            for video, path, name in db.execute(places.order_by(files.c.path)):
                held.setdefault(video, []).append((path, name))
        found = [
            Video(
                **row,
                paths=[path for path, _ in held.get(row["id"], ())],
                names=[name for _, name in held.get(row["id"], ())],
            )
            for row in rows
        ]
        return sorted(found, key=lambda video: (video.paths[:1], video.id))

    def stats(self, library: Library) -> Stats:
        """Numbers of a library."""
        of = videos.c.library == library.id
        done = of & (videos.c.state == "done")
        with self.db.connect() as db:
            count, seconds = db.execute(
                sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(videos.c.seconds), 0.0)).where(done)
            ).one()
            states = dict(
                db.execute(sa.select(videos.c.state, sa.func.count()).where(of).group_by(videos.c.state)).all()
            )
            held = db.execute(sa.select(sa.func.count()).where(files.c.library == library.id)).scalar_one()
            shown = db.execute(sa.select(sa.func.count()).select_from(shots.join(videos)).where(of)).scalar_one()
            kept = db.execute(sa.select(sa.func.count()).where(frames.c.library == library.id)).scalar_one()
            told = (
                sa.select(files.c.path, videos.c.reason)
                .select_from(files.join(videos))
                .where(of, videos.c.reason.is_not(None))
            )
            failures = {path: reason for path, reason in db.execute(told.order_by(files.c.path)) if reason}
            under = sa.select(files.c.root).where(files.c.library == library.id, files.c.root != "").distinct()
            roots = sorted(db.execute(under).scalars())
        failed, waiting = states.get("failed", 0), states.get("new", 0)
        return Stats(library, count, held, float(seconds), shown, kept, failed, waiting, failures, roots)

    def _named(self, db: sa.Connection, library: int, video: int) -> None:
        """Write down anew by which names, folders and tags a film is found."""
        drop_words(db, "video = :video AND kind IN ('name', 'tag')", {"video": video})
        held = db.execute(sa.select(files.c.path, files.c.root, files.c.name).where(files.c.video == video)).all()
        said = {_said(path, root, name) for path, root, name in held}
        add_words(db, library, video, "name", [(text, *ALL_S) for text in sorted(said)])
        tags = db.execute(sa.select(videos.c.tags).where(videos.c.id == video)).scalar_one()
        add_words(db, library, video, "tag", [(tag, *ALL_S) for tag in tags])

    def _drop_orphans(self, db: sa.Connection, library: int, candidates: Sequence[int]) -> int:
        held = set(db.execute(sa.select(files.c.video).where(files.c.video.in_(candidates))).scalars())
        orphans = [video for video in candidates if video not in held]
        for video in orphans:
            drop_words(db, "video = :video", {"video": video})
            self._drop_shots(db, sa.select(shots.c.id).where(shots.c.video == video))
            db.execute(videos.delete().where(videos.c.id == video))
        return len(orphans)

    def _drop_shots(self, db: sa.Connection, which: sa.Select[tuple[int]]) -> None:
        rows = db.execute(sa.select(frames.c.id, frames.c.library).where(frames.c.shot.in_(which))).all()
        if rows:
            ids = np.array([row[0] for row in rows], np.int64)
            db.execute(gone.insert().values(library=rows[0][1], frames=ids.tobytes()))
        db.execute(shots.delete().where(shots.c.id.in_(which)))


def _keep_shots(db: sa.Connection, library: int, video: int, new: Sequence[NewShot]) -> None:
    """Shots with their sprites and frames, table by table: many rows at a time are a hundred times faster than one."""
    rows = [
        {"video": video, "number": one.number, "start_s": one.start_s, "end_s": one.end_s, "motion": one.motion}
        for one in new
    ]
    of = _kept(db, shots, rows)
    tiles = [
        {"shot": key, "seconds": list(one.tiles), "width": one.width, "height": one.height, "webp": one.webp}
        for key, one in zip(of, new, strict=True)
        if one.webp
    ]
    if tiles:
        db.execute(sprites.insert(), tiles)
    told = [(key, frame) for key, one in zip(of, new, strict=True) for frame in one.frames]
    keys = _kept(db, frames, [_frame(library, key, frame) for key, frame in told])
    said = [{"frame": key, "detail": frame.detail} for key, (_, frame) in zip(keys, told, strict=True) if frame.detail]
    if said:
        db.execute(details.insert(), said)


def _kept(db: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """The ids of new rows, in their order."""
    if not rows:
        return []
    if db.dialect.name == "sqlite":  # nobody else writes until this transaction ends
        last = (
            db.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}).scalar()
            or 0
        )
        ids = list(range(last + 1, last + 1 + len(rows)))
        db.execute(table.insert(), [{"id": key, **row} for key, row in zip(ids, rows, strict=True)])
        return ids
    made = db.execute(table.insert().returning(table.c.id, sort_by_parameter_order=True), rows)
    return [int(row[0]) for row in made]


def _frame(library: int, shot: int, frame: NewFrame) -> dict[str, Any]:
    vectors = np.ascontiguousarray(frame.vectors, np.float16).tobytes()
    return {"library": library, "shot": shot, "seconds": frame.seconds, "vectors": vectors}


def _said(path: str, root: str, name: str) -> str:
    """The folders below the root, and the name without its ending."""
    below = path.removeprefix(root).lstrip("/") if root and path.startswith(root) else name
    place = PurePath(below)
    return " ".join([*place.parent.parts, PurePath(name).stem])


def _meant(path: str, name: str, paths: Sequence[str]) -> bool:
    return any(path == one or name == one or path.startswith(one.rstrip("/") + "/") for one in paths)
