"""With what settings another program has made a picture, as it stands in the picture: A1111, ComfyUI, InvokeAI, Fooocus.

All of it is somebody's text: it is read as JSON or by pattern, never run, and no more than a megabyte of it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from engines.words import comfy
from engines.words.parameters import LONGEST, Parameters, read
from studio.errors import BadInput
from studio.tags import exif, png
from studio.tags.notes import Unsuitable

INVOKE, PARAMETERS, PROMPT, WORKFLOW = KEYS = ("invokeai_metadata", "parameters", "prompt", "workflow")
NAMES = {INVOKE: "InvokeAI", PARAMETERS: "Fooocus", PROMPT: "ComfyUI", WORKFLOW: "ComfyUI"}
INLINE = re.compile(r"<lora:([^:>]{1,200})(?::(-?[\d.]{1,10}))?[^>]{0,40}>")
PAIR = re.compile(r"(\d{1,5})\D{1,5}(\d{1,5})")
COMBINED = re.compile(r"lora_combined_\d+")


@dataclass(frozen=True)
class Recorded:
    """What is told; nothing or None where it isn't. ``loras``: name and how much each counts. Names are without folders and endings."""

    program: str
    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str = ""
    model: str = ""
    loras: tuple[tuple[str, float], ...] = ()


def recorded(picture: Path) -> Recorded | None:
    """The settings in a PNG, JPEG or WebP; None where it holds none that are known.

    Raises BadInput for settings that are larger than a megabyte, that aren't whole, and for a workflow that draws nothing.
    """
    texts, packed = _texts(picture)
    for key, way in WAYS.items():
        if key in texts and (found := way(texts[key], picture.name)):
            return found
    if packed & {*KEYS} - texts.keys():
        raise BadInput("words.settings_too_long", name=picture.name)
    if {PROMPT, WORKFLOW} & texts.keys():
        raise BadInput("words.settings_no_sampler", name=picture.name)
    return None


def _texts(picture: Path) -> tuple[dict[str, str], set[str]]:
    """The texts by their keys, as far as they can be read, and the keys of all that there are."""
    try:
        texts, keys = png.texts(picture), png.keywords(picture)
    except Unsuitable:
        texts = {}
        if comment := exif.comment(picture):
            texts[PARAMETERS] = comment
        for told in exif.descriptions(picture):
            key, colon, text = told.partition(":")
            if colon and key.lower() in (PROMPT, WORKFLOW):
                texts[key.lower()] = text
        keys = {*texts}
    return {key: text for key, text in texts.items() if len(text) <= LONGEST}, keys


def _json(key: str, text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("words.settings_broken", name=name, program=NAMES[key]) from None


def _from_invoke(text: str, name: str) -> Recorded | None:
    told = _json(INVOKE, text, name)
    if not isinstance(told, Mapping):
        return None
    loras = [
        (_stem(_named(lora.get("model") or lora.get("lora"))), _float(lora.get("weight"), 1.0))
        for lora in _list(told.get("loras"))
        if isinstance(lora, Mapping)
    ]
    size = {side: _int(told.get(side)) for side in ("width", "height")}
    return Recorded(
        NAMES[INVOKE],
        _text(told.get("positive_prompt")),
        _text(told.get("negative_prompt")),
        _int(told.get("seed")),
        **size,
        steps=_int(told.get("steps")),
        cfg=_float(told.get("cfg_scale")),
        sampler=_text(told.get("scheduler")),
        model=_stem(_named(told.get("model"))),
        loras=tuple((lora, weight) for lora, weight in loras if lora),
    )


def _from_parameters(text: str, name: str) -> Recorded | None:
    """A1111's text, or Fooocus' JSON."""
    if text.lstrip().startswith('{"'):
        told = _json(PARAMETERS, text, name)
        return _from_fooocus(told) if isinstance(told, Mapping) else None
    given = read(text)
    return _from_a1111(given) if given.line or given.negative else None


def _from_fooocus(told: Mapping[str, Any]) -> Recorded:
    pair = PAIR.search(_text(told.get("resolution")))
    listed = [(lora[0], lora[1]) for lora in _list(told.get("loras")) if isinstance(lora, list) and len(lora) > 1]
    combined = [_text(value).split(" : ")[-2:] for key, value in told.items() if COMBINED.fullmatch(key)]
    loras = listed or [(lora[0], lora[1]) for lora in combined if len(lora) == 2]
    return Recorded(
        "Fooocus",
        _text(told.get("prompt")),
        _text(told.get("negative_prompt")),
        _int(told.get("seed")),
        int(pair[1]) if pair else None,
        int(pair[2]) if pair else None,
        _int(told.get("steps")),
        _float(told.get("guidance_scale")),
        _text(told.get("sampler")),
        _stem(_text(told.get("base_model"))),
        tuple((_stem(_text(lora)), _float(weight, 1.0)) for lora, weight in loras),
    )


def _from_a1111(given: Parameters) -> Recorded:
    settings = given.settings
    loras = [(_stem(name), _float(weight, 1.0)) for name, weight in INLINE.findall(given.prompt)]
    if not loras and "Lora weights" in settings:
        pairs = [pair.rpartition(": ") for pair in settings["Lora weights"].split(", ")]
        loras = [(_stem(name), _float(weight, 1.0)) for name, _, weight in pairs if name]
    return Recorded(
        "Fooocus" if settings.get("Version", "").startswith("Fooocus") else "A1111",
        INLINE.sub("", given.prompt).strip().strip(",").strip(),
        given.negative,
        _int(settings.get("Seed")),
        _int(settings.get("Size-1")),
        _int(settings.get("Size-2")),
        _int(settings.get("Steps")),
        _float(settings.get("CFG scale")),
        settings.get("Sampler", ""),
        _stem(settings.get("Model", "")),
        tuple(loras),
    )


def _from_comfy(key: str, text: str, name: str) -> Recorded | None:
    graph = _json(key, text, name)
    told = comfy.from_prompt(graph) if key == PROMPT else comfy.from_workflow(graph)
    if told is None:
        return None
    whole = {side: _int(told.values.get(side)) for side in ("seed", "width", "height", "steps")}
    return Recorded(
        NAMES[key],
        told.positive,
        told.negative,
        **whole,
        cfg=_float(told.values.get("cfg")),
        sampler=_text(told.values.get("sampler")),
        model=_stem(told.model),
        loras=tuple((_stem(lora), weight) for lora, weight in told.loras),
    )


WAYS: Mapping[str, Callable[[str, str], Recorded | None]] = {
    INVOKE: _from_invoke,
    PARAMETERS: _from_parameters,
    PROMPT: lambda text, name: _from_comfy(PROMPT, text, name),
    WORKFLOW: lambda text, name: _from_comfy(WORKFLOW, text, name),
}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _named(value: Any) -> str:
    """InvokeAI tells a model as a group of facts, in older versions as its name."""
    if isinstance(value, Mapping):
        return _text(value.get("name") or value.get("model_name"))
    return _text(value)


def _stem(name: str) -> str:
    return (
        PureWindowsPath(name).stem
        if name.endswith((".safetensors", ".ckpt", ".pt", ".gguf"))
        else PureWindowsPath(name).name
    )


def _int(value: Any) -> int | None:
    number = _float(value)
    return int(value) if isinstance(value, int) and number is not None else None if number is None else int(number)


def _float(value: Any, default: Any = None) -> Any:
    """A finite number, or the default."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return number if abs(number) < 1e15 else default
