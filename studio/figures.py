"""What faces need of the drawn library outside a job: its names in the reader's language, and pictures of its parts."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from studio.engine import part
from studio.paths import ASSETS


def figure_titles(what: str, lang: str) -> Mapping[str, str]:
    """Names of ``bodies``, ``poses`` or ``palettes`` → their titles."""
    library = part("figure.library").library()
    known = library.swatches.palettes if what == "palettes" else getattr(library, what)
    return {name: _first(one).label[lang] for name, one in known.items()}


def regions(lang: str) -> list[tuple[str, str, str]]:
    """Name, colour in the map, and title of each region."""
    table = tomllib.loads((ASSETS / "figure" / "regions.toml").read_text(encoding="utf-8"))
    return [(name, row["colour"], row["label"][lang]) for name, row in table.items()]


def parts_beside(name: str, lang: str) -> Mapping[str, str]:
    """The parts of the same kind as ``kind/name`` → their titles, this one first."""
    library = part("figure.library").library()
    kind = name.partition("/")[0]
    found = {f"{one.kind}/{one.name}": one.label[lang] for one in library.of_kind(kind) if one.weight > 0}
    return {name: found.pop(name), **found} if name in found else found


def kinds(lang: str) -> Mapping[str, str]:
    """Kinds of parts that can be worn → the title of the category of tags that speaks of them."""
    rules = part("character._answers").rules()
    titles = {category.name: category.title[lang] for category in part("words.tags").library().categories}
    known = {one.kind for one in part("figure.library").library().parts.values() if one.weight > 0}
    return {kind: titles[categories[0]] for kind, categories in rules["parts"].items() if kind in known}


@lru_cache(512)
def part_picture(name: str) -> bytes:
    """A small picture (WebP) of a part. Raises BadInput for one that isn't there."""
    return bytes(part("figure.sample").sample(name))


def _first(one: Any) -> Any:
    """A body's first build; everything else as it is."""
    return next(iter(one.values())) if isinstance(one, Mapping) else one
