"""Which tag of each category a picture shows, by a network that knows pictures and words; no tag where nothing fits.

A category's tags compete with each other and with phrases that say that it is none of them (``assets/describe/ranking.toml``). What
the tags mean is worked out once for a network and a library, and kept in files.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engines.arrays import Floats
from engines.words.tags import Category, Tag, TagLibrary
from studio.paths import ASSETS

AT_ONCE = 16
"""Phrases between two looks at the caller's tick."""


class Space(Protocol):
    """What knows words: ``scale`` and ``phrases`` as of ``Clip``."""

    scale: float

    def phrases(self, phrases: Sequence[str]) -> Floats: ...


@dataclass(frozen=True)
class Question:
    """Phrases with ``{tag}`` in them, those that say that it is none, and whether the head is to be looked at."""

    say: tuple[str, ...]
    nothing: tuple[str, ...]
    near: bool = False


@dataclass(frozen=True)
class Ranked:
    """A tag that is seen, and how likely it is among all answers of its category, 0..1."""

    tag: Tag
    sure: float


class Ranker:
    """Ranks the tags of a library against pictures."""

    def __init__(self, space: Space, library: TagLibrary, *, keep: "Keep", tick: Callable[[int, int], None]) -> None:
        """``tick`` is called with the number of phrases that are understood, and of all; it may raise."""
        self._library, self._scale = library, space.scale
        asked = {
            category.name: _phrases(category, library)
            for category in library.categories
            if category.name not in questions().skip
        }
        done, total = 0, sum(map(_count, asked.values()))
        self._answers: dict[str, Floats] = {}
        for name, phrases in asked.items():
            tick(done, total)
            self._answers[name] = keep.of(phrases, partial(_meanings, space, partial(tick, done, total)))
            done += _count(phrases)
        tick(total, total)

    def chances(self, category: str, seen: Floats) -> Floats:
        """float64 N: how likely each tag of the category is for a picture (float32 D); what is missing to 1 is nothing of these."""
        likely = self._scale * (self._answers[category].astype(np.float64) @ seen.astype(np.float64))
        likely = np.exp(likely - likely.max())
        return np.asarray((likely / likely.sum())[: len(self._library.of(category))])

    def __call__(self, whole: Floats, near: Floats | None = None, skip: frozenset[str] = frozenset()) -> list[Ranked]:
        """At most one tag of each category that isn't skipped, in the library's order; of tags that exclude each other the surest.

        ``whole`` and ``near`` are places of the picture and of the head in it, float32 D.
        """
        found = []
        for category in self._library.categories:
            if category.name in self._answers and category.name not in skip and self._library.of(category.name):
                seen = near if near is not None and question(category).near else whole
                chances = self.chances(category.name, seen)
                best = int(chances.argmax())
                if chances[best] >= questions().sure:
                    found.append(Ranked(self._library.of(category.name)[best], float(chances[best])))
        return self._together(found)

    def _together(self, found: Sequence[Ranked]) -> list[Ranked]:
        """Those that can be together, the surer ones first asked."""
        number, apart = self._library.number, self._library.apart
        kept: list[Ranked] = []
        for one in sorted(found, key=lambda one: -one.sure):
            if not any(apart[number[one.tag.english], number[other.tag.english]] for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda one: number[one.tag.english])


@dataclass(frozen=True)
class Keep:
    """Files in a folder that hold what phrases mean to a network, by its hash; None keeps nothing."""

    folder: Path | None
    network: str

    def of(self, phrases: Sequence[Sequence[str]], meanings: Callable[[Sequence[Sequence[str]]], Floats]) -> Floats:
        """What the phrases mean, from its file, else worked out and written."""
        if self.folder is None:
            return meanings(phrases)
        text = json.dumps([self.network, phrases], ensure_ascii=False)
        file = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npy"
        with suppress(OSError, ValueError, EOFError):
            kept = np.load(file, allow_pickle=False)
            if kept.ndim == 2 and len(kept) == len(phrases):
                file.touch()
                return np.asarray(kept)
        new = meanings(phrases)
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{id(new):x}.tmp")
        with beside.open("wb") as stream:
            np.save(stream, new)
        beside.replace(file)
        return new


@dataclass(frozen=True)
class Questions:
    sections: Mapping[str, Question]
    categories: Mapping[str, Question]
    other: Question
    skip: frozenset[str]
    sure: float


@cache
def questions() -> Questions:
    """How is asked."""
    data = tomllib.loads((ASSETS / "describe" / "ranking.toml").read_text(encoding="utf-8"))

    def read(entry: Mapping[str, Any]) -> Question:
        return Question(tuple(entry["say"]), tuple(entry["nothing"]), bool(entry.get("near", False)))

    sections, categories = (
        {name: read(entry) for name, entry in data[kind].items()} for kind in ("section", "category")
    )
    return Questions(sections, categories, read(data["other"]), frozenset(data["skip"]), float(data["sure"]))


def question(category: Category) -> Question:
    """How is asked for a category: as for itself, for its section, or for one that nobody knows."""
    known = questions()
    usual = known.other if category.own else known.sections.get(category.section, known.other)
    return known.categories.get(category.name, usual)


def _phrases(category: Category, library: TagLibrary) -> list[list[str]]:
    """Of each tag the phrases that say it, and of nothing one each."""
    asked = question(category)
    tags = [[say.replace("{tag}", tag.english) for say in asked.say] for tag in library.of(category.name)]
    return [*tags, *([phrase] for phrase in asked.nothing)]


def _count(phrases: Sequence[Sequence[str]]) -> int:
    return sum(map(len, phrases))


def _meanings(space: Space, tick: Callable[[], None], phrases: Sequence[Sequence[str]]) -> Floats:
    """float16 NxD of length 1: the mean of what each one's phrases mean."""
    flat = [phrase for several in phrases for phrase in several]
    parts = []
    for start in range(0, len(flat), AT_ONCE):
        tick()
        parts.append(space.phrases(flat[start : start + AT_ONCE]))
    places, sizes = np.concatenate(parts), [len(several) for several in phrases]
    means = np.add.reduceat(places, np.cumsum([0, *sizes[:-1]]), axis=0)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float16)
