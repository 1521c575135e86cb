"""Presets: named values for a task's settings, one TOML file each in ``assets/styles/<task>/``.

A preset holds ``title`` in each language and flat or nested request values; the faces apply it under what the user set.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.errors import BadInput
from studio.paths import ASSETS


@dataclass(frozen=True)
class Preset:
    name: str
    title: Mapping[str, str]
    values: Mapping[str, Any]


@cache
def presets(task: str) -> Mapping[str, Preset]:
    """The presets of a task by name; empty where it has none."""
    found = {}
    for file in sorted((ASSETS / "styles" / task).glob("*.toml")):
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        found[file.stem] = Preset(file.stem, values.pop("title"), _flat(values))
    return found


def apply_preset(task: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat ``values`` laid over the preset's. Raises BadInput for an unknown name."""
    if name not in presets(task):
        raise BadInput("preset.unknown", name=name, known=", ".join(presets(task)))
    return {**presets(task)[name].values, **values}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}_"))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
