"""How a language says figures and signs. Each has its words in ``assets/speech/<code>.toml``, its grammar in a class."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from studio.paths import ASSETS

MOST_DIGITS = 15
"""Longer figures are said digit by digit."""


@dataclass(frozen=True)
class Words:
    """A language's table. ``units`` and ``money`` are forms by sign: as many as the language has for counted things."""

    digits: Sequence[str]
    signs: Mapping[str, str]
    spoken: Mapping[str, str]
    months: Sequence[str]
    units: Mapping[str, Sequence[str]]
    money: Mapping[str, Sequence[str]]
    cents: Mapping[str, Sequence[str]]
    scales: Mapping[str, str]
    abbreviations: Mapping[str, str]
    before_figures: Mapping[str, str]
    letters: Mapping[str, str]
    emoji: str
    more: Mapping[str, Any] = field(default_factory=dict)


@cache
def words(code: str) -> Words:
    """The table of ``en``, ``zh`` or ``ru``; a key with bars stands for several signs."""
    data = tomllib.loads((ASSETS / "speech" / f"{code}.toml").read_text(encoding="utf-8"))
    for name in ("units", "money", "cents", "scales", "abbreviations", "before_figures"):
        rows = data.get(name, {}).items()
        data[name] = {sign: row for signs, row in rows for sign in signs.split("|")}
    known = {name: data.pop(name) for name in Words.__annotations__ if name in data}
    return Words(**{"letters": {}, "cents": {}, **known}, more=data)


class Tongue(Protocol):
    """What the rules ask of a language. Amounts are decimal strings: an optional minus, digits, perhaps a point and more digits."""

    code: str
    words: Words
    point: str

    def number(self, amount: str) -> str: ...
    def ordinal(self, number: int) -> str: ...
    def year(self, number: int) -> str: ...
    def date(self, year: int | None, month: int, day: int | None) -> str: ...
    def time(self, hour: int, minute: int, second: int | None, half: str) -> str: ...
    def counted(self, amount: str, forms: Sequence[str]) -> str: ...
    def money(self, amount: str, sign: str, scale: str) -> str: ...
    def fraction(self, over: int, under: int) -> str: ...
    def between(self, first: str, last: str) -> str: ...
    def phone(self, groups: Sequence[str]) -> str: ...
    def century(self, number: int, after: str) -> str: ...


def one_by_one(words_: Words, figures: str) -> str:
    """Digits each by itself."""
    return " ".join(words_.digits[int(digit)] for digit in figures if digit.isdecimal())


def plain(figures: str, point: str) -> str:
    """A decimal string of a figure as it is written: without separators of thousands, with a point."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", figures).replace("−", "-").replace("–", "-")
    return bare.replace(".", "").replace(",", ".") if point == "," else bare.replace(",", "")
