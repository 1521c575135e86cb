"""Taking a free idea apart: which tags of the library it names, in English, Chinese and Russian, and what is left of it.

English and Russian words are compared by their stems (Porter's Snowball), the longest name first; Chinese, which has no
spaces, by the longest name that begins at each character (maximum matching).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from engines.words.tags import FOLDER, LANGUAGES, Tag, TagLibrary

WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")
CHINESE = re.compile(r"[\u3400-\u9fff]")
RUSSIAN = re.compile(r"[\u0400-\u04ff]")
CLAUSE = re.compile(r"[,.;:!?\n，。；：！？、]+")
LONGEST = 12
REACH = 3
"""How many words may stand between a denial and what it denies."""
FLEETING = re.compile(r"([бвгджзклмнпрстфхцчшщ])[ео]([кцнл])$")
"""A vowel that comes and goes before a Russian stem's last consonant: девушек, девушка."""
FLEETS, FLEETING_BEFORE, RUSSIAN_VOWELS = (tuple(letters) for letters in ("ео", "кцнл", "аеиоуыэюя"))
STEMMERS = {"en": "english", "ru": "russian"}
Key = tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A tag that an idea names, ``said`` in its words; ``denied``: the idea doesn't want it."""

    tag: Tag
    said: str
    denied: bool = False


@dataclass(frozen=True)
class Parsed:
    """What an idea names, and the phrases that no tag says, both in its order; ``unwanted`` phrases are those that it denies."""

    found: tuple[Found, ...]
    rest: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Token:
    """A word or a Chinese character of a clause, and what it is compared by."""

    text: str
    stem: str
    lang: str
    start: int
    end: int


@dataclass(frozen=True)
class _Grammar:
    """Words of a language that say nothing, and that deny, by stems."""

    small: frozenset[Key]
    without: frozenset[Key]


@dataclass
class Lexicon:
    """All names and aliases of a library, by their words and by the stems of these. Stems are made when a text first has a word
    that begins alike, because stemming all names takes a second.
    """

    library: TagLibrary
    words: dict[Key, Tag] = field(init=False, default_factory=dict)
    _stems: dict[Key, Tag] = field(init=False, default_factory=dict)
    _unread: dict[str, list[tuple[str, Tag]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for tag in self.library.tags:
            names = (name for lang in LANGUAGES for name in (tag.names[lang], *tag.aliases[lang]))
            for name in dict.fromkeys((tag.english, *names)):
                words = _plain(name)
                if words and words not in self.words:
                    self.words[words] = tag
                    self._unread.setdefault(_beginning(words[0]), []).append((name, tag))

    def parse(self, idea: str) -> Parsed:
        """``idea`` in any of the languages, also mixed."""
        found: list[Found] = []
        rest: dict[bool, list[str]] = {False: [], True: []}
        for clause in CLAUSE.split(idea):
            tokens = list(tokens_of(clause))
            taken = self._taken(tokens)
            found += [
                Found(tag, clause[tokens[start].start : tokens[end - 1].end], _denied(tokens[:start]))
                for start, end, tag in taken
            ]
            for start, end in _left(tokens, taken):
                rest[_denied(tokens[:start])].append(clause[tokens[start].start : tokens[end - 1].end])
        once = {one.tag.english: one for one in found}
        return Parsed(tuple(once.values()), tuple(rest[False]), tuple(rest[True]))

    def tag(self, phrase: str) -> Tag | None:
        """The tag that a phrase means as a whole."""
        return self._named(list(tokens_of(phrase)))

    def _named(self, tokens: Sequence[Token]) -> Tag | None:
        if not tokens:
            return None
        for name, tag in self._unread.pop(_beginning(tokens[0].text.casefold()), ()):
            self._stems.setdefault(_stems(list(tokens_of(name))), tag)
        return self.words.get(_words(tokens)) or self._stems.get(_stems(tokens))

    def _taken(self, tokens: Sequence[Token]) -> list[tuple[int, int, Tag]]:
        """Spans of tokens that are names, longest first from the left."""
        taken: list[tuple[int, int, Tag]] = []
        start = 0
        while start < len(tokens):
            for end in range(min(start + LONGEST, len(tokens)), start, -1):
                tag = self._named(tokens[start:end])
                if tag is not None:
                    taken.append((start, end, tag))
                    start = end - 1
                    break
            start += 1
        return taken


@lru_cache(4)
def lexicon(library: TagLibrary) -> Lexicon:
    return Lexicon(library)


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a text; those with a hyphen are several."""
    for match in WORD.finditer(text):
        word = match[0].casefold()
        lang = "zh-CN" if CHINESE.match(word) else "ru" if RUSSIAN.match(word) else "en"
        yield Token(match[0], _stem(word, lang), lang, match.start(), match.end())


def _plain(name: str) -> Key:
    return tuple(match.casefold() for match in WORD.findall(name))


def _beginning(word: str) -> str:
    """Two letters that words of one stem have in common. A vowel that may come and go (день, дня) or change (die, dying) isn't one."""
    word = word.replace("ё", "е")
    if word[:1] in RUSSIAN_VOWELS:
        return word[:1]
    if RUSSIAN.match(word) and word[1:2] in FLEETS:
        return word[0] + (word[2:3] if word[2:3] in FLEETING_BEFORE else "")
    return word[:2].replace("y", "i")


def _words(tokens: Sequence[Token]) -> Key:
    return tuple(token.text.casefold() for token in tokens)


def _stems(tokens: Sequence[Token]) -> Key:
    return tuple(token.stem for token in tokens)


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


@cache
def _grammar() -> Mapping[str, _Grammar]:
    data = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    return {
        lang: _Grammar(
            *(frozenset(_stems(list(tokens_of(word))) for word in words[kind]) for kind in ("small", "without"))
        )
        for lang, words in data.items()
    }


def _denied(before: Sequence[Token]) -> bool:
    """Whether one of the last few words denies what follows."""
    near = before[-REACH:]
    return any(
        _stems(near[start:end]) in _grammar()[near[start].lang].without
        for start in range(len(near))
        for end in range(start + 1, len(near) + 1)
    )


def _left(tokens: Sequence[Token], taken: Sequence[tuple[int, int, Tag]]) -> Iterator[tuple[int, int]]:
    """The runs of tokens between names, without small words at their ends."""
    edges = [0, *(edge for start, end, _ in taken for edge in (start, end)), len(tokens)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        start, end = _trimmed(tokens, start, end)
        if start < end:
            yield start, end


def _trimmed(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    while start < end and (size := _small(tokens[start:end], forward=True)):
        start += size
    while start < end and (size := _small(tokens[start:end], forward=False)):
        end -= size
    return start, end


def _small(tokens: Sequence[Token], *, forward: bool) -> int:
    """How many tokens at the beginning (or the end) are a word that says nothing by itself."""
    for size in range(min(REACH, len(tokens)), 0, -1):
        part = tokens[:size] if forward else tokens[-size:]
        grammar = _grammar()[part[0].lang]
        if _stems(part) in grammar.small | grammar.without:
            return size
    return 0
