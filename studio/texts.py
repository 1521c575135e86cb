"""Texts in the studio's languages: ``assets/locales/<language>/<area>.json``, flat keys, ``{name}`` placeholders."""

import json
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from studio.paths import ASSETS

log = logging.getLogger(__name__)

LOCALES = ASSETS / "locales"
DEFAULT = "en"


def languages() -> tuple[str, ...]:
    """The languages that have a folder, English first."""
    found = sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir())
    return (DEFAULT, *(name for name in found if name != DEFAULT))


def best_language(accepted: str) -> str:
    """The studio's language for an ``Accept-Language`` header or a browser locale such as ``zh-TW`` or ``ru-RU``."""
    for part in accepted.split(","):
        wanted = part.split(";")[0].strip().lower()
        for name in languages():
            if wanted and (name.lower() == wanted or name.lower().split("-")[0] == wanted.split("-")[0]):
                return name
    return DEFAULT


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of one language; a key that stands in two areas is a mistake, and raises ``ValueError``."""
    texts: dict[str, str] = {}
    for file in sorted((LOCALES / lang).glob("*.json")):
        area: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        if twice := texts.keys() & area.keys():
            raise ValueError(f"{file.name} repeats {sorted(twice)}")
        texts.update(area)
    return texts


def text(key: str, lang: str = DEFAULT, /, **params: Any) -> str:
    """The sentence for ``key`` in ``lang``, else in English, else the key itself (logged)."""
    pattern = catalogue(lang).get(key) if lang in languages() else None
    if pattern is None:
        pattern = catalogue(DEFAULT).get(key)
    if pattern is None:
        log.warning("no text for %s", key)
        return key
    try:
        return pattern.format_map(params)
    except (KeyError, IndexError, ValueError):
        log.warning("text %s can't be filled with %s", key, sorted(params))
        return pattern


def has_text(key: str, lang: str = DEFAULT) -> bool:
    return lang in languages() and key in catalogue(lang)


def locale_files(lang: str) -> list[Path]:
    return sorted((LOCALES / lang).glob("*.json"))
