"""A prompt as runs of text of one weight each, which is what a text encoder needs of AUTOMATIC1111's attention marks.

What changes at a step or takes turns, ``[a:b:0.5]`` and ``[a|b]``, can't be drawn with one encoding: of the first what it
ends with is kept, of the second what it begins with. ``BREAK`` and ``AND`` begin a section.
"""

from collections.abc import Iterator

from engines.words.brackets import OPAQUE, hidden, outside, pairs
from engines.words.weights import ESCAPED, KEYWORD, SCHEDULED, STATED

STRONGER = 1.1
Section = list[tuple[str, float]]


def sections(prompt: str) -> list[Section]:
    """The prompt's sections, each as (text, weight) in order, without marks, backslashes and ``<lora:…>``.

    A bracket that isn't closed stands for itself. There is at least one section; it may be empty.
    """
    weights = [1.0] * len(prompt)
    gone = _unspoken(prompt)
    for start, end in pairs(prompt).items():
        if prompt[start] == "{":
            continue
        first, last, factor = _mark(prompt, start, end)
        gone |= {*range(start, first), *range(last, end + 1)}
        for place in range(first, last):
            weights[place] *= factor
    found, at = [], 0
    skip = hidden(prompt)
    for match in KEYWORD.finditer(prompt):
        if match.start() not in skip:
            found.append(list(_runs(prompt, weights, gone, range(at, match.start()))))
            at = match.end()
    return [*found, list(_runs(prompt, weights, gone, range(at, len(prompt))))]


def _unspoken(prompt: str) -> set[int]:
    """Places of ``<lora:…>`` and of the backslashes of escaped signs."""
    inside = {place for match in OPAQUE.finditer(prompt) for place in range(*match.span())}
    slashes = {match.start() for match in ESCAPED.finditer(prompt)}
    return inside | slashes


def _mark(prompt: str, start: int, end: int) -> tuple[int, int, float]:
    """From where to where a pair of brackets leaves text standing, and how much more it counts."""
    inner = prompt[start + 1 : end]
    if prompt[start] == "(":
        stated = STATED.search(inner)
        return (start + 1, start + 1 + stated.start(), float(stated[1])) if stated else (start + 1, end, STRONGER)
    free = outside(inner)
    turns = [place for place, sign in enumerate(inner) if sign == "|" and free[place]]
    if turns:
        return start + 1, start + 1 + turns[0], 1.0
    scheduled = SCHEDULED.search(inner)
    if scheduled and free[scheduled.start()]:
        colons = [place for place in range(scheduled.start()) if inner[place] == ":" and free[place]]
        first = colons[-1] + 1 if colons else 0
        return start + 1 + first, start + 1 + scheduled.start(), 1.0
    return start + 1, end, 1 / STRONGER


def _runs(prompt: str, weights: list[float], gone: set[int], places: range) -> Iterator[tuple[str, float]]:
    text, weight = "", 1.0
    for place in places:
        if place in gone:
            continue
        if text and weights[place] != weight:
            yield text, weight
            text = ""
        text, weight = text + prompt[place], weights[place]
    if text.strip():
        yield text, weight
