"""Where sentences end, in three scripts and those like them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engines.speech.normalise import TONGUES

LONGEST = 300
"""A longer sentence is said in pieces, of at most so many characters."""
STOP = re.compile(r"[.!?…‽]+[\"'”’»)\]]*(?=\s|$|[\u3000-\u9fff\"“«(])|[。！？!?．؟۔।॥]+[”’」』）》\"]*|\n+")
CLAUSE = re.compile(r"[,;:，、；：—–)）](?=\s|[\u3000-\u9fff])|[，、；：]")
PARAGRAPH_MS, SENTENCE_MS, CLAUSE_MS = 650, 330, 120
LAST_WORD = re.compile(r"[^\s(\[\"'“«]+$")
INITIAL = re.compile(r"(?:^|[\s.(«\"“-])[A-ZА-ЯЁ]\.$")
LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d{1,3}|[a-zа-я])[.)]$")
COUNTED = "г. гг. в. вв. руб. коп. т. п. с. чел. шт. сек. ч. jan. mar. apr. jun. jul."
SHORT_NAMES = frozenset(
    name.lower()
    for tongue in TONGUES.values()
    for names in (*tongue.words.abbreviations, *tongue.words.before_figures)
    for name in (names, names.rpartition(" ")[2])
    if name.endswith(".")
) | frozenset(COUNTED.split())
BEFORE_FIGURES = frozenset({"no.", "p.", "ch.", "fig.", "vol."})
LAST_TOO = "etc. д. т.д. т.п. п. др. пр. г. гг. a.m. p.m. inc. co. jr. руб. st. u.s. н.э. э. в. коп. чел. шт. ч. сек."
ENDING = frozenset(LAST_TOO.split())
"""Short forms that a sentence may end with: it does where a capital follows."""


@dataclass(frozen=True)
class Sentence:
    """A span of a text, and the silence after it in milliseconds."""

    start: int
    end: int
    pause_ms: int


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Sentence]:
    """The sentences of a text, or of a part of it, in order and without the white space between them."""
    until = len(text) if end is None else end
    at = start
    for stop in STOP.finditer(text, start, until):
        mark = stop[0]
        pause = PARAGRAPH_MS if mark.count("\n") > 1 else SENTENCE_MS
        if not _ends(text, at, stop, until):
            continue
        yield from _pieces(text, at, stop.end(), pause)
        at = stop.end()
    yield from _pieces(text, at, until, SENTENCE_MS)


def _ends(text: str, at: int, stop: "re.Match[str]", until: int) -> bool:
    mark, after = stop[0], text[stop.end() : stop.end() + 40].lstrip()
    if mark.startswith("\n"):
        return mark.count("\n") > 1 or not (after[:1].islower() and text[at : stop.start()].rstrip()[-1:].isalnum())
    if after[:1].islower() and stop.end() < until:
        return False
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    before = text[max(at, stop.start() - 24) : stop.start() + 1]
    if LIST_NUMBER.search(before) or INITIAL.search(before):
        return False
    last = LAST_WORD.search(before)
    short = last[0].lower() if last else ""
    if short in BEFORE_FIGURES and not after[:1].isdigit() and (not after or after[:1].isupper()):
        return True
    if short not in SHORT_NAMES:
        return True
    return (
        short in ENDING and after[:1].isupper() and not (short in ("г.", "д.", "st.") and _before_name(text, at, stop))
    )


def _before_name(text: str, at: int, stop: "re.Match[str]") -> bool:
    """Whether a short form stands before what it names (г. Москва, St. Paul), and not behind it (2024 г., и т. д., Main St.)."""
    word = LAST_WORD.sub("", text[at : stop.start()]).rstrip().rpartition(" ")[2]
    return not (word[-1:].isdigit() or word[:1].isupper() or word.endswith("."))


def _pieces(text: str, start: int, end: int, pause_ms: int) -> Iterator[Sentence]:
    """A sentence, in pieces where it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        cut = _cut(text, start)
        yield Sentence(start, cut, CLAUSE_MS)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield Sentence(start, end, pause_ms)


def _cut(text: str, start: int) -> int:
    """Where a long sentence is best parted: behind a clause, else at a space, else at its longest."""
    limit = start + LONGEST
    clauses = [found.end() for found in CLAUSE.finditer(text, start + LONGEST // 3, limit)]
    if clauses:
        return clauses[-1]
    space = text.rfind(" ", start + 1, limit)
    return space if space > start else limit
