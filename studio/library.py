"""The library: every file that came in or was made, with where it came from; each owner sees only their own.

A file lies in a folder of its own, ``<first two letters>/<id>/<id>.<ending>``, beside its thumbnail; so its name tells
which one it is where an engine complains of it. It is whole before the database names it; a folder that the database
doesn't name is rubbish, and the janitor's.
"""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from studio.archive import pack
from studio.asset import Asset, Made, asset_of
from studio.checksum import sha256_of
from studio.errors import BadInput, NotFound, Unavailable
from studio.jobs import WAITING
from studio.limits import Limits, told_when_full
from studio.provenance import embed
from studio.sniff import Facts, clean_name, look, look_at_own, thumbnail
from studio.store import as_json, assets, jobs

PICTURED = ("image", "video")


class Library:
    """Files under ``folder``, rows in the database."""

    def __init__(self, db: sa.Engine, folder: Path, limits: Limits) -> None:
        self._db, self._folder, self.limits = db, folder, limits
        self._naming = threading.Lock()

    def add(self, file: Path, owner: str, *, name: str | None = None) -> Asset:
        """Take in a copy of a file; the same content twice is one asset.

        Raises BadInput for what can't be read, LimitReached for what is too large or too much, DiskFull.
        """
        shown = clean_name(name or file.name)
        if not file.is_file():
            raise NotFound("media.absent", name=shown)
        digest = sha256_of(file)
        if (known := self._same(owner, digest)) is not None:
            return known
        size = file.stat().st_size
        self.limits.check_upload(shown, size, self.usage(owner), self.usage(), self._folder)
        facts = look(file, shown, self.limits.max_pixels)
        with told_when_full(size):
            return self._take_in(file, owner, shown, facts, digest)

    def keep(self, file: Path, name: str, made: Made) -> Asset:
        """Take over a job's finished file, with its provenance written into it first."""
        embed(file, made.origin)
        shown = clean_name(name)
        facts = look_at_own(file, shown)
        asset_id, folder = self._room()
        target = folder / f"{asset_id}{facts.suffix}"
        try:
            sync(file)
            shutil.move(file, target)
            self._insert(
                self._row(asset_id, made.owner, shown, target, facts, {**made.columns(), "sha256": sha256_of(target)})
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.get(asset_id, made.owner)

    def get(self, asset_id: str, owner: str) -> Asset:
        """Raises NotFound for a file that isn't there or is somebody else's."""
        with self._db.connect() as db:
            row = db.execute(assets.select().where(assets.c.id == asset_id, assets.c.owner == owner)).mappings().first()
        if row is None:
            raise NotFound("library.unknown")
        return asset_of(row, self._folder)

    def those(self, asset_ids: Iterable[str], owner: str) -> list[Asset]:
        """The files of these ids that are there and the owner's, in this order."""
        ids = [*asset_ids]
        with self._db.connect() as db:
            rows = db.execute(assets.select().where(assets.c.id.in_(ids), assets.c.owner == owner)).mappings().all()
        found = {row["id"]: asset_of(row, self._folder) for row in rows}
        return [found[asset_id] for asset_id in ids if asset_id in found]

    def owns(self, asset_id: object, owner: str) -> bool:
        """Whether a file is there and the owner's."""
        query = sa.select(assets.c.id).where(assets.c.id == str(asset_id), assets.c.owner == owner)
        with self._db.connect() as db:
            return db.execute(query).first() is not None

    def list(
        self,
        owner: str,
        *,
        kind: str | None = None,
        task: str | None = None,
        tag: str | None = None,
        text: str | None = None,
        role: str | None = None,
        limit: int = 50,
        before: float | None = None,
    ) -> list[Asset]:
        """The owner's files, newest first; ``before`` is the ``created`` of the last one of the page before.

        ``text`` is part of a name, a tag or a setting, in letters of either case.
        """
        query = assets.select().where(assets.c.owner == owner)
        for column, value in ((assets.c.kind, kind), (assets.c.task, task), (assets.c.role, role)):
            if value is not None:
                query = query.where(column == value)
        if text:
            places = (assets.c.name, sa.cast(assets.c.tags, sa.String), sa.cast(assets.c.request, sa.String))
            query = query.where(sa.or_(*(place.icontains(text, autoescape=True) for place in places)))
        if tag:
            query = query.where(sa.cast(assets.c.tags, sa.String).contains(as_json(tag), autoescape=True))
        if before is not None:
            query = query.where(assets.c.created < before)
        with self._db.connect() as db:
            rows = db.execute(query.order_by(assets.c.created.desc(), assets.c.id).limit(limit)).mappings().all()
        return [asset_of(row, self._folder) for row in rows]

    def tag(self, asset_id: str, owner: str, tags: Sequence[str]) -> Asset:
        """Replace the tags of a file."""
        self.get(asset_id, owner)
        clean = sorted({tag.strip() for tag in tags if tag.strip()})
        with self._db.begin() as db:
            db.execute(assets.update().where(assets.c.id == asset_id).values(tags=clean))
        return self.get(asset_id, owner)

    def tags(self, owner: str) -> Mapping[str, int]:
        """The owner's tags with how often each is used, the most used first."""
        with self._db.connect() as db:
            rows: Sequence[Any] = db.execute(sa.select(assets.c.tags).where(assets.c.owner == owner)).scalars().all()
        counts: dict[str, int] = {}
        for tag in (tag for tags in rows for tag in tags or ()):
            counts[tag] = counts.get(tag, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def delete(self, ids: Iterable[str], owner: str) -> int:
        """Remove files for good; how many.

        Before anything is removed: NotFound if one isn't the owner's, Unavailable if a waiting or running job needs
        one.
        """
        found = [self.get(asset_id, owner) for asset_id in dict.fromkeys(ids)]
        needed = self._needed()
        for asset in found:
            if as_json(asset.id) in needed:
                raise Unavailable("library.in_use", name=asset.name)
        self._remove(found)
        return len(found)

    def discard(self, job_id: str, only: Iterable[str] | None = None) -> None:
        """Remove what a job has made, or only some of it."""
        query = assets.select().where(assets.c.job == job_id, assets.c.role != "input")
        with self._db.connect() as db:
            rows = db.execute(query if only is None else query.where(assets.c.id.in_(list(only)))).mappings().all()
        if rows:
            self._remove([asset_of(row, self._folder) for row in rows])

    def clear_trials(self, before: float) -> int:
        """Remove what was made to try settings out before a moment; how many bytes that frees."""
        query = assets.select().where(assets.c.role == "trial", assets.c.created < before)
        with self._db.connect() as db:
            found = [asset_of(row, self._folder) for row in db.execute(query).mappings().all()]
        needed = self._needed()
        unneeded = [asset for asset in found if as_json(asset.id) not in needed]
        self._remove(unneeded)
        return sum(asset.bytes for asset in unneeded)

    def zip(self, ids: Iterable[str], owner: str) -> Path:
        """A ZIP of files in the temporary folder; equal names are numbered."""
        found = [self.get(asset_id, owner) for asset_id in dict.fromkeys(ids)]
        size = sum(asset.bytes for asset in found)
        self.limits.check_room(self._folder, size)
        with told_when_full(size):
            return pack(found, self._folder.parent / "tmp" / "zip")

    def usage(self, owner: str | None = None) -> int:
        """Bytes that the owner's files take, or everybody's."""
        query = sa.select(sa.func.coalesce(sa.func.sum(assets.c.bytes), 0))
        with self._db.connect() as db:
            return int(db.execute(query if owner is None else query.where(assets.c.owner == owner)).scalar_one())

    def folders(self) -> Iterable[Path]:
        """Every file's folder on the disk, named by the database or not."""
        return (place for shelf in _subfolders(self._folder) for place in _subfolders(shelf))

    def known(self, asset_id: str) -> bool:
        """Whether the database names this file, whoever's it is."""
        with self._db.connect() as db:
            return db.execute(sa.select(assets.c.id).where(assets.c.id == asset_id)).first() is not None

    def _take_in(self, file: Path, owner: str, shown: str, facts: Facts, digest: str) -> Asset:
        asset_id, folder = self._room()
        target = folder / f"{asset_id}{facts.suffix}"
        try:
            shutil.copyfile(file, target)
            sync(target)
            row = self._row(asset_id, owner, shown, target, facts, {"role": "input", "sha256": digest})
            with self._naming:
                meanwhile = self._same(owner, digest)
                if meanwhile is None:
                    self._insert(row)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if meanwhile is not None:
            shutil.rmtree(folder, ignore_errors=True)
            return meanwhile
        return self.get(asset_id, owner)

    def _needed(self) -> str:
        """The requests of all waiting and running jobs, which name the files that they need."""
        with self._db.connect() as db:
            query = sa.select(jobs.c.request).where(jobs.c.state.in_(WAITING))
            return " ".join(as_json(request) for request in db.execute(query).scalars())

    def _same(self, owner: str, digest: str) -> Asset | None:
        same = assets.c.owner == owner, assets.c.sha256 == digest, assets.c.role == "input"
        with self._db.connect() as db:
            row = db.execute(assets.select().where(*same)).mappings().first()
        asset = asset_of(row, self._folder) if row is not None else None
        return asset if asset is not None and asset.path.is_file() else None

    def _room(self) -> tuple[str, Path]:
        asset_id = secrets.token_urlsafe(12)
        folder = self._folder / asset_id[:2] / asset_id
        folder.mkdir(parents=True)
        return asset_id, folder

    def _row(
        self, asset_id: str, owner: str, name: str, file: Path, facts: Facts, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        thumb = file.with_name("thumb.jpg") if facts.kind in PICTURED else None
        if thumb:
            try:
                thumb.write_bytes(thumbnail(file))
            except BadInput as problem:  # the visitor knows the file by its own name
                raise BadInput(problem.key, **{**problem.params, "name": name}) from problem
        return {
            "id": asset_id,
            "owner": owner,
            "kind": facts.kind,
            "name": name,
            "file": str(file.relative_to(self._folder)),
            "thumb": str(thumb.relative_to(self._folder)) if thumb else None,
            "mime": facts.mime,
            "bytes": file.stat().st_size,
            "width": facts.width,
            "height": facts.height,
            "seconds": facts.seconds,
            "created": time.time(),
            "tags": [],
            **more,
        }

    def _insert(self, row: Mapping[str, Any]) -> None:
        with self._db.begin() as db:
            db.execute(assets.insert().values(**row))

    def _remove(self, found: Sequence[Asset]) -> None:
        with self._db.begin() as db:
            db.execute(assets.delete().where(assets.c.id.in_([asset.id for asset in found])))
        for asset in found:
            shutil.rmtree(asset.path.parent, ignore_errors=True)


def sync(file: Path) -> None:
    """Bring a file's bytes to the disk."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _subfolders(folder: Path) -> Iterable[Path]:
    return (place for place in folder.iterdir() if place.is_dir()) if folder.is_dir() else ()
