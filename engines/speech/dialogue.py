"""Texts in which names say lines: ``Anna: Good morning.``"""

import re
from collections.abc import Iterator, Mapping, Sequence

from studio.errors import BadInput

NAMED = re.compile(r"^[ \t]*([^\W\d_][\w .'’-]{0,30}?)\s?[:：](?!//)[ \t]*(?=\S)", re.MULTILINE)
PART = re.compile(r"[;,\n]")


def cast(text: str) -> dict[str, str]:
    """Voices by name from ``Anna=nora; Boris=mark``. Raises BadInput for a part that isn't such."""
    found = {}
    for part in filter(str.strip, PART.split(text)):
        name, between, voice = (word.strip() for word in part.partition("="))
        if not (name and between and voice):
            raise BadInput("speech.cast", part=part.strip()[:40])
        found[name.casefold()] = voice
    return found


def lines(text: str, known: Mapping[str, str], players: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, voice) of each line of a dialogue, without its name; what comes before the first has the usual voice.

    A name that isn't in ``known`` gets the next of ``players`` that nobody has, or, where some are known, isn't a name.
    """
    voices = dict(known)
    free = [player for player in players if player not in known.values()]
    marks = [mark for mark in NAMED.finditer(text) if not known or mark[1].casefold() in known]
    first = marks[0].start() if marks else len(text)
    if text[:first].strip():
        yield 0, first, ""
    for mark, after in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        name = mark[1].casefold()
        if name not in voices:
            voices[name] = free[len(voices) % len(free)] if free else ""
        yield mark.end(), after, voices[name]
