"""Which language a text is in, run by run: by its letters, and among neighbours of one alphabet by its words."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from studio.paths import ASSETS

LATIN, CYRILLIC, HAN = "LATIN", "CYRILLIC", "CJK"
KANA = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
AUTO = "auto"
SAMPLE = 4000
"""So many characters of a text are looked at to tell what it is in as a whole."""
LETTER_WEIGHT = 1.5
LEAST = 1.5
"""A letter of its own, or two common words, make a language likely."""
SURE = 2.0
"""A sentence counts as being in another language than the whole text when that fits so much better."""
DENSE = 3
"""A Chinese or Japanese sign counts as so many letters."""
OPENING = frozenset("([{«“‘（【《「『¿¡")
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Neighbour:
    """A language among those that share an alphabet."""

    code: str
    words: frozenset[str]
    letters: frozenset[str]


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "speech" / "languages.toml").read_text(encoding="utf-8"))


@cache
def _neighbours(alphabet: str) -> tuple[Neighbour, ...]:
    rows = _table()[alphabet.lower()].items()
    return tuple(Neighbour(code, frozenset(row["words"].split()), frozenset(row["letters"])) for code, row in rows)


@lru_cache(maxsize=8192)
def script(letter: str) -> str:
    """The first word of a letter's name in Unicode, such as ``LATIN``; nothing for what is no letter."""
    if not letter.isalpha():
        return ""
    name = unicodedata.name(letter, "")
    return HAN if name.startswith(("CJK", "IDEOGRAPHIC")) else name.partition(" ")[0]


@dataclass(frozen=True)
class Languages:
    """Languages for the scripts of a text: the one that was asked for stands for its own script."""

    latin: str
    cyrillic: str
    han: str

    @classmethod
    def of(cls, text: str, asked: str = AUTO) -> "Languages":
        """For a whole text. ``asked`` is a BCP-47 tag, or ``auto``."""
        table = _table()
        sample = text[:SAMPLE]
        found = cls(
            _nearest(sample, LATIN, table["latin_usual"], table["latin_usual"]),
            _nearest(sample, CYRILLIC, table["cyrillic_usual"], table["cyrillic_usual"]),
            "ja" if any(script(letter) in KANA for letter in sample) else table["scripts"][HAN],
        )
        code = asked.split("-", maxsplit=1)[0].lower()
        if asked == AUTO:
            return found
        if code in (neighbour.code for neighbour in _neighbours(CYRILLIC)):
            return cls(found.latin, asked, found.han)
        if code in ("zh", "ja", "yue", "cmn"):
            return cls(found.latin, found.cyrillic, asked)
        if code in table["scripts"].values():
            return found
        return cls(asked, found.cyrillic, found.han)

    def of_script(self, name: str) -> str:
        """The language that a script is read in."""
        named = {LATIN: self.latin, CYRILLIC: self.cyrillic, HAN: self.han}
        return named.get(name) or _table()["scripts"].get(name, self.latin)

    def for_sentence(self, sentence: str, asked: str = AUTO) -> "Languages":
        """For one sentence, which may be in another language of the same alphabet than the text."""
        if asked != AUTO:
            return self
        han = "ja" if any(script(letter) in KANA for letter in sentence) else self.han if self.han != "ja" else "zh"
        table = _table()
        return Languages(
            _nearest(sentence, LATIN, self.latin, table["latin_usual"], SURE),
            _nearest(sentence, CYRILLIC, self.cyrillic, table["cyrillic_usual"], SURE),
            han,
        )


def _nearest(text: str, alphabet: str, now: str, usual: str, sure: float = 1.0) -> str:
    """The language of an alphabet whose words and letters a text has most of; ``now`` unless another fits ``sure`` times better."""
    tokens = Counter(word for word in map(str.lower, WORD.findall(text)) if script(word[0]) == alphabet)
    if not tokens:
        return now
    marks = Counter(text.lower())

    def fit(neighbour: Neighbour) -> float:
        common = sum(count for word, count in tokens.items() if word in neighbour.words)
        return common + LETTER_WEIGHT * min(sum(marks[letter] for letter in neighbour.letters), sum(tokens.values()))

    fits = {neighbour.code: fit(neighbour) for neighbour in _neighbours(alphabet)}
    best = max(fits, key=lambda code: (fits[code], code == now, code == usual))
    enough = fits[best] >= sure * max(fits.get(now, 0.0), LEAST / sure) if best != now else True
    return best if enough else now


def main_language(text: str, languages: Languages) -> str:
    """The language that most of a text is in."""
    counts: Counter[str] = Counter()
    for letter in text:
        if name := script(letter):
            counts[languages.of_script(name)] += DENSE if name == HAN or name in KANA else 1
    return max(counts, key=lambda code: counts[code]) if counts else languages.latin


def runs(text: str, languages: Languages, usual: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of a text with their languages. What is no letter goes with what stands before it, at the beginning with what follows;
    an opening bracket or quote goes with what follows it.
    """
    start, code = 0, ""
    opening: int | None = None
    for at, letter in enumerate(text):
        name = script(letter)
        if not name:
            if letter in OPENING:
                opening = at if opening is None else opening
            elif not letter.isspace():
                opening = None
            continue
        now = languages.of_script(name)
        if languages.han == "ja" and (name == HAN or name in KANA):
            now = "ja"
        if code and now != code:
            border = at if opening is None else opening
            yield start, border, code
            start = border
        code, opening = now, None
    if start < len(text):
        yield start, len(text), code or usual
