"""A file in the library, and what is known of a file that a job has made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from studio.provenance import Origin
from studio.tasks import Request, flat_values, flatten


@dataclass(frozen=True)
class Asset:
    """A file in the library. ``role`` is input, output or trial (made to try settings out); sizes are None where they mean
    nothing.

    ``created`` is Unix time, ``seconds`` how long it plays, ``worked`` how long it took to make, ``models`` model card
    → revision. ``request`` is the request that made it, nested as the task's model has it.
    """

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
    models: Mapping[str, str] | None
    request: Mapping[str, Any] | None
    seed: int | None
    worked: float | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """Where a job's file comes from; ``sources`` are the hashes of its inputs, ``facts`` what is to be told besides the
    settings, such as a prompt. ``aside``: a step on the way.
    """

    job: str
    owner: str
    task: str
    engine: str
    generative: bool
    models: Mapping[str, str]
    request: Request
    seed: int
    worked: float
    sources: tuple[str, ...] = ()
    composite: bool = False
    synthetic: bool = False
    aside: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """What is written into the file: settings without the media: their ids mean nothing elsewhere, their names are nobody's business."""
        hidden = {*(field.name for field in flatten(type(self.request)) if field.media), "engine", "seed"}
        settings = flat_values(self.request).items()
        values = {name: value for name, value in settings if name not in hidden and value is not None} | {**self.facts}
        kind = {"composite": self.composite, "synthetic": self.synthetic}
        return Origin(self.task, self.engine, self.generative, self.seed, values, self.models, self.sources, **kind)

    def columns(self) -> dict[str, Any]:
        """The same for the database."""
        facts = {name: getattr(self, name) for name in ("job", "task", "engine", "seed", "worked")}
        role = "trial" if self.aside or self.request.is_trial() else "output"
        return {**facts, "role": role, "models": dict(self.models), "request": self.request.model_dump(mode="json")}


def asset_of(row: sa.RowMapping, folder: Path) -> Asset:
    values = {name: row[name] for name in Asset.__dataclass_fields__ if name in row}
    thumb = folder / row["thumb"] if row["thumb"] else None
    return Asset(**{**values, "path": folder / row["file"], "thumb": thumb, "tags": tuple(row["tags"] or ())})
