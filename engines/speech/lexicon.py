"""A user's own pronunciations: words and what is said for them, a line each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engines.speech.mapped import Mapped
from studio.errors import BadInput

MOST_LINES = 5000
LONGEST_LINE = 500
LINE = re.compile(r"(?:([a-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*:\s*)?(\"[^\"]+\"|[^=]+?)\s*=\s*(.+)")
FIRST_SIGN = "\u2e80"
IPA = re.compile(r"/(.+)/")


@dataclass(frozen=True)
class Entry:
    """``said`` or, where it isn't None, ``phonemes`` (IPA) for ``word``; in one language only where there is one."""

    word: str
    language: str
    said: str
    phonemes: str | None
    exact: bool


@dataclass(frozen=True)
class Lexicon:
    """Entries, found as whole words, the longest first; letters of either case are the same but for entries in quotes."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Lexicon":
        """From lines such as ``SQL = sequel``, ``en: live = /laɪv/`` or ``"US" = you ess``; ``#`` begins a remark.

        Raises BadInput with the line that can't be read.
        """
        entries: dict[tuple[str, str], Entry] = {}
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            found = LINE.fullmatch(line)
            if found is None or len(line) > LONGEST_LINE or number > MOST_LINES:
                raise BadInput("speech.lexicon_line", line=number, text=line[:40])
            exact = found[2].startswith('"')
            word = found[2].strip('"').strip()
            ipa = IPA.fullmatch(found[3].strip())
            entry = Entry(
                word, (found[1] or "").lower(), "" if ipa else found[3].strip(), ipa[1] if ipa else None, exact
            )
            entries[(word if exact else word.lower(), entry.language)] = entry
        return cls(tuple(sorted(entries.values(), key=lambda entry: -len(entry.word))))

    def parts(self, text: Mapped, language: str) -> Iterator[tuple[Mapped, str | None]]:
        """A text in stretches: with None, to be said as it is, words already changed; or with the phonemes that stand for it."""
        found = self._found(text.text, language)
        at = 0
        plain: list[tuple[tuple[int, int], str]] = []
        for start, end, entry in found:
            if entry.phonemes is None:
                plain.append(((start - at, end - at), entry.said))
                continue
            if start > at:
                yield text[at:start].replaced(plain), None
            yield text[start:end], entry.phonemes
            at, plain = end, []
        if at < len(text):
            yield text[at:].replaced(plain), None

    def _found(self, text: str, language: str) -> list[tuple[int, int, Entry]]:
        taken: list[tuple[int, int, Entry]] = []
        for entry in self.entries:
            if entry.language and not language.lower().startswith(entry.language):
                continue
            for match in _pattern(entry).finditer(text):
                start, end = match.span()
                if all(end <= first or start >= last for first, last, _ in taken):
                    taken.append((start, end, entry))
        return sorted(taken, key=lambda item: item[0])


def _pattern(entry: Entry) -> "re.Pattern[str]":
    """Whole words; signs of Chinese and Japanese have no borders."""
    word, case = re.escape(entry.word), 0 if entry.exact else re.IGNORECASE
    if entry.word[:1] >= FIRST_SIGN:
        return re.compile(word)
    return re.compile(rf"(?<![^\W_]){word}(?![^\W_])", case)
