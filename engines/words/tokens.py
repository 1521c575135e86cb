"""The words of a text, and what they are compared by: English and Russian ones by their stems (Porter's Snowball), Chinese ones,
which no blanks part, sign by sign.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from engines.words.tags import FOLDER

WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")
CHINESE = re.compile(r"[\u3400-\u9fff]")
RUSSIAN = re.compile(r"[\u0400-\u04ff]")
FLEETING = re.compile(r"([бвгджзклмнпрстфхцчшщ])[ео]([кцнл])$")
"""A vowel that comes and goes before a Russian stem's last consonant: девушек, девушка."""
FLEETS, FLEETING_BEFORE, RUSSIAN_VOWELS = (tuple(letters) for letters in ("ео", "кцнл", "аеиоуыэюя"))
STEMMERS = {"en": "english", "ru": "russian"}
REACH = 3
Key = tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A word or a Chinese character of a clause, and what it is compared by."""

    text: str
    stem: str
    lang: str
    start: int
    end: int

    @property
    def content(self) -> bool:
        """Whether it says something by itself."""
        return (self.stem,) not in grammar()[self.lang].small | grammar()[self.lang].without

    @property
    def splits(self) -> bool:
        """Whether something else begins behind it."""
        return words_of([self]) in grammar()[self.lang].splits


@dataclass(frozen=True)
class Grammar:
    """Words of a language: those that say nothing, by stems, those that deny what follows, and those that part phrases."""

    small: frozenset[Key]
    without: frozenset[Key]
    splits: frozenset[Key]


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a text; those with a hyphen are several."""
    for match in WORD.finditer(text):
        word = match[0].casefold()
        lang = "zh-CN" if CHINESE.match(word) else "ru" if RUSSIAN.match(word) else "en"
        yield Token(match[0], _stem(word, lang), lang, match.start(), match.end())


def words_of(tokens: Sequence[Token]) -> Key:
    return tuple(token.text.casefold().replace("ё", "е") for token in tokens)


def stems_of(tokens: Sequence[Token]) -> Key:
    return tuple(token.stem for token in tokens)


def plain_words(name: str) -> Key:
    """The words of a name, without their stems."""
    return tuple(match.casefold().replace("ё", "е") for match in WORD.findall(name))


def beginning(word: str) -> str:
    """Two letters that words of one stem have in common. A vowel that may come and go (день, дня) or change (die, dying) isn't one."""
    word = word.replace("ё", "е")
    if word[:1] in RUSSIAN_VOWELS:
        return word[:1]
    if RUSSIAN.match(word) and word[1:2] in FLEETS:
        return word[0] + (word[2:3] if word[2:3] in FLEETING_BEFORE else "")
    return word[:2].replace("y", "i")


@cache
def grammar() -> Mapping[str, Grammar]:
    data = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    return {
        lang: Grammar(
            frozenset(stems_of(list(tokens_of(word))) for word in words["small"]),
            frozenset(words_of(list(tokens_of(word))) for word in words["without"]),
            frozenset(words_of(list(tokens_of(word))) for word in words["splits"]),
        )
        for lang, words in data.items()
    }


@lru_cache(1 << 15)
def _stem(word: str, lang: str) -> str:
    if lang not in STEMMERS:
        return word
    stem = str(_stemmer(lang).stemWord(word.replace("’", "'").replace("ё", "е")))
    return FLEETING.sub(r"\1\2", stem) if lang == "ru" else stem


@cache
def _stemmer(lang: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(STEMMERS[lang])
