"""What the faces need to know of a task's settings, read from its Request model: kinds, choices, bounds, JSON schemas.

The command line, REST and the named functions of Gradio and MCP are all built from ``options``.
"""

import difflib
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, create_model

from studio.errors import BadInput, NotFound
from studio.media import each_medium, fits_shape
from studio.tasks import FlatField, Task, flatten, tasks
from studio.texts import has_text, text

ASSET_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
JSON_SHAPES: Mapping[str, Any] = {"many": list[str], "map": dict[str, list[str]]}
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


@dataclass(frozen=True)
class Option:
    """One setting of a task. ``kind`` is bool, int, float or str; ``choices`` is empty where any value within bounds
    will do.
    """

    field: FlatField
    kind: type
    optional: bool
    choices: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def title(self) -> str:
        own = self.field.info.title or self.name
        group = self.field.group.title if self.field.group else None
        return f"{group}: {own}" if group and group not in own else own

    @property
    def description(self) -> str:
        return self.field.info.description or self.title

    @property
    def unit(self) -> str:
        return str(self.field.extra.get("unit", ""))

    @property
    def annotation(self) -> Any:
        """The type of its values in JSON: lists where the request has tuples."""
        return JSON_SHAPES.get(self.field.shape, self.field.info.annotation)

    @property
    def json_default(self) -> Any:
        default = self.field.default
        return list(default) if isinstance(default, tuple) else default

    @property
    def bounds(self) -> str:
        """The limits in words, such as ``0 … 1`` or ``> 0``; empty where there are none."""
        found = {
            name: value
            for item in self.field.info.metadata
            for name in BOUNDS
            if (value := getattr(item, name, None)) is not None
        }
        if found.keys() >= {"ge", "le"}:
            return f"{found['ge']:g} … {found['le']:g}"
        return ", ".join(BOUNDS[name].format(f"{value:g}") for name, value in found.items())

    def parse(self, value: str) -> Any:
        """A value from text: empty is None where that is allowed; what isn't a number stays text, for the model to
        refuse.
        """
        if value == "" and self.optional:
            return None
        if self.kind is bool and value.lower() in TRUE | FALSE:
            return value.lower() in TRUE
        if self.kind in (int, float):
            try:
                return self.kind(value)
            except ValueError:
                return value
        return value


@cache
def options(task: str) -> Mapping[str, Option]:
    """The settings of a task by flat name, in the order of its model."""
    return {field.name: _option(field) for field in flatten(tasks()[task].request)}


def title_of(task: str, name: str, lang: str) -> str:
    """What a setting is called: in the words of a language, else by the title that its model gives it."""
    key = f"field.{task}.{name}"
    return text(key, lang) if has_text(key, lang) else options(task)[name].field.info.title or name


def help_of(task: str, name: str, lang: str) -> str:
    """What a setting does, in a sentence; as ``title_of``."""
    key = f"field.{task}.{name}.help"
    return text(key, lang) if has_text(key, lang) else options(task)[name].field.info.description or ""


def media_options(task: str) -> list[Option]:
    return [option for option in options(task).values() if option.field.media]


def known_task(name: str) -> Task:
    """The task of that name. Raises NotFound, with the closest name, for any other."""
    if name not in tasks():
        raise NotFound("face.no_task", name=name, known=", ".join(tasks()))
    return tasks()[name]


def closest(name: str, known: Mapping[str, Any]) -> str:
    """The known name that is most like ``name``; the first one where none is."""
    return next(iter([*difflib.get_close_matches(name, known, n=1, cutoff=0.0), *known]), "")


def flat(task: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values under their flat names, from flat (``ink_lines``), dotted (``ink.lines``) or nested ones; media by name also
    come one name at a time (``faces.anna``).

    Raises BadInput for a name that the task doesn't have, with the closest that it has.
    """
    known = options(task)
    groups = {option.field.path[:-1] for option in known.values()}
    maps = [name for name, option in known.items() if option.field.shape == "map"]
    found: dict[str, Any] = {}

    def take(prefix: tuple[str, ...], level: Mapping[str, Any]) -> None:
        for key, value in level.items():
            path = (*prefix, *str(key).split("."))
            name = "_".join(path)
            owner = next((owner for owner in maps if _own_name(owner, path)), "")
            if isinstance(value, Mapping) and path in groups:
                take(path, value)
            elif owner and isinstance(found.setdefault(owner, {}), Mapping):
                found[owner] = {**found[owner], _own_name(owner, path): value}
            elif name not in known:
                raise BadInput("face.no_field", field=".".join(path), closest=closest(name, known))
            else:
                found[name] = value

    take((), values)
    return found


def _own_name(owner: str, path: Sequence[str]) -> str:
    """The name of a medium that stands under ``owner``, a field of media by name, at a dotted path; empty for other paths."""
    ends = (end for end in range(1, len(path)) if "_".join(path[:end]) == owner)
    return next((".".join(path[end:]) for end in ends), "")


def asset_only(task: str, values: Mapping[str, Any]) -> None:
    """Refuse media values that aren't shaped like the id of an asset, so that no path or address goes further.

    Raises NotFound naming the field, BadInput where its value isn't built as the field wants it.
    """
    for option in media_options(task):
        value = values.get(option.name)
        if value is None:
            continue
        if not fits_shape(option.field, value):
            raise BadInput("face.not_list" if option.field.shape == "many" else "face.not_named", field=option.name)
        for place, medium in each_medium(option.field, value):
            if not (isinstance(medium, str) and ASSET_ID.match(medium)):
                raise NotFound("face.no_asset", field=place)


@cache
def flat_model(task: str) -> type[BaseModel]:
    """A flat pydantic model with the same fields, for schemas."""
    fields: dict[str, Any] = {name: (option.annotation, option.field.info) for name, option in options(task).items()}
    return create_model(f"{task.title()}Form", __doc__=tasks()[task].request.__doc__, **fields)


def json_schema(task: str) -> dict[str, Any]:
    """JSON schema of a task's flat settings; units and media kinds stand under ``x-unit`` and ``x-media``, and what the
    names of media stand for under ``x-names``.
    """
    schema = flat_model(task).model_json_schema()
    for name, part in schema["properties"].items():
        extra = part.pop("control", {})
        if extra.get("unit"):
            part["x-unit"] = extra["unit"]
        if extra.get("media"):
            part["x-media"] = list(extra["media"])
        if extra.get("names"):
            part["x-names"] = extra["names"]
        part["title"] = options(task)[name].title
    return {**schema, "additionalProperties": False}


def example(task: str) -> dict[str, Any]:
    """A request that works once the media are there: the required and usual media by placeholder, and some plain choices."""
    given = [option for option in media_options(task) if option.field.required or option.field.extra.get("usual")]
    values: dict[str, Any] = {option.name: ["d4e5f6"] if option.field.shape == "many" else "a1b2c3" for option in given}
    for option in options(task).values():
        if not option.field.media and not option.optional and len(values) < 3:
            plain = option.choices[0] if option.choices else option.field.default
            values[option.name] = option.field.extra.get("usual") or plain
    return values


def _option(field: FlatField) -> Option:
    annotation = field.info.annotation
    optional = False
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [item for item in get_args(annotation) if item is not type(None)]
        optional = len(rest) < len(get_args(annotation))
        annotation = rest[0]
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return Option(field, type(choices[0]), optional, choices)
    return Option(field, annotation if annotation in (bool, int, float) else str, optional)
