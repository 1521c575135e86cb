"""Templates in ideas and in the lines of sheets: ``{a|b}``, ``__name__`` and variables, drawn by the seed and the sheet's number."""

from collections.abc import Iterable
from itertools import islice

from engines.words.dynamic_draw import draw
from engines.words.dynamic_list import combinations
from engines.words.dynamic_look import names, varies
from engines.words.matrix import MOST_ALTERNATIVES, sample
from engines.words.parameters import read
from engines.words.wildcards import Lists
from studio.errors import LimitReached
from studio.run import Run
from studio.tasks._sheet import LONGEST, Line

PLACES = 1 << 9
"""More than there are lines in a sheet, so that each has random numbers of its own."""
TRIES = 4


class Templates:
    """Draws with the word lists of a request. Raises BadInput for a template that can't be read, or that names no list."""

    def __init__(self, lists: Lists, seed: int) -> None:
        self._lists, self._seed = lists, seed

    def idea(self, text: str, number: int) -> str:
        """The idea of sheet ``number``. A prompt with its settings was drawn already, and stays as it is."""
        return self._drawn(text, 0, number) if is_template(text) else text

    def lines(self, lines: Iterable[Line], number: int) -> list[Line]:
        """The lines of sheet ``number``; in one line, text and English take the same turns."""
        return [self._line(line, place, number) for place, line in enumerate(lines, 1)]

    def every(self, text: str, most: int, run: Run) -> list[str]:
        """All ideas of a template, or ``most`` different ones by the seed where there are more, which is remarked."""
        try:
            found = list(dict.fromkeys(islice(combinations(text, lists=self._lists), MOST_ALTERNATIVES)))
        except LimitReached:
            found = []
        if 0 < len(found) <= most:
            return found
        if 0 < len(found) < MOST_ALTERNATIVES:
            run.note("prompt.sampled", count=most, total=len(found))
            return [each for (each,) in sample([found], most, seed=self._seed)]
        drawn = dict.fromkeys(self._drawn(text, 0, number) for number in range(TRIES * most))
        some = list(drawn)[:most]
        run.note("prompt.sampled", count=len(some), total=f"{MOST_ALTERNATIVES}+")
        return some

    def _line(self, line: Line, place: int, number: int) -> Line:
        if not (varies(line.text) or varies(line.english)):
            return line
        text, english = (self._drawn(each, place, number).strip()[:LONGEST] for each in (line.text, line.english))
        return line.model_copy(update={"text": text or line.text, "english": english})

    def _drawn(self, text: str, place: int, number: int) -> str:
        if not varies(text):
            return text
        return draw(text, seed=self._seed * PLACES + place, first=number, lists=self._lists)[0]


def is_template(idea: str) -> bool:
    return varies(idea) and not read(idea).line


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The word lists that any of the texts names."""
    return frozenset(name for text in texts if varies(text) for name in names(text))
