"""Phrases that are no tags, such as *красный плащ* or 三只猫, as English: plain words, put together as both languages do it.

A phrase is a thing with what stands before it (colours, sizes, materials, numbers), or a verb with such a thing. A thing is a tag of
the library or a plain word (``assets/words/plain.csv``). Of an English phrase the words stay as they are.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from engines.words.tags import Tag
from engines.words.tokens import Key, Token, stems_of, tokens_of, words_of
from studio.paths import ASSETS

FILE = ASSETS / "words" / "plain.csv"
COLUMNS = ("en", "zh", "ru")
LONGEST = 6
MOST_BEFORE = 5
SHORT_STEM = 2
"""Stems of fewer letters than this say too little to be compared by."""
ONE = "one"
KINDS_BEFORE = ("number", "adj", "colour", "stuff")
"""Kinds that stand before a thing, in the order of English."""
PEOPLE = frozenset({"presence", "role", "race"})
BEFORE = frozenset({"material", "outfit_colour", "pattern"})
"""Categories whose tags may stand before a thing as its colour or stuff."""
THINGS = PEOPLE | {
    "outerwear", "top", "bottom", "full_outfit", "headgear", "gloves", "footwear", "jewellery", "carried", "armour", "weapon", "prop",
    "companion", "back", "horns", "ears", "eye_colour", "hair_style", "hair_colour", "hair_length", "hair_ornament", "facial_hair",
    "place", "skin", "marks", "nose", "mouth",
}  # fmt: skip
AROUND = {"上": "on", "下": "under", "里": "in", "中": "in"}
POSSESSIVE = "的"
SKIPPED = frozenset({"在", "着", "了"})
PLURALS = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "wolf": "wolves",
    "knife": "knives",
    "mouse": "mice",
    "foot": "feet",
}
SAME = ("s", "fish", "hair", "armour", "sheep", "deer")
HISS = ("x", "ch", "sh")


@dataclass(frozen=True)
class Plain:
    """A plain word: ``kind`` is number, adj, colour, stuff, noun, verb, prep or measure; ``slot`` the category that it speaks of; ``person`` of a
    noun says that it is one, of an adjective which tag it is of a person.
    """

    kind: str
    english: str
    slot: str = ""
    person: str = ""


@dataclass(frozen=True)
class Phrase:
    """What the tokens up to ``end`` say in English."""

    end: int
    english: str
    slot: str


class Phrases:
    """Finds phrases among tokens; ``named`` is what tag tokens name as a whole, if any."""

    def __init__(self, named: Callable[[Sequence[Token]], Tag | None]) -> None:
        self._named = named

    def at(self, clause: str, tokens: Sequence[Token], start: int) -> Phrase | None:
        """The longest phrase that begins at a token."""
        if tokens[start].lang == "en":
            return self._english(clause, tokens, start)
        verb = plain_at(tokens, start, ("verb",))
        if verb is None:
            return self._thing(tokens, start)
        end, word = verb
        at, joint = end, ""
        prep = plain_at(tokens, at, ("prep",))
        if prep:
            at, joint = prep[0], prep[1].english
        while at < len(tokens) and tokens[at].text in SKIPPED:
            at += 1
        thing = self._thing(tokens, at) if at < len(tokens) else None
        if thing is None:
            return Phrase(end, word.english, word.slot)
        at = thing.end
        if at < len(tokens) and tokens[at].text in AROUND:
            at, joint = at + 1, AROUND[tokens[at].text]
        return Phrase(at, " ".join(part for part in (word.english, joint, thing.english) if part), word.slot)

    def _thing(self, tokens: Sequence[Token], start: int) -> Phrase | None:
        """``(number | adjective)* thing``, and what it is made of."""
        before: list[Plain] = []
        places: list[int] = []
        at = start
        while at < len(tokens) and len(before) < MOST_BEFORE:
            found, head = plain_at(tokens, at, KINDS_BEFORE), self._head(tokens, at)
            if found is None or (head and head.end > found[0]):
                break
            if found[1].person and len(before) == 0 and self._is_person(tokens, found[0]):
                return Phrase(found[0], found[1].person, "")
            before.append(found[1])
            places.append(at)
            at = _behind(tokens, found[0])
        head = self._head(tokens, at) if at < len(tokens) else None
        if head is None and places and (noun := self._head(tokens, places[-1])):
            before.pop()
            head = noun
        if head is None:
            said = _joined([word for word in before if word.kind != "number"], "")
            return Phrase(at, said, "") if said else None
        english = _joined(before, head.english)
        of = plain_at(tokens, head.end, ("prep",))
        made = self._thing(tokens, of[0]) if of and of[1].english == "of" and of[0] < len(tokens) else None
        return (
            Phrase(made.end, f"{english} of {made.english}", head.slot)
            if made
            else Phrase(head.end, english, head.slot)
        )

    def _is_person(self, tokens: Sequence[Token], start: int) -> bool:
        """Whether a person follows, perhaps behind further words."""
        at = _behind(tokens, start)
        while at < len(tokens):
            head, found = self._head(tokens, at), plain_at(tokens, at, KINDS_BEFORE)
            if found is None or (head and head.end >= found[0]):
                word = plain_at(tokens, at, ("noun",))
                return bool((head and head.slot in PEOPLE) or (word and word[1].person))
            at = _behind(tokens, found[0])
        return False

    def _head(self, tokens: Sequence[Token], start: int) -> Phrase | None:
        """The longest thing that begins at a token; of a tag and a plain word of one length the plain word."""
        word = plain_at(tokens, start, ("noun",))
        for end in range(min(start + LONGEST, len(tokens)), word[0] if word else start, -1):
            tag = self._named(tokens[start:end])
            if tag is not None and tag.category in THINGS:
                return Phrase(end, tag.english, tag.category)
        return Phrase(word[0], word[1].english, word[1].slot) if word else None

    def _english(self, clause: str, tokens: Sequence[Token], start: int) -> Phrase | None:
        """Words before a thing, with it, as they were written."""
        at = start
        while at < min(len(tokens), start + MOST_BEFORE) and tokens[at].lang == "en":
            head = self._head(tokens, at)
            before = self._before(tokens, at)
            if head and (before is None or head.end > before[0] or (head.end == before[0] and not before[1])):
                whole = at > start or (head.end > start + 1 and self._named(tokens[start : head.end]) is None)
                fused = whole and not self._apart(tokens, start, head)
                said = clause[tokens[start].start : tokens[head.end - 1].end]
                return Phrase(head.end, said, head.slot) if fused else None
            if before is None:
                return None
            at = before[0]
        return None

    def _apart(self, tokens: Sequence[Token], start: int, head: Phrase) -> bool:
        """Whether the first word says something of a person that is a tag of its own."""
        word = plain_at(tokens, start, KINDS_BEFORE)
        return bool(word and word[1].person and head.slot in PEOPLE)

    def _before(self, tokens: Sequence[Token], start: int) -> tuple[int, bool] | None:
        """Where a word ends that can stand before a thing, and whether it surely does; None for one that can't: another tag, or a
        small word.
        """
        found = plain_at(tokens, start, KINDS_BEFORE)
        for end in range(min(start + LONGEST, len(tokens)), found[0] if found else start, -1):
            tag = self._named(tokens[start:end])
            if tag is not None:
                return (end, True) if tag.category in BEFORE else None
        if found:
            return found[0], True
        return (start + 1, False) if tokens[start].content else None


def plain_at(tokens: Sequence[Token], start: int, kinds: Sequence[str]) -> tuple[int, Plain] | None:
    """The longest plain word of these kinds that begins at a token, and where it ends."""
    words, stems = _plain()
    for end in range(min(start + LONGEST, len(tokens)), start, -1):
        part = tokens[start:end]
        for found in (words.get(words_of(part)), stems.get(stems_of(part))):
            for entry in found or ():
                if entry.kind in kinds:
                    return end, entry
    return None


def _joined(before: Sequence[Plain], thing: str) -> str:
    """What stands before a thing, in the order of English, and the thing; nothing twice."""
    ranks = {word.english: KINDS_BEFORE.index(word.kind) for word in before}
    *own, last = thing.split(" ") if thing else [""]
    while own and (kind := _kinds().get(own[0])):
        ranks.setdefault(own.pop(0), KINDS_BEFORE.index(kind))
    several = any(word.kind == "number" and word.english != ONE for word in before)
    words = [word for word in sorted(ranks, key=lambda word: ranks[word]) if word != ONE]
    return " ".join([*words, *own, plural(last) if several else last]).strip()


def plural(english: str) -> str:
    """Of a phrase whose last word is a thing, several; what ends in s is so already."""
    *before, last = english.split(" ")
    if last in PLURALS:
        last = PLURALS[last]
    elif not last.endswith(SAME):
        last = (
            last[:-1] + "ies"
            if last.endswith("y") and last[-2:-1] not in "aeiou"
            else last + ("es" if last.endswith(HISS) else "s")
        )
    return " ".join([*before, last])


def _behind(tokens: Sequence[Token], at: int) -> int:
    """Past measure words and 的."""
    while at < len(tokens) and tokens[at].lang == "zh-CN":
        measure = plain_at(tokens, at, ("measure",)) if plain_at(tokens, at, ("noun",)) is None else None
        if tokens[at].text != POSSESSIVE and measure is None:
            return at
        at = measure[0] if measure else at + 1
    return at


@cache
def _kinds() -> Mapping[str, str]:
    """Kind of each English word that stands before things."""
    return {
        entry.english: entry.kind for found in _plain()[0].values() for entry in found if entry.kind in KINDS_BEFORE
    }


def _forms(name: str) -> list[str]:
    """A Russian noun's name with forms of it, because stems of some forms differ."""
    if name.endswith(("а", "я")):
        return [name, f"{name[:-1]}ой", f"{name[:-1]}ами"]
    if name.endswith(("о", "е")):
        return [name, f"{name[:-1]}{'а' if name.endswith('о') else 'я'}", f"{name}м"]
    if name.endswith("ь"):
        return [name, f"{name[:-1]}и", f"{name[:-1]}ем", f"{name[:-1]}ями"]
    return [name, f"{name}а", f"{name}ом", f"{name}ами"]


@cache
def _plain() -> tuple[Mapping[Key, list[Plain]], Mapping[Key, list[Plain]]]:
    """Plain words by their words, and by their stems where these say enough."""
    words: dict[Key, list[Plain]] = {}
    stems: dict[Key, list[Plain]] = {}
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            entry = Plain(row["kind"], row["en"], row["slot"], row["person"])
            for column, name in ((each, name) for each in COLUMNS for name in row[each].split("|") if name):
                forms = _forms(name) if column == "ru" and entry.kind == "noun" and " " not in name else [name]
                words.setdefault(words_of(list(tokens_of(name))), []).append(entry)
                if column == "en" and entry.kind != "noun":
                    continue
                for tokens in (list(tokens_of(form)) for form in forms):
                    if all(len(token.stem) >= SHORT_STEM or token.lang == "zh-CN" for token in tokens):
                        stems.setdefault(stems_of(tokens), []).append(entry)
    return words, stems
