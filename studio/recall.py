"""“Load these settings”: the task and settings that made a file, from the library or from the file itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from studio import provenance
from studio.engine import part
from studio.errors import NotFound
from studio.library import Library
from studio.media import kept_media
from studio.tasks import Task, flat_values, flatten, tasks, unflatten

ROUNDS = 20
DRAWS = "character"
"""The task that takes what another program was asked to draw."""
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Recalled:
    """A task and values of its settings under their flat names; what isn't named stays at its default."""

    task: str
    values: Mapping[str, Any]


def recall(library: Library, asset_id: str, owner: str, models: Mapping[str, str] = NOTHING) -> Recalled:
    """The settings behind a file of the owner's, with the seed that was used.

    For an output of this studio they come from the library, with those of its media that are still there. For any other file
    they come from its own provenance, or from what A1111, ComfyUI, InvokeAI or Fooocus has written into a picture; values
    that this studio's task doesn't take are left out. ``models`` are cards by the names that their files have elsewhere.
    Raises NotFound where there are none, BadInput where they can't be read.
    """
    asset = library.get(asset_id, owner)
    if asset.request is not None and asset.task is not None and asset.task in tasks():
        task = tasks()[asset.task]
        given = {**_flat(task, asset.request), "seed": asset.seed}
        if repeated := _repeated(task, asset.request):
            task, given = tasks()[repeated[0]], {"seed": asset.seed, **repeated[1]}
        return Recalled(task.name, _fitting(task, _without_lost(task, given, library, owner)))
    record = provenance.read(asset.path)
    if record is None and asset.kind == "image" and (told := part("words.recorded").recorded(asset.path)):
        return Recalled(DRAWS, _fitting(tasks()[DRAWS], _as_asked(told, models)))
    if record is None or record["task"] not in tasks() or not isinstance(record.get("request"), dict):
        raise NotFound("library.no_settings", name=asset.name)
    task = tasks()[record["task"]]
    media = {field.name for field in flatten(task.request) if field.media}
    given = {**record["request"], "seed": record.get("seed")}
    return Recalled(task.name, _fitting(task, {name: value for name, value in given.items() if name not in media}))


def _repeated(task: Task, request: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    try:
        return task.request.model_validate(request).repeats()
    except ValidationError:
        return None


def _as_asked(told: Any, models: Mapping[str, str]) -> dict[str, Any]:
    """Another program's settings by the names that they have here; models and LoRAs that aren't here are left out."""
    negative = f"\nNegative prompt: {told.negative}" if told.negative else ""
    worn = [f"{models[name]}:{round(weight, 2)}" for name, weight in told.loras if name in models]
    return {
        "idea": told.prompt + negative,
        "seed": told.seed,
        "height": told.height,
        "diffusion_steps": told.steps,
        "diffusion_guidance": told.cfg,
        "diffusion_model": models.get(told.model),
        "diffusion_loras": ", ".join(worn) or None,
    }


def _without_lost(task: Task, given: Mapping[str, Any], library: Library, owner: str) -> dict[str, Any]:
    """The values without media that the owner no longer has, and without fields that have none left."""
    fields = [field for field in flatten(task.request) if field.media and field.name in given]
    left = {field.name: kept_media(field, given[field.name], lambda it: library.owns(it, owner)) for field in fields}
    return {name: value for name, value in {**given, **left}.items() if name not in left or value}


def _flat(task: Task, request: Mapping[str, Any]) -> dict[str, Any]:
    """Flat values of a kept request, as far as today's task takes it."""
    try:
        return flat_values(task.request.model_validate(request))
    except ValidationError:
        return {name: value for name, value in request.items() if not isinstance(value, dict)}


def _fitting(task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the task's model takes: unknown names and bad values are left out, one round after another."""
    fields = {field.name: field.path for field in flatten(task.request)}
    kept = {name: value for name, value in values.items() if name in fields and value is not None}
    for _ in range(ROUNDS):
        try:
            task.request.model_validate(unflatten(task.request, kept))
            return kept
        except ValidationError as problem:
            blamed = {tuple(map(str, error["loc"])) for error in problem.errors() if error["type"] != "missing"}
        bad = {name for name in kept if any(loc[: len(fields[name])] == fields[name] for loc in blamed)}
        if not bad:
            return kept
        kept = {name: value for name, value in kept.items() if name not in bad}
    return kept
