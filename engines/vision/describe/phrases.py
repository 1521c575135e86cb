"""Facts in words: phrases in three languages from ``assets/describe/phrases.toml``, with the names of colours filled in."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from engines.vision.describe.colours import colour_words
from engines.vision.describe.fact import Fact
from studio.paths import ASSETS

LANGUAGES = ("en", "zh-CN", "ru")
BETWEEN = {"en": " and ", "zh-CN": "、", "ru": ", "}
LAST = {"en": " and ", "zh-CN": "和", "ru": " и "}
"""English ones go into captions, whose parts are told apart by commas."""


@dataclass(frozen=True)
class Phrase:
    """``words`` by language; ``section`` and ``slot`` of the sheet; ``tag``: what the tag library calls it, if it knows it."""

    key: str
    section: str
    slot: str
    words: Mapping[str, str]
    tag: str = ""

    def said(self, fact: Fact, lang: str) -> str:
        """The phrase with the fact's colours, in one of the three languages."""
        names = [colour_words()[name][lang] for name in fact.colours]
        return self.words[lang].format(colours=listed(names, lang))

    def tagged(self, fact: Fact) -> str:
        return self.tag.format(colours=listed(fact.colours, "en"))


@cache
def phrases() -> Mapping[str, Phrase]:
    """By key, in the order of a caption."""
    table = tomllib.loads((ASSETS / "describe" / "phrases.toml").read_text(encoding="utf-8"))
    return {
        key: Phrase(
            key, entry["section"], entry["slot"], {lang: entry[lang] for lang in LANGUAGES}, entry.get("tag", "")
        )
        for key, entry in table.items()
    }


def in_order(facts: Sequence[Fact]) -> list[tuple[Phrase, Fact]]:
    """Each fact with its phrase, in the order of a caption."""
    order = {key: number for number, key in enumerate(phrases())}
    return [(phrases()[fact.key], fact) for fact in sorted(facts, key=lambda fact: order[fact.key])]


def listed(names: Sequence[str], lang: str) -> str:
    """Names in a row: ``red and green and blue``."""
    if len(names) < 2:
        return "".join(names)
    return BETWEEN[lang].join(names[:-1]) + LAST[lang] + names[-1]
