"""Parts of figures that artists add of their own: a picture in their library, and what it is called, shows and may be used for."""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image
from pydantic import ValidationError

from studio.asset import Asset
from studio.engine import part
from studio.errors import BadInput, LimitReached, NotFound
from studio.library import Library
from studio.sniff import clean_name
from studio.store import assets, parts
from studio.tasks._own import OwnPart, PartFacts

MOST = 300
"""Parts that one owner may have."""


class OwnParts:
    """Each owner's parts, in the database; their pictures are files of the owner's library, and go with them."""

    def __init__(self, db: sa.Engine, library: Library, folder: Path) -> None:
        self._db, self._library, self._folder = db, library, folder

    def add(self, file: Path, owner: str, *, name: str = "", **facts: object) -> OwnPart:
        """Take in a picture or an SVG; the same again changes what is said of it. ``facts`` as ``PartFacts`` has them.

        Raises BadInput for facts or a file that can't be used, LimitReached for too many or too large, NotFound, DiskFull.
        """
        said = _read(facts)
        shown = clean_name(name or file.name)
        if not file.is_file():
            raise NotFound("media.absent", name=shown)
        if len(self.list(owner)) >= MOST:
            raise LimitReached("parts.many", most=MOST)
        self._library.limits.check_upload(
            shown, file.stat().st_size, self._library.usage(owner), self._library.usage(), self._folder
        )
        drawn = part("figure.owned").own_part(file, shown)
        title = said.title.strip() or Path(shown).stem
        asset = self._kept(drawn, owner, f"{title}.png")
        row = {
            "id": asset.id,
            "owner": owner,
            "region": said.region,
            "title": title,
            "labels": list(said.labels),
            "licence": said.licence.strip(),
            "sha256": asset.sha256,
            "created": time.time(),
        }
        with self._db.begin() as db:
            db.execute(parts.delete().where(parts.c.id == asset.id))
            db.execute(parts.insert().values(**row))
        return OwnPart.model_validate(row)

    def list(self, owner: str) -> Sequence[OwnPart]:
        """The owner's parts whose pictures are still there, the newest first."""
        there = sa.select(assets.c.id).where(assets.c.owner == owner)
        query = parts.select().where(parts.c.owner == owner, parts.c.id.in_(there))
        with self._db.connect() as db:
            rows = db.execute(query.order_by(parts.c.created.desc(), parts.c.id)).mappings().all()
        return [OwnPart.model_validate(dict(row)) for row in rows]

    def remove(self, part_id: str, owner: str) -> None:
        """Remove a part and its picture. Raises NotFound for somebody else's, Unavailable where a job needs it."""
        if part_id not in {one.id for one in self.list(owner)}:
            raise NotFound("parts.unknown")
        self._library.delete([part_id], owner)
        with self._db.begin() as db:
            db.execute(parts.delete().where(parts.c.id == part_id))

    def _kept(self, drawn: Any, owner: str, name: str) -> Asset:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f"part-{secrets.token_hex(8)}.png"
        try:
            Image.fromarray(drawn).save(beside)
            return self._library.add(beside, owner, name=name)
        finally:
            beside.unlink(missing_ok=True)


def _read(facts: dict[str, object]) -> PartFacts:
    try:
        return PartFacts.model_validate({key: value for key, value in facts.items() if value is not None})
    except ValidationError as error:
        place = str(error.errors(include_url=False)[0]["loc"][0])
        if place == "region":
            raise BadInput("character.no_region") from error
        raise BadInput("parts.bad_facts", field=place) from error
