"""The tag library: tags by category, each with names in three languages and a place in one space, and named drawing styles.

Everything is data (``assets/tags``): a CSV table for each category, ``categories.toml`` and ``styles.toml``. Other folders of
the same form add to it.
"""

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from engines.arrays import Floats
from engines.words.rules import Rule, Rules, read_rules, sides
from studio.errors import BadInput
from studio.paths import ASSETS

FOLDER = ASSETS / "tags"
LANGUAGES = {"en": "en", "zh-CN": "zh", "ru": "ru"}
"""Column of the tables by language."""
HEAD = ("en", "zh", "ru", "also_en", "also_zh", "also_ru", "weight", "excludes", "goes_with", "axes")
AXES = (
    "era", "wonder", "mood", "force", "ornate", "rank", "wild", "heat",
    "charm", "mass", "east", "north", "south", "machine", "sea", "stage",
)  # fmt: skip
AXIS = re.compile(r"([a-z]+)([+-]\d+(?:\.\d+)?)")
FARTHEST = 2.0
HEAVIEST = 5.0
WHOLE = "category:"


@dataclass(frozen=True)
class Tag:
    """``english`` goes into prompts; ``names`` and ``aliases`` by language; ``excludes`` and ``goes_with`` are English names, or
    ``category:NAME``. A tag of no ``weight`` is understood, and never drawn: a plain word such as “sword”.
    """

    english: str
    category: str
    names: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    weight: float = 1.0
    excludes: tuple[str, ...] = ()
    goes_with: tuple[str, ...] = ()
    place: tuple[float, ...] = (0.0,) * len(AXES)


@dataclass(frozen=True)
class Category:
    """``section`` of the sheet; ``chance`` 0..1: how often a drawn sheet has a line of it; ``own``: only a word list knows it."""

    name: str
    section: str
    chance: float
    title: Mapping[str, str]
    own: bool = False


@dataclass(frozen=True)
class Style:
    """What makes a style, in English phrases, and its centre in the library's space."""

    name: str
    title: Mapping[str, str]
    states: Mapping[str, str]
    negative: str
    place: tuple[float, ...]


STATES = ("line", "palette", "light", "shape", "medium", "quality")
"""What a style says of itself, in the order of a prompt."""


@dataclass(frozen=True, eq=False)
class TagLibrary:
    """``tags`` in the order of the ``categories``, whose order is that of a prompt."""

    categories: tuple[Category, ...]
    tags: tuple[Tag, ...]
    styles: Mapping[str, Style]
    rules: Rules = field(default_factory=Rules)
    number: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", {tag.english: index for index, tag in enumerate(self.tags)})

    @cached_property
    def span(self) -> Mapping[str, slice]:
        """Where the tags of each category stand in ``tags``."""
        spans, start = {}, 0
        for category in self.categories:
            stop = start
            while stop < len(self.tags) and self.tags[stop].category == category.name:
                stop += 1
            spans[category.name], start = slice(start, stop), stop
        return spans

    @cached_property
    def places(self) -> Floats:
        """float32 N x 16: where each tag lies."""
        return np.array([tag.place for tag in self.tags], np.float32).reshape(-1, len(AXES))

    @cached_property
    def weights(self) -> Floats:
        """float32 N."""
        return np.array([tag.weight for tag in self.tags], np.float32)

    @cached_property
    def apart(self) -> csr_array:
        """Bool N x N, sparse: which tags can't be together."""
        return self._both_ways([*self._said(tag.excludes for tag in self.tags), *self._sides(self.rules.never)])

    @cached_property
    def friends(self) -> csr_array:
        """Bool N x N, sparse: which tags make each other likelier."""
        return self._both_ways(self._said(tag.goes_with for tag in self.tags))

    @cached_property
    def strange(self) -> csr_array:
        """Bool N x N, sparse: which tags seldom come together."""
        return self._both_ways(self._sides(self.rules.seldom))

    def category(self, name: str) -> Category:
        return next(category for category in self.categories if category.name == name)

    def of(self, category: str) -> Sequence[Tag]:
        return self.tags[self.span[category]]

    def style(self, name: str) -> Style:
        """The style of that name or title. Raises BadInput, with some names, where there is none."""
        low = name.strip().casefold()
        for style in self.styles.values():
            if low in {style.name, *(title.casefold() for title in style.title.values())}:
                return style
        raise BadInput("prompt.no_style", name=name, known=", ".join([*self.styles][:8]))

    def _said(self, names: Iterable[tuple[str, ...]]) -> Iterator[tuple[list[int], list[int]]]:
        """What tags say of others."""
        for index, others in enumerate(names):
            if others:
                yield [index], [number for name in others for number in self._meant(name)]

    def _sides(self, rules: Sequence[Rule]) -> Iterator[tuple[list[int], list[int]]]:
        return sides(rules, self.rules.groups, self)

    def _both_ways(self, pairs: Iterable[tuple[list[int], list[int]]]) -> csr_array:
        """All of one side with all of the other, and the other way round; no tag with itself."""
        found = [(np.repeat(these, len(those)), np.tile(those, len(these))) for these, those in pairs]
        none = np.empty(0, np.int64)
        one = np.concatenate([none, *(these for these, _ in found)])
        other = np.concatenate([none, *(those for _, those in found)])
        one, other = one[one != other], other[one != other]
        rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
        return csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(self.tags),) * 2)

    def _meant(self, name: str) -> Sequence[int]:
        if name.startswith(WHOLE):
            span = self.span.get(name.removeprefix(WHOLE), slice(0, 0))
            return range(span.start, span.stop)
        return [self.number[name]] if name in self.number else []


@cache
def library(*more: Path) -> TagLibrary:
    """The studio's library with what other folders add: rows for its categories, categories and styles.

    Raises BadInput that names the file and the line of what can't be understood.
    """
    return read_library((FOLDER, *more))


def read_library(folders: Iterable[Path]) -> TagLibrary:
    """A library from folders; of two tags with one English name the later one counts."""
    categories: dict[str, Category] = {}
    rows: dict[str, Tag] = {}
    styles: dict[str, Style] = {}
    rules = Rules()
    for folder in folders:
        categories |= {category.name: category for category in _categories(folder / "categories.toml")}
        styles |= {style.name: style for style in _styles(folder / "styles.toml")}
        more = read_rules(folder / "rules.toml")
        rules = Rules(rules.never + more.never, rules.seldom + more.seldom, {**rules.groups, **more.groups})
        for table in sorted(folder.glob("*.csv")):
            categories.setdefault(table.stem, own_category(table.stem))
            rows |= {tag.english: tag for tag in read_table(table)}
    order = {name: number for number, name in enumerate(categories)}
    tags = sorted(rows.values(), key=lambda tag: order[tag.category])
    return TagLibrary(tuple(categories.values()), tuple(tags), styles, rules)


def own_category(name: str) -> Category:
    """A category that only a word list knows: it says something of the subject."""
    title = name.replace("_", " ")
    return Category(name, "subject", 1.0, dict.fromkeys(LANGUAGES, title), own=True)


def read_table(table: Path) -> Iterator[Tag]:
    """The tags of a category's table."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        head = next(rows, [])
        if tuple(head) != HEAD:
            raise BadInput("prompt.bad_table", name=table.name, line=1, problem=", ".join(HEAD))
        for number, row in enumerate(rows, 2):
            if row:
                yield _tag(row, table, number)


def _tag(row: Sequence[str], table: Path, number: int) -> Tag:
    if len(row) != len(HEAD) or not row[0].strip():
        raise BadInput("prompt.bad_table", name=table.name, line=number, problem=",".join(row)[:60])
    cells = {name: cell.strip() for name, cell in zip(HEAD, row, strict=True)}
    try:
        weight = float(cells["weight"]) if cells["weight"] else 1.0
        place = read_place(cells["axes"])
    except ValueError as error:
        raise BadInput("prompt.bad_table", name=table.name, line=number, problem=str(error)) from error
    return Tag(
        cells["en"],
        table.stem,
        {lang: cells[column] or cells["en"] for lang, column in LANGUAGES.items()},
        {lang: _several(cells[f"also_{column}"]) for lang, column in LANGUAGES.items()},
        min(max(weight, 0.0), HEAVIEST),
        _several(cells["excludes"]),
        _several(cells["goes_with"]),
        place,
    )


def read_place(text: str) -> tuple[float, ...]:
    """A place in the space from text such as ``era-2 force+1.5``; axes that aren't named are 0. Raises ValueError."""
    place = dict.fromkeys(AXES, 0.0)
    for part in text.split():
        match = AXIS.fullmatch(part)
        if match is None or match[1] not in place or abs(float(match[2])) > FARTHEST:
            raise ValueError(part)
        place[match[1]] = float(match[2])
    return tuple(place.values())


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _categories(file: Path) -> Iterator[Category]:
    for entry in _toml(file).get("category", ()):
        yield Category(entry["name"], entry["section"], float(entry["chance"]), entry["title"])


def _styles(file: Path) -> Iterator[Style]:
    for entry in _toml(file).get("style", ()):
        states = {name: entry[name] for name in STATES if entry.get(name)}
        yield Style(
            entry["name"], entry["title"], states, entry.get("negative", ""), read_place(entry.get("centre", ""))
        )


def _toml(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
