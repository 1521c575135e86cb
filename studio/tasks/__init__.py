"""Typed tasks: one file here is one task, and everything that can be asked of it stands in its Request model.

The form, the command line, REST, the Gradio API and MCP are generated from these models through ``flatten``.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import get_annotations
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

MEDIA = ("image", "video", "audio", "file")


class Controls(BaseModel):
    """A group of settings inside a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(Controls):
    """What is asked of a task. Subclasses add bounded, described fields with defaults that work."""

    engine: str | None = Field(
        None, title="Engine", description="Name of the engine to use; empty takes the best one that is available."
    )
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, title="Seed", description="Seed of everything random; empty draws one and reports it."
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        """Whether the work may take minutes, given the kinds of the media that the request names.

        A long job gives way to short ones while it runs.
        """
        return bool(kinds & {"video", "audio"})

    def is_trial(self) -> bool:
        """Whether this only tries settings out: its files stay out of the gallery, and are cleared away before long."""
        return False

    def asks_rights(self) -> bool:
        """Whether the owner's word on their rights is needed for it, in a task that asks for rights at all."""
        return True

    def repeats(self) -> tuple[str, Mapping[str, Any]] | None:
        """Another task and its settings by their flat names, where this one only has that done: they are what made a file."""
        return None

    def wanted_engine(self) -> str | None:
        """The engine that the request asks for, by name or by what only one engine can do."""
        return self.engine


class Result(BaseModel):
    """What a task gives back. The runner fills the fields that are declared here."""

    model_config = ConfigDict(frozen=True)

    engine: str = Field("", description="Engine that did the work.")
    why: str = Field("", description="Why this engine was chosen.")
    seed: int = Field(0, description="Seed that was used.")
    seconds: float = Field(0.0, description="Time that the work took, in seconds.")

    def words(self) -> Sequence[str]:
        """What it says to somebody who reads it on a terminal, beside the files: a line each."""
        return ()

    def printed(self) -> Any:
        """What ``--json`` shows of it in place of the job; None shows the job."""
        return None


@dataclass(frozen=True)
class Task:
    """A task: its name everywhere (CLI verb, REST path, API name), its models, and the kinds of media it takes and gives.

    ``rights``: an owner must once have confirmed that they have the rights to what they give it. ``tab``: it has a tab of
    its own; one without serves others. ``verb`` is its command where that isn't its name, such as ``search find``; ``query`` are two
    fields that share one place on the command line: a medium where a file of that name is there, else words. ``direct``: it is
    so short that it may be answered without a job.
    """

    name: str
    request: type[Request]
    result: type[Result]
    accepts: tuple[str, ...]
    produces: tuple[str, ...]
    order: int = 100
    rights: bool = False
    tab: bool = True
    verb: str = ""
    query: tuple[str, str] | None = None
    direct: bool = False


def _control(extra: dict[str, Any]) -> Any:
    return {"control": extra}


def control(
    default: Any = PydanticUndefined,
    *,
    title: str,
    description: str,
    unit: str = "",
    step: float | None = None,
    advanced: bool = False,
    when: Mapping[str, Sequence[Any]] | None = None,
    cards: str = "",
    besides: Sequence[str] = (),
    usual: Any = None,
    positional: bool = False,
    **bounds: Any,
) -> Any:
    """A request field with what the faces need to show it.

    ``when`` says when this one matters: the flat name of another field → its values; any one of several is enough, and
    a field that is itself not shown doesn't count. ``cards`` is the kind of the model cards whose ids it takes, ``besides``
    what it takes besides them. ``positional``: the command line takes it without its name. ``usual`` stands in an example of a
    request where the default would say nothing.
    ``bounds`` are pydantic's (``ge``, ``le``, ``max_length`` ...).
    """
    extra: dict[str, Any] = {"unit": unit, "step": step, "advanced": advanced, "when": dict(when or {})}
    extra |= {"cards": cards, "besides": list(besides), "usual": usual, "positional": positional}
    return Field(default, title=title, description=description, json_schema_extra=_control(extra), **bounds)


def media(
    *kinds: str,
    title: str,
    description: str,
    default: Any = PydanticUndefined,
    many: bool = False,
    usual: bool = False,
    when: Mapping[str, Sequence[Any]] | None = None,
    **bounds: Any,
) -> Any:
    """A field that names media of the given kinds: the id of something in the library (a path on the command line).

    With ``many`` it is a ``tuple[str, ...]`` of them, empty unless given, or required where ``min_length`` says so;
    ``max_length`` bounds their number. ``usual`` puts one that isn't required into the example of a request.
    """
    extra = {"media": list(kinds), "shape": "many" if many else "one", "usual": usual, "when": dict(when or {})}
    if many and default is PydanticUndefined and not bounds.get("min_length"):
        default = ()
    return Field(default, title=title, description=description, json_schema_extra=_control(extra), **bounds)


def media_map(
    *kinds: str,
    title: str,
    description: str,
    names: str,
    when: Mapping[str, Sequence[Any]] | None = None,
    **bounds: Any,
) -> Any:
    """A field of media by name, a ``dict[str, tuple[str, ...]]``, empty unless given.

    ``names`` is what a name stands for, in one English word such as ``person``; ``max_length`` bounds the number of names.
    Forms leave such a field out: a tab makes its own widgets for it.
    """
    extra = {"media": list(kinds), "shape": "map", "names": names, "when": dict(when or {})}
    control = _control(extra)
    return Field(default_factory=dict, title=title, description=description, json_schema_extra=control, **bounds)


def group(default: Controls, *, title: str, when: Mapping[str, Sequence[Any]] | None = None) -> Any:
    """A field that holds a group of settings; ``when`` as in ``control``, for those of its fields that don't say it themselves."""
    return Field(default, title=title, json_schema_extra=_control({"when": dict(when or {})}))


@dataclass(frozen=True)
class FlatField:
    """One setting of a request under its flat name, such as ``background_mode`` for ``request.background.mode``.

    ``group`` is the field of the group that it belongs to, if any.
    """

    name: str
    path: tuple[str, ...]
    info: FieldInfo
    group: FieldInfo | None = None

    @property
    def extra(self) -> Mapping[str, Any]:
        return _extra(self.info)

    @property
    def when(self) -> Mapping[str, Sequence[Any]]:
        return self.extra.get("when") or (_extra(self.group).get("when", {}) if self.group else {})

    @property
    def media(self) -> tuple[str, ...]:
        return tuple(self.extra.get("media", ()))

    @property
    def shape(self) -> str:
        """How it holds media: ``one`` id, ``many`` of them, or a ``map`` of name → many; ``one`` for all other settings."""
        return str(self.extra.get("shape", "one"))

    @property
    def required(self) -> bool:
        return self.info.is_required()

    @property
    def default(self) -> Any:
        return None if self.required else self.info.get_default(call_default_factory=True)


def flatten(
    model: type[BaseModel], prefix: tuple[str, ...] = (), group: FieldInfo | None = None
) -> Iterator[FlatField]:
    """The settings of a request, its own before those of the classes that it extends, groups opened up."""
    declared = [name for cls in model.__mro__ for name in get_annotations(cls)]
    for name in dict.fromkeys(name for name in declared if name in model.model_fields):
        info = model.model_fields[name]
        path = (*prefix, name)
        if isinstance(info.annotation, type) and issubclass(info.annotation, Controls):
            yield from flatten(info.annotation, path, info)
        else:
            yield FlatField("_".join(path), path, info, group)


def _extra(info: FieldInfo) -> Mapping[str, Any]:
    schema = info.json_schema_extra
    found: Any = schema.get("control", {}) if isinstance(schema, dict) else {}
    return found  # type: ignore[no-any-return]


def unflatten(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values for ``model`` from flat ones; names that are already nested groups, and unknown ones, stay as they are."""
    paths = {field.name: field.path for field in flatten(model)}
    nested: dict[str, Any] = {}
    for name, value in values.items():
        *groups, last = paths.get(name, (name,))
        target = nested
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    return nested


def flat_values(request: Request) -> dict[str, Any]:
    """The values of a request under their flat names."""
    values: dict[str, Any] = {}
    for field in flatten(type(request)):
        value: Any = request
        for part in field.path:
            value = getattr(value, part)
        values[field.name] = value
    return values


@cache
def tasks() -> Mapping[str, Task]:
    """Every task by name, in the order of the home screen."""
    names = (entry.name for entry in pkgutil.iter_modules(__path__) if not entry.name.startswith("_"))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    found = sorted((module.TASK for module in modules), key=lambda task: (task.order, task.name))
    return {task.name: task for task in found}
