"""Ideas and finished prompts as lines. An idea is searched for tags; a finished prompt is taken apart at its commas, and nothing of it is lost."""

import re
import textwrap
from collections.abc import Iterable

from engines.prompt._sheets import line_of
from engines.words.parameters import Parameters, read
from engines.words.parse import Found, Lexicon, Made
from engines.words.tags import TagLibrary
from engines.words.weights import Part, parse, plain
from studio.tasks._sheet import LONGEST, Line, Section

PARTS = 4
"""So many parts between commas, or a weight, or a negative prompt, make a text a finished prompt."""
SHORT = 60
FOREIGN = re.compile(r"[\u0400-\u04ff\u3400-\u9fff]")


class Ideas:
    """Reads texts with a library, into lines of a language. ``unwanted``: English names of the tags that they deny;
    ``foreign``: phrases that go to the model as they are, though they aren't English.
    """

    def __init__(self, library: TagLibrary, words: Lexicon, lang: str) -> None:
        self._library, self._words, self._lang = library, words, lang
        self.unwanted: list[str] = []
        self.foreign: list[str] = []

    def lines(self, text: str) -> list[Line]:
        """The lines of an idea, or of a finished prompt with or without its settings (which go)."""
        given = read(text)
        parts = parse(given.prompt)
        if not _is_finished(given, parts):
            return [line for part in parts for line in self._searched(part)]
        own = [line for part in parts for line in self._kept(part, "subject")]
        return own + [line for part in parse(given.negative) for line in self._kept(part, "negative")]

    def _searched(self, part: Part) -> list[Line]:
        """A line for each tag that a phrase names and for what can be put into English, and for each piece that nothing says."""
        parsed = self._words.parse(plain(part.text))
        lines = []
        for found in parsed.found:
            if isinstance(found, Found):
                self.unwanted += [found.tag.english] * found.denied
                lines.append(line_of(found.tag, self._library, self._lang, weight=part.weight, negative=found.denied))
            else:
                lines.append(self._made(found, part.weight))
        self.foreign += [phrase for phrase in (*parsed.rest, *parsed.unwanted) if FOREIGN.search(phrase)]
        return lines + _own("subject", parsed.rest, part.weight) + _own("negative", parsed.unwanted, part.weight)

    def _made(self, made: Made, weight: float) -> Line:
        section: Section = "subject"
        if made.denied:
            section = "negative"
        elif made.slot in self._library.span:
            section = self._library.category(made.slot).section  # type: ignore[assignment]
        english = "" if made.said == made.english else made.english[:LONGEST]
        return Line(section=section, text=made.said[:LONGEST], english=english, slot=made.slot, weight=weight)

    def _kept(self, part: Part, section: Section) -> list[Line]:
        """A part as it was written; what is a tag of the library, word by word, stands in its place of the sheet. What isn't
        English is searched.
        """
        if FOREIGN.search(part.text) and section != "negative":
            return self._searched(part)
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
