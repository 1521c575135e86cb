"""Texts drawn at random from a template.

Draw number i of a seed is the same on any machine and however many are drawn with it. Where a name means several word
lists, each list is as likely as the others, so that a big file doesn't crowd out the small ones.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from engines.words.dynamic import Assign, Choice, Later, ListOf, Node, Option, Sequence, Text, Variable, Wrap, parse
from engines.words.wildcards import LONGEST_NAME, NONE, Entry, Lists
from studio.errors import BadInput

DEEPEST = 80
MOST_STEPS = 50_000
LONGEST = 200_000
IN_TURN = "@"
DOTS = re.compile("[\u1801\u2026\u22ee-\u22f0\ufe19]+|\\.{3,}")
Variables = Mapping[str, Node]
Sums = dict[int, list[float]]
Cache = dict[tuple[str, tuple[tuple[str, Node], ...]], tuple[Option, ...]]


def draw(template: str, *, seed: int, count: int = 1, first: int = 0, lists: Lists = NONE) -> list[str]:
    """Draws number ``first`` to ``first + count - 1``.

    Raises BadInput for a template that can't be read, a list or variable that isn't there, lists that lead to themselves, and a
    text that grows beyond 200,000 signs.
    """
    node = parse(template)
    read: Cache = {}
    sums: Sums = {}
    drawings = (
        Drawing(lists, Random(f"{seed}/{number}"), number, read, sums) for number in range(first, first + count)
    )
    return [drawing.say(node, {}, "", 0, drawing.number) for drawing in drawings]


@dataclass
class Drawing:
    """One draw: what is left of its bounds, and where chance comes from. ``number`` is its turn; ``read`` and ``sums`` keep the options
    that lists make for further draws.
    """

    lists: Lists
    rng: Random
    number: int = 0
    read: Cache = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    steps: int = field(default=0, init=False)

    def say(self, node: Node, known: Variables, sampler: str, depth: int, turn: int) -> str:
        """The text of a node. ``turn`` counts for what goes in turn, which ``sampler`` passes on to what lies within."""
        self.step(depth)
        match node:
            case Text(text):
                return text
            case Sequence(items):
                known = self.assigned(items, known, depth)
                said = (
                    self.say(each, known, sampler, depth + 1, turn) for each in items if not isinstance(each, Assign)
                )
                return self.bounded("".join(said))
            case Choice():
                return self._choice(node, known, node.sampler or sampler, depth, turn)
            case ListOf():
                return self._line(node, known, node.sampler or sampler, depth, turn)
            case Variable():
                return self.say(value_of(node, known), known, sampler, depth + 1, turn)
            case Wrap(wrapper, inner):
                around = self.say(wrapper, known, sampler, depth + 1, turn)
                return self.bounded(wrapped(around, self.say(inner, known, sampler, depth + 1, turn)))
            case Later(template):
                return self.say(parse(template), known, sampler, depth + 1, turn)
            case Assign():
                return ""

    def assigned(self, items: tuple[Node, ...], known: Variables, depth: int) -> Variables:
        """The variables after the assignments among the items, which hold for all of them."""
        found = dict(known)
        for item in items:
            if isinstance(item, Assign) and not (item.keep and item.name in known):
                value = item.value
                found[item.name] = Text(self.say(value, known, "", depth + 1, self.number)) if item.now else value
        return found

    def groups(self, node: ListOf, known: Variables, depth: int) -> tuple[tuple[Entry, ...], ...]:
        """The word lists that a name means, one at least."""
        return self._named(self.say(node.path, known, "", depth + 1, self.number))

    def options(self, node: Choice, known: Variables, depth: int) -> tuple[Option, ...]:
        """What a choice is made from: a single name stands for all lines of its lists."""
        only = node.options[0].node
        if len(node.options) > 1 or not isinstance(only, ListOf):
            return node.options
        name = self.say(only.path, known, "", depth + 1, self.number)
        key = (name, only.values)
        if key not in self.read:
            self.read[key] = _options(self._named(name), only)
        return self.read[key]

    def _named(self, name: str) -> tuple[tuple[Entry, ...], ...]:
        found = self.lists.matching(name)
        if not found:
            name, near = name.strip()[:LONGEST_NAME], self.lists.near(name)
            raise (
                BadInput("words.no_list", name=name)
                if not near
                else BadInput("words.other_lists", name=name, near=", ".join(near))
            )
        return found

    def step(self, depth: int) -> None:
        """Raises BadInput where it goes too deep or too far."""
        self.steps += 1
        if depth > DEEPEST:
            raise BadInput("words.loops", limit=DEEPEST)
        if self.steps > MOST_STEPS:
            raise BadInput("words.grows", limit=LONGEST)

    def bounded(self, text: str) -> str:
        if len(text) > LONGEST:
            raise BadInput("words.grows", limit=LONGEST)
        return text

    def _choice(self, node: Choice, known: Variables, sampler: str, depth: int, turn: int) -> str:
        options = self.options(node, known, depth)
        low, high = bounds(node, len(options))
        if sampler == IN_TURN:
            chosen, turn = _arrangement(options, low, high, turn)
        else:
            chosen = _some(options, low if low == high else self.rng.randint(low, high), self.rng)
        texts = [self.say(option.node, known, sampler, depth + 1, turn) for option in chosen]
        return self.bounded(joined(texts, node.separator))

    def _summed(self, group: tuple[Entry, ...]) -> list[float]:
        """The running sums of a list's weights, added up once; its identity stands for it while ``lists`` holds it."""
        if id(group) not in self.sums:
            self.sums[id(group)] = list(accumulate(each.weight for each in group))
        return self.sums[id(group)]

    def _line(self, node: ListOf, known: Variables, sampler: str, depth: int, turn: int) -> str:
        groups = self.groups(node, known, depth)
        if sampler == IN_TURN:
            entries = [entry for group in groups for entry in group]
            turn, place = divmod(turn, len(entries))
            entry = entries[place]
        else:
            group = groups[0] if len(groups) == 1 else self.rng.choice(groups)
            entry = group[_at(self._summed(group), self.rng)]
        known = {**known, **dict(node.values)}
        return self.say(parse(entry.text), known, sampler, depth + 1, turn)


def bounds(node: Choice, count: int) -> tuple[int, int]:
    """Fewest and most of ``count`` options that a choice takes."""
    return min(node.low, count), count if node.high is None else min(node.high, count)


def joined(texts: list[str], separator: str) -> str:
    """As dynamic-prompts joins: of several, a separator that an empty one leaves at an end goes."""
    if len(texts) == 1:
        return texts[0]
    return separator.join(texts).removeprefix(separator).removesuffix(separator)


def wrapped(around: str, inner: str) -> str:
    """``inner`` in the place of the dots; behind, where there are none."""
    dots = DOTS.search(around)
    return around + inner if dots is None else around[: dots.start()] + inner + around[dots.end() :]


def value_of(node: Variable, known: Variables) -> Node:
    """What a variable stands for. Raises BadInput where it has no value."""
    value = known.get(node.name, node.default)
    if value is None:
        raise BadInput("words.no_variable", name=node.name)
    return value


def _options(groups: tuple[tuple[Entry, ...], ...], node: ListOf) -> tuple[Option, ...]:
    """All lines; each list together weighs as much as any other."""
    given = tuple(Assign(name, value) for name, value in node.values)
    options = []
    for group in groups:
        share = sum(entry.weight for entry in group) or 1.0
        for entry in group:
            line = Later(entry.text)
            options.append(Option(Sequence((*given, line)) if given else line, entry.weight / share))
    return tuple(options)


def _one(weights: list[float], rng: Random) -> int:
    return _at(list(accumulate(weights)), rng)


def _at(sums: list[float], rng: Random) -> int:
    """A place by running sums of weights; any where nothing weighs."""
    if not sums[-1] > 0:
        return rng.randrange(len(sums))
    return bisect_right(sums, rng.random() * sums[-1])


def _some(options: tuple[Option, ...], count: int, rng: Random) -> list[Option]:
    """``count`` options without repetition, each next one by its weight among those left (Efraimidis and Spirakis 2006).

    What weighs nothing is taken only where all weigh nothing.
    """
    if count == 1:
        return [options[_one([option.weight for option in options], rng)]]
    able = [option for option in options if option.weight > 0] or [Option(option.node) for option in options]
    clocks = sorted((-math.log(1.0 - rng.random()) / option.weight, place) for place, option in enumerate(able))
    return [able[place] for _, place in clocks[:count]]


def _arrangement(options: tuple[Option, ...], low: int, high: int, turn: int) -> tuple[list[Option], int]:
    """Arrangement number ``turn`` in the order of size, then of the options, and how often all had their turn before."""
    place, total = turn, 0
    for size in range(low, high + 1):
        count = math.perm(len(options), size)
        if place < count:
            break
        place, total = place - count, total + count
    else:
        rounds, place = divmod(turn, total)
        return _arrangement(options, low, high, place)[0], rounds
    left, chosen = list(options), []
    for _ in range(size):
        count //= len(left)
        index, place = divmod(place, count)
        chosen.append(left.pop(index))
    return chosen, 0
