"""Ideas and finished prompts as lines. An idea is searched for tags; a finished prompt is taken apart at its commas, and nothing of it is lost."""

import textwrap
from collections.abc import Iterable

from engines.prompt._sheets import line_of
from engines.words.parameters import Parameters, read
from engines.words.parse import Lexicon
from engines.words.tags import TagLibrary
from engines.words.weights import Part, parse, plain
from studio.tasks._sheet import LONGEST, Line, Section

PARTS = 4
"""So many parts between commas, or a weight, or a negative prompt, make a text a finished prompt."""
SHORT = 60


class Ideas:
    """Reads texts with a library, into lines of a language. ``unwanted``: English names of the tags that they deny."""

    def __init__(self, library: TagLibrary, words: Lexicon, lang: str) -> None:
        self._library, self._words, self._lang = library, words, lang
        self.unwanted: list[str] = []

    def lines(self, text: str) -> list[Line]:
        """The lines of an idea, or of a finished prompt with or without its settings (which go)."""
        given = read(text)
        parts = parse(given.prompt)
        if not _is_finished(given, parts):
            return [line for part in parts for line in self._searched(part)]
        own = [line for part in parts for line in self._kept(part, "subject")]
        return own + [line for part in parse(given.negative) for line in self._kept(part, "negative")]

    def _searched(self, part: Part) -> list[Line]:
        """A line for each tag that a phrase names, and for each piece that no tag says."""
        parsed = self._words.parse(plain(part.text))
        lines = []
        for found in parsed.found:
            self.unwanted += [found.tag.english] * found.denied
            lines.append(line_of(found.tag, self._library, self._lang, weight=part.weight, negative=found.denied))
        return lines + _own("subject", parsed.rest, part.weight) + _own("negative", parsed.unwanted, part.weight)

    def _kept(self, part: Part, section: Section) -> list[Line]:
        """A part as it was written; what is a tag of the library, word by word, stands in its place of the sheet."""
        tag = self._words.tag(part.text)
        if tag is None or tag.english != part.text:
            return _own(section, [part.text], part.weight)
        return [line_of(tag, self._library, self._lang, weight=part.weight, negative=section == "negative")]


def _is_finished(given: Parameters, parts: list[Part]) -> bool:
    short = sum(len(part.text) <= SHORT for part in parts)
    weighed = any(part.weight != 1 or part.keyword for part in parts)
    return bool(given.line or given.negative) or weighed or (len(parts) >= PARTS and short == len(parts))


def _own(section: Section, phrases: Iterable[str], weight: float) -> list[Line]:
    """Lines in the words of the text."""
    pieces = (piece for phrase in phrases for piece in textwrap.wrap(phrase, LONGEST, break_on_hyphens=False))
    return [Line(section=section, text=piece, weight=weight) for piece in pieces]
