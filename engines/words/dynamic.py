"""Templates in the syntax of dynamic-prompts: what may be drawn, as a tree.

``{a|b}`` one of them, ``{2$$a|b|c}`` two, ``{1-2$$ and $$a|b}`` one or two joined by " and ", ``{0.5::a|b}`` with weights,
``__name__`` a line of a word list, ``__dir/*__`` of several, ``${x=a}`` and ``${x:a}`` variables, ``%{a ... b$$c}`` a text put
around another; ``~ @ !`` before choices and names: at random, in turn, all. ``#`` begins a comment.
Source: the grammar in the package's documentation (github.com/adieyal/dynamicprompts, docs/SYNTAX.md). Wider than it: ``$``,
``%`` and ``__`` that begin nothing are themselves, and a separator may be empty.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from studio.errors import BadInput

DEEPEST = 60
LONGEST = 2_000_000
LONGEST_NAME = 2000
SAMPLERS = "~@!"
COUNTED = re.compile(r"\s*([~@!])?(?:(\d{1,9})-(\d{1,9})|-(\d{1,9})|(\d{1,9})-|(\d{1,9}))\$\$(?:([^${}]*)\$\$)?")
SAMPLED = re.compile(r"\s*([~@!])")
WEIGHT = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})::")
ASSIGN = re.compile(r"\s*([A-Za-z_-][\w-]*)\s*(\?)?=(!)?\s*")
ACCESS = re.compile(r"\s*([A-Za-z_-][\w-]*)\s*(:)?\s*")
LITERAL = re.compile(r"[^{}|$%#_]+")
BLANKS = re.compile(r"\s*")
PATH = re.compile(r"(?:(?!__)[^(){}#$%|,\n])+")
VALUES = re.compile(r"\s*\(([^)]+)\)")
COMMENTS = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Sequence:
    items: tuple["Node", ...]


@dataclass(frozen=True)
class Option:
    node: "Node"
    weight: float = 1.0


@dataclass(frozen=True)
class Choice:
    """``low`` to ``high`` different options, joined by ``separator``; ``high`` None means all."""

    options: tuple[Option, ...]
    low: int = 1
    high: int | None = 1
    separator: str = ","
    sampler: str = ""


@dataclass(frozen=True)
class ListOf:
    """A line of a word list; ``values`` are variables for it."""

    path: "Node"
    sampler: str = ""
    values: tuple[tuple[str, "Node"], ...] = ()


@dataclass(frozen=True)
class Variable:
    name: str
    default: "Node | None" = None


@dataclass(frozen=True)
class Assign:
    """``keep`` an earlier value; draw ``now`` and once, not each time that it is used."""

    name: str
    value: "Node"
    keep: bool = False
    now: bool = False


@dataclass(frozen=True)
class Wrap:
    """``wrapper`` has dots, in whose place ``inner`` goes."""

    wrapper: "Node"
    inner: "Node"


@dataclass(frozen=True)
class Later:
    """A template that is read when its turn comes: a line of a long list."""

    template: str


Node = Later | Text | Sequence | Choice | ListOf | Variable | Assign | Wrap


@lru_cache(maxsize=4096)
def parse(template: str) -> Node:
    """The tree of a template. Raises BadInput where a bracket isn't closed, or more than 60 lie in one another."""
    if len(template) > LONGEST:
        raise BadInput("words.too_long", limit=LONGEST)
    return _Reader(template).sequence("")


class _Reader:
    """Reads from left to right, each sign once."""

    def __init__(self, template: str, depth: int = 0) -> None:
        self.text, self.at, self.depth = template, 0, depth

    def sequence(self, stops: str) -> Node:
        """Up to one of the stops, which isn't taken; ``$`` among them stands for ``$$``."""
        items: list[Node] = []
        words: list[str] = []
        while self.at < len(self.text):
            sign, two = self.text[self.at], self.text[self.at : self.at + 2]
            if sign in stops and (sign != "$" or two == "$$"):
                break
            if sign == "#" or (two in ("//", "/*") and not words):
                skipped = COMMENTS.match(self.text, self.at)
                self.at = skipped.end() if skipped else len(self.text)
                continue
            node = self._node(sign, two)
            if node is None:
                literal = LITERAL.match(self.text, self.at)
                words.append(literal[0] if literal else sign)
                self.at = literal.end() if literal else self.at + 1
                continue
            items += [Text("".join(words)), node] if words else [node]
            words = []
        if words:
            items.append(Text("".join(words)))
        return items[0] if len(items) == 1 else Sequence(tuple(items)) if items else Text("")

    def _node(self, sign: str, two: str) -> Node | None:
        """What begins here and is no text, if anything does."""
        if sign == "{":
            return self._inside(1, self._choice)
        if two == "${":
            return self._inside(2, self._variable)
        if two == "%{":
            return self._inside(2, self._wrap)
        return self._list() if two == "__" else None

    def _inside(self, width: int, read: Callable[[], Node]) -> Node:
        start = self.at
        self.at += width
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadInput("words.too_deep", limit=DEEPEST)
        node = read()
        self.depth -= 1
        if self.text[self.at : self.at + 1] != "}":
            raise BadInput("words.not_closed", part=self.text[start : start + 40])
        self.at += 1
        return node

    def _choice(self) -> Node:
        sampler, low, high, separator = self._head()
        options = [self._option()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            options.append(self._option())
        return Choice(tuple(options), low, high, separator, sampler)

    def _head(self) -> tuple[str, int, int | None, str]:
        """Sampler, fewest, most and separator."""
        head = COUNTED.match(self.text, self.at)
        if head is None:
            sampled = SAMPLED.match(self.text, self.at)
            self.at = sampled.end() if sampled else self.at
            return sampled[1] if sampled else "", 1, 1, ","
        self.at = head.end()
        sampler, low, high, up_to, from_on, exact, separator = head.groups()
        fewest = int(low or from_on or exact or 1)
        most = None if from_on else int(high or up_to or exact)
        if most is not None:
            fewest, most = sorted((fewest, most))
        return sampler or "", fewest, most, "," if separator is None else separator

    def _option(self) -> Option:
        self._blanks()
        weight = WEIGHT.match(self.text, self.at)
        if weight:
            self.at = weight.end()
        return Option(self.sequence("|}"), float(weight[1]) if weight else 1.0)

    def _variable(self) -> Node:
        assigned = ASSIGN.match(self.text, self.at)
        if assigned:
            self.at = assigned.end()
            return Assign(assigned[1], self.sequence("}"), assigned[2] is not None, assigned[3] is not None)
        used = ACCESS.match(self.text, self.at)
        if used is None:
            raise BadInput("words.not_closed", part=self.text[self.at - 2 : self.at + 38])
        self.at = used.end()
        return Variable(used[1], self.sequence("}") if used[2] else None)

    def _wrap(self) -> Node:
        self._blanks()
        wrapper = self.sequence("$}")
        if self.text[self.at : self.at + 2] != "$$":
            raise BadInput("words.not_closed", part=self.text[self.at : self.at + 40] or "%{")
        self.at += 2
        self._blanks()
        return Wrap(wrapper, self.sequence("}"))

    def _list(self) -> Node | None:
        """``__name__``; None where no second ``__`` closes it, so that the first stands for itself."""
        end = self._path_end(self.at + 2)
        if end is None:
            return None
        start = self.at + 2
        sampler = self.text[start] if self.text[start] in SAMPLERS else ""
        values = VALUES.search(self.text[start:end]) if self.text[end - 1] == ")" else None
        path_end = start + values.start() if values else end
        path = self._part(self.text[start + len(sampler) : path_end])
        self.at = end + 2
        pairs = [pair.partition("=") for pair in values[1].split(",")] if values else []
        return ListOf(path, sampler, tuple((name.strip(), self._part(value.strip())) for name, _, value in pairs))

    def _part(self, text: str) -> Node:
        """A template within this one."""
        if self.depth >= DEEPEST:
            raise BadInput("words.too_deep", limit=DEEPEST)
        return _Reader(text, self.depth + 1).sequence("")

    def _path_end(self, at: int) -> int | None:
        """Where the ``__`` stands that closes a name that begins here."""
        begin = at
        while True:
            plain = PATH.match(self.text, at)
            if plain:
                at = plain.end()
            elif self.text.startswith(("{", "${"), at):
                closed = self._brace_end(at)
                if closed is None:
                    return None
                at = closed
            else:
                break
        values = VALUES.match(self.text, at)
        at = values.end() if values and at > begin else at
        return at if at > begin and self.text.startswith("__", at) and self.text[begin:at].strip() else None

    def _brace_end(self, at: int) -> int | None:
        depth = 0
        for place in range(at, min(len(self.text), at + LONGEST_NAME)):
            depth += (self.text[place] == "{") - (self.text[place] == "}")
            if depth == 0 and self.text[place] == "}":
                return place + 1
        return None

    def _blanks(self) -> None:
        blanks = BLANKS.match(self.text, self.at)
        self.at = blanks.end() if blanks else self.at
