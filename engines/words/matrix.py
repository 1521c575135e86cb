"""All combinations of what may stand in several lines, or a sample of them. The whole product is never built."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice, product
from random import Random
from typing import TypeVar

from engines.words.dynamic_list import combinations
from engines.words.wildcards import NONE, Lists
from studio.errors import LimitReached

T = TypeVar("T")
MOST_ALTERNATIVES = 10_000


def alternatives(line: str, *, lists: Lists = NONE) -> tuple[str, ...]:
    """What may stand in a line that is a template of ``engines.words.dynamic``, each once; the line itself where nothing varies.

    Raises BadInput for a template that can't be read and LimitReached beyond 10,000 alternatives.
    """
    found = tuple(dict.fromkeys(islice(combinations(line, lists=lists), MOST_ALTERNATIVES + 1)))
    if len(found) > MOST_ALTERNATIVES:
        raise LimitReached("words.too_many_rows", count=f"{len(found)}+", limit=MOST_ALTERNATIVES)
    return found


def count(lines: Sequence[Sequence[T]]) -> int:
    """How many combinations there are: one of no lines, none where a line has no alternative."""
    return math.prod(len(line) for line in lines)


def every(lines: Sequence[Sequence[T]], *, most: int) -> Iterator[tuple[T, ...]]:
    """The combinations, one after another; the last line changes first. Raises LimitReached where there are more than ``most``."""
    if count(lines) > most:
        raise LimitReached("words.too_many_rows", count=count(lines), limit=most)
    return product(*lines)


def sample(lines: Sequence[Sequence[T]], wanted: int, *, seed: int) -> list[tuple[T, ...]]:
    """``wanted`` different combinations, each as likely as any other, in the order of ``every``; all where there are no more
    (Floyd's sampling, in Bentley 1987).

    The same for a seed on any machine, in time and memory that grow with ``wanted`` alone.
    """
    total = count(lines)
    if wanted >= total:
        return list(product(*lines))
    rng = Random(seed)
    chosen: set[int] = set()
    for last in range(total - wanted, total):
        number = rng.randrange(last + 1)
        chosen.add(last if number in chosen else number)
    return [_numbered(lines, number) for number in sorted(chosen)]


def _numbered(lines: Sequence[Sequence[T]], number: int) -> tuple[T, ...]:
    """Combination ``number`` in the order of ``every``."""
    found = []
    for line in reversed(lines):
        number, place = divmod(number, len(line))
        found.append(line[place])
    return tuple(reversed(found))
