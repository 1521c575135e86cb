"""A request that its task's model refuses, told as one sentence that names the setting and what it takes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from studio.errors import BadInput
from studio.schema import Option, closest, options
from studio.texts import has_text, text

SHOWN = 60
RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
KINDS: Mapping[type, str] = MappingProxyType({int: "whole", float: "number", bool: "yes_no", str: "text"})


class BadSetting(BadInput):
    """``params`` hold the task, the flat name of the setting, and its English title as ``field``."""

    def text(self, lang: str = "en") -> str:
        label = f"field.{self.params['task']}.{self.params['setting']}"
        field = text(label, lang) if has_text(label, lang) else self.params["field"]
        return text(f"error.{self.key}", lang, **{**self.params, "field": field})


def refusal(task: str, error: ValidationError) -> BadInput:
    """The error to raise for the first mistake that pydantic found in a task's request.

    A rule of a setting or of the whole request may say what is wrong by the key of its text.
    """
    first = error.errors(include_url=False)[0]
    path = tuple(str(part) for part in first["loc"])
    known = options(task)
    if first["type"] == "extra_forbidden":
        return BadInput("face.no_field", field=".".join(path), closest=closest("_".join(path), known))
    option = next((item for item in known.values() if path[: len(item.field.path)] == item.field.path), None)
    problem = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    if has_text(f"error.{problem}", "en"):
        return BadInput(problem)
    if option is None:
        return BadInput("job.rule", problem=problem)
    key, params = _told(option, first, problem)
    return BadSetting(key, task=task, setting=option.name, field=option.field.info.title or option.name, **params)


def _told(option: Option, first: ErrorDetails, problem: str) -> tuple[str, dict[str, Any]]:
    given = first.get("input")
    if first["type"] == "missing" or (given is None and not option.optional):
        return "job.missing", {}
    if first["type"] in RANGE:
        return "job.out_of_range", {"value": given, "bounds": option.bounds}
    if option.choices:
        return "job.no_choice", {"value": _short(given), "known": ", ".join(map(str, option.choices))}
    if option.field.shape == "one" and first["type"].endswith(("_type", "_parsing", "_from_float")):
        return f"job.not_{KINDS[option.kind]}", {}
    return "job.invalid", {"value": _short(given), "problem": problem}


def _short(value: Any) -> str:
    shown = str(value) if isinstance(value, str | int | float) else "…"
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}…"
