"""Attention marks in prompts as AUTOMATIC1111's web interface reads them.

``(x)`` counts 1.1 times, ``[x]`` 1/1.1 times, ``(x:1.2)`` as stated; marks nest; ``\\(`` is a bracket itself. Kept as
they are: ``BREAK`` and ``AND`` between parts, ``[a:b:0.5]`` (changes at a step), ``[a|b]`` (take turns),
``<lora:x:1>`` and ``{a|b}``.
Source: the project's wiki, page Features, "Attention/emphasis", "Prompt editing", "Alternating words", "BREAK".
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from engines.words.brackets import OPAQUE, hidden, outside, pairs

ROUND = math.nextafter(1.1, 2)
"""One unit in the last place above 1.1, so that ``(x)`` and ``(x:1.1)`` stay apart and both come back as written."""
HEAVIEST = 2.0
"""A part that counts more keeps its marks in its text, for no line of a sheet holds such a weight."""
MOST_MARKS = 12
PLACES = 6
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
STATED = re.compile(rf":({NUMBER})\Z")
SCHEDULED = re.compile(rf":\s*{NUMBER}\s*\Z")
KEYWORD = re.compile(r"\b(?:BREAK|AND)\b")
ESCAPED = re.compile(r"\\([()\[\]\\])")


@dataclass(frozen=True)
class Part:
    """What stands between two commas, or a keyword.

    ``text`` is in the same notation, less the marks around the whole of it; 0 < ``weight`` <= ``HEAVIEST``. ``raw`` is
    how it was written, ``after`` what stood behind it and ``before`` what stood in front of the first; all three are
    empty in new parts.
    """

    text: str
    weight: float = 1.0
    raw: str = ""
    after: str = ""
    before: str = ""

    @property
    def keyword(self) -> bool:
        """Whether it is ``BREAK`` or ``AND``, which no comma parts from its neighbours."""
        return KEYWORD.fullmatch(self.text) is not None


def parse(prompt: str) -> list[Part]:
    """The parts of a prompt in their order; none of one that holds nothing but commas and blanks.

    Otherwise ``write(parse(prompt))`` is the prompt, sign by sign, and the same prompt to the model when it is written
    from texts and weights alone.
    """
    spans = list(_spans(prompt))
    parts: list[Part] = []
    for (start, end), (following, _) in pairwise([*spans, (len(prompt), 0)]):
        raw = prompt[start:end]
        before = "" if parts else prompt[:start]
        parts.append(Part(*peel(raw), raw, prompt[end:following], before))
    return parts


def write(parts: Iterable[Part]) -> str:
    """The prompt that the parts make; what was changed since it was read is written anew."""
    out, left = "", None
    for part in parts:
        if left is None:
            out = part.before
        else:
            out += left.after if _separates(left, part) else _gap(left, part)
        kept = part.raw and peel(part.raw) == (part.text, part.weight)
        out += part.raw if kept else weighted(part.text, part.weight)
        left = part
    return out + (left.after if left else "")


def weighted(text: str, weight: float) -> str:
    """A text with its marks: none for 1, and never around a keyword or ``<lora:…>``, which take none.

    Brackets in it that aren't closed are escaped where marks go around them, or they would take these for their own.
    """
    if weight == 1 or not text.strip() or KEYWORD.fullmatch(text) or OPAQUE.fullmatch(text):
        return text
    text = _closed(text)
    for count in range(1, MOST_MARKS + 1):
        if weight == _power(ROUND, count) and not STATED.search(text):
            return "(" * count + text + ")" * count
        if weight == _power(1 / ROUND, count) and not _kept(text):
            return "[" * count + text + "]" * count
    stated = f"{weight:.{PLACES}f}".rstrip("0").rstrip(".")
    return f"({text}:{stated})"


def peel(raw: str) -> tuple[str, float]:
    """Text and weight of one part: marks around the whole of it become the weight.

    Where that would be beyond what a part may have, everything stays in the text and the weight is 1.
    """
    text, weight = raw, 1.0
    for _ in range(2 * MOST_MARKS):
        inner = _inside(text)
        if inner is None:
            return (text, weight) if 0 < weight <= HEAVIEST else (raw, 1.0)
        text, weight = inner[0], weight * inner[1]
    return raw, 1.0


def plain(text: str) -> str:
    """The words alone: marks and backslashes go, and ``<lora:…>``; of a change at a step the last is said, of turns
    the first. ``_(`` opens a bracket of a danbooru name, which is kept; a bracket that isn't closed goes before a word.
    """
    text = OPAQUE.sub("", text)
    gone = bytearray(len(text))
    for start, end, signs in _marks(text):
        if text[start] == "(" and text[start - 1 : start] == "_":
            continue
        gone[start] = gone[end] = 1
        inner = text[start + 1 : end]
        if text[start] == "(":
            stated = STATED.search(inner)
            first, last = start, start + 1 + stated.start() if stated else end
        elif any(text[place] == "|" for place in signs):
            first, last = start, next(place for place in signs if text[place] == "|")
        elif SCHEDULED.search(inner):
            *earlier, last = signs
            first = earlier[-1] if earlier and text[earlier[-1] + 1 : last].strip() else start
            last = earlier[-1] if earlier and first == start else last
        else:
            continue
        gone[start : first + 1] = b"\x01" * (first + 1 - start)
        gone[last:end] = b"\x01" * (end - last)
    for place in set(_lone(text)):
        gone[place] |= text[place] in "([" and text[place + 1 : place + 2].isalnum()
    kept = "".join(sign for place, sign in enumerate(text) if not gone[place])
    return " ".join(ESCAPED.sub(r"\1", kept).split())


def _spans(prompt: str) -> Iterator[tuple[int, int]]:
    """From where to where each part goes, without blanks around it."""
    free = outside(prompt)
    cuts = [(place, place + 1, False) for place, sign in enumerate(prompt) if sign == "," and free[place]]
    cuts += [(*match.span(), True) for match in KEYWORD.finditer(prompt) if free[match.start()]]
    at = 0
    for start, end, keyword in [*sorted(cuts), (len(prompt), len(prompt), False)]:
        words = prompt[at:start].strip()
        if words:
            first = prompt.index(words, at)
            yield first, first + len(words)
        if keyword:
            yield start, end
        at = end


def _inside(text: str) -> tuple[str, float] | None:
    """What the outermost mark holds and how much it counts; None where none is around the whole text, or where a bracket
    in it lasts beyond it.
    """
    if text[:1] not in ("(", "[") or pairs(text).get(0) != len(text) - 1:
        return None
    inner, factor = text[1:-1], ROUND
    if text[0] == "[":
        if _kept(inner):
            return None
        factor = 1 / ROUND
    elif stated := STATED.search(inner):
        inner, factor = inner[: stated.start()], float(stated[1])
    return (inner, factor) if inner.strip() and next(_lone(inner), None) is None else None


def _kept(inner: str) -> bool:
    """Whether square brackets around it mean a change at a step or turns."""
    free = outside(inner)
    changes = SCHEDULED.search(inner)
    turns = any(sign == "|" and free[place] for place, sign in enumerate(inner))
    return turns or (changes is not None and free[changes.start()])


def _marks(text: str) -> Iterator[tuple[int, int, list[int]]]:
    """Start and end of each mark, and the places of ``:`` and ``|`` that stand right in it."""
    found, skip = pairs(text), hidden(text)
    stack: list[tuple[int, list[int]]] = []
    for place, sign in enumerate(text):
        if place in found and sign != "{":
            stack.append((place, []))
        elif stack and place == found[stack[-1][0]]:
            start, signs = stack.pop()
            yield start, place, signs
        elif sign in ":|" and stack and place not in skip:
            stack[-1][1].append(place)


def _closed(text: str) -> str:
    """The text with a backslash before each round or square bracket without its other half, and at its end."""
    lone = set(_lone(text))
    if text.endswith("\\") and len(text) - 1 not in hidden(text):
        lone.add(len(text) - 1)
    return "".join("\\" + sign if place in lone else sign for place, sign in enumerate(text))


def _lone(text: str) -> Iterator[int]:
    """Places of round and square brackets without their other half."""
    found, skip = pairs(text), hidden(text)
    matched = {*found, *found.values(), *skip}
    return (place for place, sign in enumerate(text) if sign in "()[]" and place not in matched)


def _power(factor: float, count: int) -> float:
    product = 1.0
    for _ in range(count):
        product *= factor
    return product


def _separates(left: Part, right: Part) -> bool:
    return bool(left.after) if left.keyword or right.keyword else "," in left.after


def _gap(left: Part, right: Part) -> str:
    return " " if left.keyword or right.keyword else ", "
