"""What a template holds, without anything being drawn from it."""

from collections.abc import Iterator

from engines.words.dynamic import Assign, Choice, Later, ListOf, Node, Sequence, Text, Variable, Wrap, parse
from engines.words.dynamic_text import write

SIGNS = ("{", "__")


def varies(text: str) -> bool:
    """Whether anything in a text is drawn. Raises BadInput for a template that can't be read."""
    return any(sign in text for sign in SIGNS) and any(not isinstance(node, Text | Sequence) for node in _all(text))


def names(text: str) -> tuple[str, ...]:
    """The word lists that a template names, as they are written."""
    return tuple(write(node.path).strip() for node in _all(text) if isinstance(node, ListOf))


def _all(text: str) -> Iterator[Node]:
    left = [parse(text)]
    while left:
        node = left.pop()
        yield node
        left += _within(node)


def _within(node: Node) -> list[Node]:
    match node:
        case Sequence(items):
            return list(items)
        case Choice(options):
            return [option.node for option in options]
        case ListOf(path, _, values):
            return [path, *(value for _, value in values)]
        case Variable(_, default):
            return [] if default is None else [default]
        case Assign(_, value):
            return [value]
        case Wrap(wrapper, inner):
            return [wrapper, inner]
        case Text() | Later():
            return []
