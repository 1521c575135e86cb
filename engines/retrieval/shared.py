"""Footage that two films share, from shots of one that look like shots of the other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

STEP = 2
"""Shots that may follow in both films: one between them may have been missed."""
AGREE_S = 0.5


@dataclass(frozen=True)
class Match:
    """A frame of one film that shows what a frame of another does: numbers of their shots, and their times in seconds. ``sure``: 0..1."""

    first: int
    second: int
    first_s: float
    second_s: float
    sure: float


@dataclass(frozen=True)
class Part:
    """What two films share: shots ``first`` and ``second`` begin it; seconds from the beginning of each film. ``sure``: 0..1."""

    first: int
    second: int
    first_s: tuple[float, float]
    second_s: tuple[float, float]
    sure: float

    @property
    def seconds(self) -> float:
        """Of the shorter of both."""
        return min(self.first_s[1] - self.first_s[0], self.second_s[1] - self.second_s[0])


@dataclass
class _Chain:
    """Pairs of shots that follow each other in both films."""

    pairs: list[tuple[int, int]]
    matches: list[Match] = field(default_factory=list)


Times = Sequence[tuple[float, float]]
"""From when to when each shot of a film goes."""


def parts(matches: Iterable[Match], first: Times, second: Times) -> list[Part]:
    """What two films share, in the order of the first."""
    pairs: dict[tuple[int, int], list[Match]] = defaultdict(list)
    for match in matches:
        pairs[match.first, match.second].append(match)
    chains: list[_Chain] = []
    for pair in sorted(pairs):
        chain = next((one for one in reversed(chains) if _follows(one.pairs[-1], pair)), None)
        if chain is None:
            chain = _Chain([])
            chains.append(chain)
        chain.pairs.append(pair)
        chain.matches += pairs[pair]
    return [_part(chain, first, second) for chain in chains]


def _follows(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return all(0 <= b - a <= STEP for a, b in zip(before, after, strict=True))


def _part(chain: _Chain, first: Times, second: Times) -> Part:
    """From the beginning of the first shots to the end of the last, without what only one film has there, where the offset is known."""
    (a, b), (c, d) = chain.pairs[0], chain.pairs[-1]
    one, other = (first[a][0], first[c][1]), (second[b][0], second[d][1])
    offset = _offset(chain, first, second)
    if offset is not None:
        start, end = max(one[0], other[0] - offset), min(one[1], other[1] - offset)
        if end > start:
            one, other = (start, end), (start + offset, end + offset)
    return Part(a, b, one, other, max(match.sure for match in chain.matches))


def _offset(chain: _Chain, first: Times, second: Times) -> float | None:
    """How much later the second film shows it, seconds: by cuts within the chain, else by frames, if several agree."""
    cuts = [
        second[b[1]][0] - first[b[0]][0]
        for a, b in zip(chain.pairs, chain.pairs[1:], strict=False)
        if b[0] - a[0] == b[1] - a[1] == 1
    ]
    if cuts:
        return median(cuts)
    moments = [match.second_s - match.first_s for match in chain.matches]
    middle = median(moments)
    return middle if sum(abs(moment - middle) <= AGREE_S for moment in moments) >= 2 else None
