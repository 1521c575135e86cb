"""The library: every file that came in or was made, with where it came from; each owner sees only their own."""

import hashlib
import mimetypes
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from studio.engine import Engine, part
from studio.errors import NotFound
from studio.jobs import Job
from studio.provenance import Origin, embed
from studio.store import assets
from studio.tasks import Request, flat_values

if TYPE_CHECKING:
    from studio.cards import Cards

THUMB_SIDE = 480
CHUNK = 1 << 20
SUFFIXES = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "gif": ".gif", "bmp": ".bmp", "tiff": ".tif"}


@dataclass(frozen=True)
class Asset:
    """A file in the library. ``role`` is input or output; sizes are None where they mean nothing; ``created`` is Unix seconds."""

    id: str
    owner: str
    kind: str
    name: str
    path: Path
    thumb: Path | None
    mime: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None
    seconds: float | None
    created: float
    role: str
    job: str | None
    task: str | None
    engine: str | None
    request: Mapping[str, Any] | None
    seed: int | None
    tags: tuple[str, ...]


class Library:
    """Files under ``folder``, rows in the database."""

    def __init__(self, db: sa.Engine, folder: Path, cards: "Cards") -> None:
        self._db, self._folder, self._cards = db, folder, cards

    def add(self, file: Path, owner: str, *, name: str | None = None) -> Asset:
        """Take in a copy of a file; the same content twice is one asset. Raises BadInput for what can't be read."""
        digest = _sha256(file)
        with self._db.connect() as db:
            same = assets.c.owner == owner, assets.c.sha256 == digest, assets.c.role == "input"
            row = db.execute(assets.select().where(*same)).mappings().first()
        if row is not None and self._path(row["file"]).is_file():
            return self._asset(row)
        return self._take(file, name or file.name, owner, digest, {"role": "input"}, move=False)

    def keep(self, file: Path, name: str, job: Job, engine: Engine, request: Request, seed: int) -> Asset:
        """Take over a job's finished file, with its provenance written into it."""
        values = {key: value for key, value in flat_values(request).items() if value is not None}
        models = {card: self._cards.get(card).revision for card in engine.models if self._cards.installed(card)} if engine.generative else {}
        embed(file, Origin(job.task, engine.name, engine.generative, seed, values, models))
        facts = {"role": "output", "job": job.id, "task": job.task, "engine": engine.name, "request": job.request, "seed": seed}
        return self._take(file, name, job.owner, _sha256(file), facts, move=True)

    def get(self, asset_id: str, owner: str) -> Asset:
        """Raises NotFound for a file that isn't there or is somebody else's."""
        with self._db.connect() as db:
            row = db.execute(assets.select().where(assets.c.id == asset_id, assets.c.owner == owner)).mappings().first()
        if row is None:
            raise NotFound("library.unknown")
        return self._asset(row)

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
        """The owner's files, newest first; ``before`` is the ``created`` of the last one of the page before."""
        query = assets.select().where(assets.c.owner == owner)
        for column, value in ((assets.c.kind, kind), (assets.c.task, task), (assets.c.role, role)):
            if value is not None:
                query = query.where(column == value)
        if text:
            query = query.where(assets.c.name.icontains(text, autoescape=True))
        if tag:
            query = query.where(sa.cast(assets.c.tags, sa.String).contains(f'"{tag}"', autoescape=True))
        if before is not None:
            query = query.where(assets.c.created < before)
        with self._db.connect() as db:
            rows = db.execute(query.order_by(assets.c.created.desc()).limit(limit)).mappings().all()
        return [self._asset(row) for row in rows]

    def tag(self, asset_id: str, owner: str, tags: Sequence[str]) -> Asset:
        """Replace the tags of a file."""
        self.get(asset_id, owner)
        clean = sorted({tag.strip() for tag in tags if tag.strip()})
        with self._db.begin() as db:
            db.execute(assets.update().where(assets.c.id == asset_id).values(tags=clean))
        return self.get(asset_id, owner)

    def delete(self, ids: Iterable[str], owner: str) -> int:
        """Remove files for good; how many. Raises NotFound before anything is removed if one isn't the owner's."""
        found = [self.get(asset_id, owner) for asset_id in ids]
        with self._db.begin() as db:
            db.execute(assets.delete().where(assets.c.id.in_([asset.id for asset in found])))
        for asset in found:
            shutil.rmtree(asset.path.parent, ignore_errors=True)
        return len(found)

    def zip(self, ids: Iterable[str], owner: str) -> Path:
        """A ZIP of files in the temporary folder; equal names are numbered."""
        found = [self.get(asset_id, owner) for asset_id in ids]
        target = self._folder.parent / "tmp" / f"{secrets.token_hex(8)}.zip"
        target.parent.mkdir(parents=True, exist_ok=True)
        used: set[str] = set()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for asset in found:
                name, number = asset.name, 1
                while name in used:
                    number += 1
                    name = f"{Path(asset.name).stem} ({number}){Path(asset.name).suffix}"
                used.add(name)
                archive.write(asset.path, name)
        return target

    def usage(self, owner: str | None = None) -> int:
        """Bytes that the owner's files take, or everybody's."""
        query = sa.select(sa.func.coalesce(sa.func.sum(assets.c.bytes), 0))
        with self._db.connect() as db:
            return int(db.execute(query if owner is None else query.where(assets.c.owner == owner)).scalar_one())

    def _take(self, file: Path, name: str, owner: str, digest: str, facts: Mapping[str, Any], *, move: bool) -> Asset:
        asset_id = secrets.token_urlsafe(12)
        info = None if file.suffix == ".zip" and move else part("media.probe").probe(file)
        suffix = (SUFFIXES.get(info.codec) if info and info.kind == "image" else None) or Path(name).suffix.lower() or file.suffix
        folder = self._folder / asset_id[:2] / asset_id
        folder.mkdir(parents=True)
        target = folder / f"file{suffix}"
        try:
            if move:
                shutil.move(file, target)
            else:
                shutil.copyfile(file, target)
            thumb = self._thumb(target, folder) if info and info.kind in ("image", "video") else None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        row = {
            "id": asset_id,
            "owner": owner,
            "kind": info.kind if info else "file",
            "name": Path(name).name,
            "file": str(target.relative_to(self._folder)),
            "thumb": str(thumb.relative_to(self._folder)) if thumb else None,
            "mime": mimetypes.guess_type(target.name)[0] or "application/octet-stream",
            "bytes": target.stat().st_size,
            "sha256": digest,
            "width": info.width or None if info else None,
            "height": info.height or None if info else None,
            "seconds": info.seconds or None if info else None,
            "created": time.time(),
            "tags": [],
            **facts,
        }
        with self._db.begin() as db:
            db.execute(assets.insert().values(**row))
        return self.get(asset_id, owner)

    def _thumb(self, file: Path, folder: Path) -> Path:
        picture = part("media.picture")
        thumb = folder / "thumb.jpg"
        thumb.write_bytes(picture.jpeg(picture.poster(file), THUMB_SIDE))
        return thumb

    def _path(self, file: str) -> Path:
        return self._folder / file

    def _asset(self, row: sa.RowMapping) -> Asset:
        values = {name: row[name] for name in Asset.__dataclass_fields__ if name in row}
        thumb = self._path(row["thumb"]) if row["thumb"] else None
        return Asset(**{**values, "path": self._path(row["file"]), "thumb": thumb, "tags": tuple(row["tags"] or ())})


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()
