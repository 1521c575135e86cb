"""The forms in which a language model answers about sheets, and what must be true of an answer."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from engines.words.llm_json import Form
from engines.words.parse import Lexicon
from studio.tasks._sheet import LONGEST, MOST_LINES, Line, Section

Limits = dict[str, dict[str, Any]]
FOREIGN = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters that stand in no English phrase."""
PHRASE = 160
SHEET = (8, 40)
"""Length of a phrase, and lines of a sheet, for models that are held to it: small ones know no end."""
LATIN = r"!#-\[\]-~\u00c0-\u024f\u2019"
UNSEEN = r"\"\\\p{C}\p{Z}"
WORDED: Limits = {
    "english": {"pattern": f"^[{LATIN}][ {LATIN}]*$", "maxLength": PHRASE},
    "text": {"pattern": f"^[^{UNSEEN}]([^{UNSEEN}]| )*$", "maxLength": PHRASE},
}
"""Phrases without marks that JSON would have to escape."""


class Shape(BaseModel):
    """Part of an answer: a server that can is held to it, others may say more than that."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})


class Phrase(Shape):
    english: str

    def read(self) -> str:
        """The phrase for a reader."""
        return self.english


class Told(Phrase):
    text: str

    def read(self) -> str:
        return self.text


class Placed(Phrase):
    section: Section


class PlacedTold(Told):
    section: Section


class Numbered(Told):
    number: int


class OneSheet(Shape):
    lines: list[Placed]


class OneSheetTold(Shape):
    lines: list[PlacedTold]


class Sheets(Shape):
    sheets: list[OneSheet]


class SheetsTold(Shape):
    sheets: list[OneSheetTold]


class Versions(Shape):
    lines: list[Phrase]


class VersionsTold(Shape):
    lines: list[Told]


class Translated(Shape):
    lines: list[Numbered]


def sheets_form(count: int, language: str) -> Form[Any]:
    """``count`` sheets; in English a line is said once."""

    def check(found: Sheets | SheetsTold) -> str:
        if len(found.sheets) < count:
            return f"sheets: {len(found.sheets)} of {count} are there"
        return next(filter(None, (_wrong(sheet.lines) for sheet in found.sheets)), "")

    limits: Limits = {**WORDED, **_many("sheets", count, count), **_many("lines", *SHEET)}
    return Form("sheets", Sheets if language == "en" else SheetsTold, check, limits)


def caption_form(language: str) -> Form[Any]:
    """The lines of one picture."""

    def check(found: OneSheet | OneSheetTold) -> str:
        return _wrong(found.lines)

    limits: Limits = {**WORDED, **_many("lines", *SHEET)}
    return Form("caption", OneSheet if language == "en" else OneSheetTold, check, limits)


def line_of(found: Placed | PlacedTold, words: Lexicon) -> Line:
    """A line of an answer; with its category, where the tag library knows the phrase."""
    tag = words.tag(found.english)
    known = tag is not None and words.library.category(tag.category).section == found.section
    slot = tag.category if tag and known else ""
    return Line(section=found.section, text=found.read().strip(), english=found.english.strip(), slot=slot)


def versions_form(count: int, language: str) -> Form[Any]:
    """``count`` versions of a line."""

    def check(found: Versions | VersionsTold) -> str:
        if len(found.lines) < count:
            return f"lines: {len(found.lines)} of {count} versions are there"
        return _wrong(found.lines)

    limits: Limits = {**WORDED, **_many("lines", count, count)}
    return Form("versions", Versions if language == "en" else VersionsTold, check, limits)


def translation_form(numbers: Sequence[int]) -> Form[Translated]:
    """A line for each of these numbers."""
    limits: Limits = {**WORDED, **_many("lines", len(numbers), len(numbers)), "number": {"enum": [*numbers]}}
    return Form("translation", Translated, _each(frozenset(numbers)), limits)


def _many(name: str, least: int, most: int) -> Limits:
    return {name: {"minItems": least, "maxItems": most}}


def _each(wanted: frozenset[int]) -> Callable[[Translated], str]:
    def check(found: Translated) -> str:
        missing = sorted(wanted - {line.number for line in found.lines})
        if missing:
            return f"lines: these numbers are missing: {', '.join(map(str, missing))}"
        return _wrong(found.lines)

    return check


def _wrong(lines: Sequence[Phrase]) -> str:
    if not 0 < len(lines) <= MOST_LINES:
        return f"lines: there must be 1 to {MOST_LINES}"
    return next(filter(None, map(_wrong_phrase, _phrases(lines))), "")


def _phrases(lines: Iterable[Phrase]) -> Iterable[tuple[str, str]]:
    for line in lines:
        yield "english", line.english
        if isinstance(line, Told):
            yield "text", line.text


def _wrong_phrase(named: tuple[str, str]) -> str:
    name, phrase = named
    if not phrase.strip():
        return f"{name}: must not be empty"
    if len(phrase) > LONGEST:
        return f"{name}: must have at most {LONGEST} characters: {phrase[:60]}"
    if name == "english" and FOREIGN.search(phrase):
        return f"english: must be in English: {phrase[:60]}"
    return ""
