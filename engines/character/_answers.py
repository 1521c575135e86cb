"""What of the drawn library answers to a line of a sheet: a part that is labelled with its tag, else the nearest one."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from engines.words.parse import Lexicon, tokens_of
from engines.words.tags import Floats, Tag
from studio.paths import ASSETS
from studio.tasks._sheet import Line

SAID = 3.0
"""What a label with the very tag counts; shared words count up to 1, nearness in the library's space up to ``NEAR``."""
NEAR = 0.5
REACH = 2.5
"""Distance in the library's space at which nearness has fallen to a third."""
TRULY = 0.3
"""From this share of common words on, a part that isn't labelled with a tag speaks of it all the same."""


@dataclass(frozen=True)
class Answer:
    """A candidate by name; ``line`` is the line that it answers best, ``score`` how well it answers all of them."""

    name: str
    line: Line | None
    score: float

    @property
    def how(self) -> str:
        """``tag`` for a label with the very tag, ``near`` for a similar one, ``chance`` for neither."""
        if self.line is None:
            return "chance"
        return "tag" if self.score >= SAID else "near"


@cache
def rules() -> Mapping[str, Any]:
    """Which categories speak of what."""
    return tomllib.loads((ASSETS / "figure" / "answers.toml").read_text(encoding="utf-8"))


def lines_of(lines: Iterable[Line], categories: Sequence[str]) -> list[Line]:
    """Wanted lines of these categories."""
    return [line for line in lines if line.slot in categories and line.section != "negative" and line.weight > 0]


@dataclass(frozen=True)
class Answers:
    """Compares lines with labels by a lexicon of the tag library."""

    words: Lexicon

    def ranked(self, lines: Sequence[Line], labels: Mapping[str, Sequence[str]]) -> list[Answer]:
        """Candidates (name → the tags that it is labelled with), the best answer to the lines first."""
        found = []
        for name, tags in labels.items():
            scores = [self._score(line, tags) * line.weight for line in lines]
            best = int(np.argmax(scores)) if scores else 0
            found.append(Answer(name, lines[best] if scores else None, sum(scores)))
        return sorted(found, key=lambda answer: -answer.score)

    def speaks(self, line: Line, tags: Sequence[str]) -> bool:
        """Whether labels and a line have the tag, or enough words, in common."""
        return self._score(line, tags) >= SAID or any(_shared(line.said, label) >= TRULY for label in tags)

    def told(self, line: Line, labels: Sequence[str]) -> bool:
        """Whether one of the labels is the very tag, or another name of it."""
        names = {*labels, *(tag.english for label in labels if (tag := self._tag(label)) is not None)}
        tag = self._tag(line.said)
        said = {line.said.casefold(), line.text.casefold(), *((tag.english,) if tag else ())}
        return bool(said & names)

    def alike(self, line: Line, labels: Sequence[str]) -> float:
        """The largest share of words that the line has in common with a label, 0..1."""
        return max((_shared(line.said, label) for label in labels), default=0.0)

    def _score(self, line: Line, tags: Sequence[str]) -> float:
        tag = self._tag(line.said)
        if line.said in tags or (tag is not None and tag.english in tags):
            return SAID
        shared = max((_shared(line.said, label) for label in tags), default=0.0)
        return shared + NEAR * self._nearness(tag, tags)

    def _nearness(self, tag: Tag | None, tags: Sequence[str]) -> float:
        others = [other.place for label in tags if (other := self._tag(label)) is not None]
        if tag is None or not others:
            return 0.0
        middle: Floats = np.mean(np.array(others, np.float32), 0)
        distance = float(np.linalg.norm(np.array(tag.place, np.float32) - middle))
        return float(np.exp(-((distance / REACH) ** 2)))

    def _tag(self, phrase: str) -> Tag | None:
        return self.words.tag(phrase)


def _shared(one: str, other: str) -> float:
    """Common words as a share of all, 0..1."""
    first, second = _stems(one), _stems(other)
    return len(first & second) / (len(first | second) or 1)


@lru_cache(8192)
def _stems(phrase: str) -> frozenset[str]:
    return frozenset(token.stem for token in tokens_of(phrase))
