"""All texts of a template, one after another, in the order of dynamic-prompts: of several choices the last changes first.

Nothing is built before it is asked for, and work that leads to no text (three different ones wanted of equal options) ends at a
bound. What is marked ``~`` or ``@`` isn't varied: each text draws it anew, or has the next in turn. Weights don't count.
"""

from collections.abc import Iterator
from itertools import permutations
from random import Random

from engines.words.dynamic import Assign, Choice, Later, ListOf, Node, Sequence, Text, Variable, Wrap, parse
from engines.words.dynamic_draw import DEEPEST, Cache, Drawing, Variables, bounds, joined, value_of, wrapped
from engines.words.wildcards import NONE, Lists
from studio.errors import BadInput, LimitReached

MOST_STEPS = 500_000
DRAWN = frozenset("~@")


def combinations(template: str, *, seed: int = 0, lists: Lists = NONE) -> Iterator[str]:
    """The texts; take as many as are wanted. ``seed`` is for what is drawn at random.

    Raises BadInput as ``draw`` does, and LimitReached after half a million steps.
    """
    return _Listing(lists, seed).every(parse(template), {}, 0)


class _Listing:
    def __init__(self, lists: Lists, seed: int) -> None:
        self.lists, self.steps, self.turn = lists, 0, 0
        self.rng, self.read = Random(f"{seed}"), Cache()

    def every(self, node: Node, known: Variables, depth: int) -> Iterator[str]:
        """All texts of a node."""
        self._step(depth)
        match node:
            case Text(text):
                yield text
            case Sequence(items):
                known = self._drawing().assigned(items, known, depth)
                parts: list[Node] = [each for each in items if not isinstance(each, Assign)]
                for texts in self._product(parts, known, depth):
                    yield self._drawing().bounded("".join(texts))
            case Choice() | ListOf() if node.sampler in DRAWN:
                self.turn += 1
                yield self._drawing().say(node, known, "", depth, self.turn - 1)
            case Choice():
                yield from self._choice(node, known, depth)
            case ListOf():
                known = {**known, **dict(node.values)}
                for group in self._drawing().groups(node, known, depth):
                    for entry in group:
                        yield from self.every(parse(entry.text), known, depth + 1)
            case Variable():
                yield from self.every(value_of(node, known), known, depth + 1)
            case Wrap(wrapper, inner):
                for around, within in self._product([wrapper, inner], known, depth):
                    yield self._drawing().bounded(wrapped(around, within))
            case Later(template):
                yield from self.every(parse(template), known, depth + 1)

    def _choice(self, node: Choice, known: Variables, depth: int) -> Iterator[str]:
        """Arrangements by their size, each text of each once, and none in which two texts are the same."""
        options = self._drawing().options(node, known, depth)
        low, high = bounds(node, len(options))
        seen = set()
        for size in range(low, high + 1):
            for chosen in permutations(options, size):
                self._step(depth)
                for texts in self._product([option.node for option in chosen], known, depth):
                    if len(set(texts)) == size and texts not in seen:
                        seen.add(texts)
                        yield joined(list(texts), node.separator)

    def _product(self, nodes: list[Node], known: Variables, depth: int) -> Iterator[tuple[str, ...]]:
        """A text of each node, in all combinations; for each, what is drawn is drawn."""
        varied = [node for node in nodes if not _is_drawn(node)]
        for turn, texts in enumerate(self._counted(varied, known, depth)):
            rest = iter(texts)
            yield tuple(
                self._drawing().say(node, known, "", depth, turn) if _is_drawn(node) else next(rest) for node in nodes
            )

    def _counted(self, nodes: list[Node], known: Variables, depth: int) -> Iterator[tuple[str, ...]]:
        """The combinations in the order of a mileage counter; of each node only the text at hand is kept."""
        if not nodes:
            yield ()
            return
        wheels, texts = [self.every(nodes[0], known, depth + 1)], [""] * len(nodes)
        while wheels:
            self._step(depth)
            text = next(wheels[-1], None)
            if text is None:
                wheels.pop()
                continue
            texts[len(wheels) - 1] = text
            if len(wheels) == len(nodes):
                yield tuple(texts)
            else:
                wheels.append(self.every(nodes[len(wheels)], known, depth + 1))

    def _drawing(self) -> Drawing:
        return Drawing(self.lists, self.rng, read=self.read)

    def _step(self, depth: int) -> None:
        self.steps += 1
        if depth > DEEPEST:
            raise BadInput("words.loops", limit=DEEPEST)
        if self.steps > MOST_STEPS:
            raise LimitReached("words.too_many_steps", limit=MOST_STEPS)


def _is_drawn(node: Node) -> bool:
    return isinstance(node, Choice | ListOf) and node.sampler in DRAWN
