"""Taking a free idea apart: which tags of the library it names, in English, Chinese and Russian, what else it says that can be put
into English, and what is left of it.

English and Russian words are compared by their stems, the longest name first; Chinese, which has no spaces, by the longest name
that begins at each character (maximum matching).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from engines.words.phrases import SHORT_STEM, Phrases, plain_at
from engines.words.tags import LANGUAGES, Tag, TagLibrary
from engines.words.tokens import REACH, Key, Token, beginning, grammar, plain_words, stems_of, tokens_of, words_of

CLAUSE = re.compile(r"[,.;:!?\n，。；：！？、]+")
LONGEST = 12
COLOURS = "outfit_colour"
JOINS = frozenset({"and", "or", "и", "или", "和", "与"})
JOINTS = ("prep", "measure")


@dataclass(frozen=True)
class Found:
    """A tag that an idea names, ``said`` in its words; ``denied``: the idea doesn't want it."""

    tag: Tag
    said: str
    denied: bool = False


@dataclass(frozen=True)
class Made:
    """A phrase that is no tag, in the idea's words and in English; ``slot`` is the category that it speaks of, if any."""

    said: str
    english: str
    slot: str = ""
    denied: bool = False


@dataclass(frozen=True)
class Parsed:
    """What an idea names, in its order, and the phrases that nothing says; ``unwanted`` phrases are those that it denies."""

    found: tuple[Found | Made, ...]
    rest: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


Taken = tuple[int, int, "Tag | Made"]


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
        self._phrases = Phrases(self._named)
        for tag in self.library.tags:
            names = (name for lang in LANGUAGES for name in (tag.names[lang], *tag.aliases[lang]))
            for name in dict.fromkeys((tag.english, *names)):
                words = plain_words(name)
                if words and words not in self.words:
                    self.words[words] = tag
                    self._unread.setdefault(beginning(words[0]), []).append((name, tag))

    def parse(self, idea: str) -> Parsed:
        """``idea`` in any of the languages, also mixed."""
        found: dict[str, Found | Made] = {}
        rest: dict[bool, list[str]] = {False: [], True: []}
        for clause in CLAUSE.split(idea):
            tokens = list(tokens_of(clause))
            taken = self._taken(clause, tokens)
            for start, end, what in taken:
                denied = _denied(tokens[:start])
                said = clause[tokens[start].start : tokens[end - 1].end]
                name = what.english
                found[name] = (
                    Found(what, said, denied) if isinstance(what, Tag) else Made(said, name, what.slot, denied)
                )
            for start, end in _left(tokens, [(start, end) for start, end, _ in taken]):
                rest[_denied(tokens[:start])].append(clause[tokens[start].start : tokens[end - 1].end])
        return Parsed(tuple(found.values()), tuple(rest[False]), tuple(rest[True]))

    def tags_in(self, text: str) -> list[Tag]:
        """The tags that a text names and doesn't deny, and the things of its phrases: of a red coat the coat."""
        wanted = (one for one in self.parse(text).found if not one.denied)
        tags = (one.tag if isinstance(one, Found) else self.thing(one.english) for one in wanted)
        return [tag for tag in tags if tag is not None]

    def tag(self, phrase: str) -> Tag | None:
        """The tag that a phrase means as a whole."""
        return self._named(list(tokens_of(phrase)))

    def thing(self, phrase: str) -> Tag | None:
        """The tag that a phrase means, or that its last words mean: a cloak, where it is a red one."""
        tokens = list(tokens_of(phrase))
        return next((tag for start in range(len(tokens)) if (tag := self._named(tokens[start:]))), None)

    def _named(self, tokens: Sequence[Token]) -> Tag | None:
        if not tokens:
            return None
        for name, tag in self._unread.pop(beginning(tokens[0].text.casefold()), ()):
            self._stems.setdefault(stems_of(list(tokens_of(name))), tag)
        exact = self.words.get(words_of(tokens))
        if exact is not None or all(len(token.stem) < SHORT_STEM for token in tokens):
            return exact
        return self._stems.get(stems_of(tokens))

    def _taken(self, clause: str, tokens: Sequence[Token]) -> list[Taken]:
        """Spans of tokens that say something, the longest first from the left; of equal ones a tag before a phrase."""
        taken: list[Taken] = []
        start = 0
        while start < len(tokens):
            best, small = self._best(clause, tokens, start), _small(tokens[start:], forward=True)
            if best is None or (small > 1 and best[1] <= start + small):
                start += max(small, 1)
                continue
            taken.append(best)
            start = best[1]
        return taken

    def _best(self, clause: str, tokens: Sequence[Token], start: int) -> Taken | None:
        tag = self._longest(tokens, start)
        phrase = self._phrases.at(clause, tokens, start) if tokens[start].content else None
        if tag and tag[2].category == COLOURS and start + 1 < len(tokens):
            later = self._phrases.at(clause, tokens, start + 1)
            if later and later.end > tag[1]:
                return None
        if tag and (phrase is None or phrase.end <= tag[1]):
            return tag
        if phrase is None:
            return None
        own = self.library.number.get(phrase.english)
        return start, phrase.end, Made("", phrase.english, phrase.slot) if own is None else self.library.tags[own]

    def _longest(self, tokens: Sequence[Token], start: int) -> tuple[int, int, Tag] | None:
        for end in range(min(start + LONGEST, len(tokens)), start, -1):
            tag = self._named(tokens[start:end])
            if tag is not None:
                return start, end, tag
        return None


@lru_cache(4)
def lexicon(library: TagLibrary) -> Lexicon:
    return Lexicon(library)


def _denied(before: Sequence[Token]) -> bool:
    """Whether one of the last few words denies what follows, and no word between them begins something else."""
    near = list(before[-REACH:])
    cuts = [at for at, token in enumerate(near) if token.splits and token.text.casefold() not in JOINS]
    near = near[cuts[-1] + 1 :] if cuts else near
    return any(
        words_of(near[start:end]) in grammar()[near[start].lang].without
        for start in range(len(near))
        for end in range(start + 1, len(near) + 1)
    )


def _left(tokens: Sequence[Token], taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The runs of tokens between what is taken, parted at words that part, and without small words at their ends."""
    edges = [0, *(edge for start, end in taken for edge in (start, end)), len(tokens)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        cuts = [at for at in range(start, end) if tokens[at].splits]
        for first, last in zip([start, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True):
            first, last = _trimmed(tokens, first, last)
            if first < last:
                yield first, last


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
        known = grammar()[part[0].lang]
        if stems_of(part) in known.small or words_of(part) in known.without:
            return size
        if part[0].lang != "en" and (joint := plain_at(part, 0, JOINTS)) and joint[0] == size:
            return size
    return 0
