"""A tree of ``engines.words.dynamic`` as a template again."""

from engines.words.dynamic import WEIGHT, Assign, Choice, Later, ListOf, Node, Option, Sequence, Text, Variable, Wrap


def write(node: Node) -> str:
    """A template that ``parse`` reads as the same tree. Comments are gone."""
    match node:
        case Text(text) | Later(text):
            return text
        case Sequence(items):
            return "".join(map(write, items))
        case Choice():
            return _choice(node)
        case ListOf(path, sampler, values):
            given = ",".join(f"{name}={write(value)}" for name, value in values)
            return f"__{sampler}{write(path)}{f'({given})' if values else ''}__"
        case Variable(name, default):
            return f"${{{name}}}" if default is None else f"${{{name}:{write(default)}}}"
        case Assign(name, value, keep, now):
            return f"${{{name}{'?' if keep else ''}={'!' if now else ''}{write(value)}}}"
        case Wrap(wrapper, inner):
            return f"%{{{write(wrapper)}$${write(inner)}}}"


def _choice(node: Choice) -> str:
    head = node.sampler
    if (node.low, node.high, node.separator) != (1, 1, ","):
        high = "-" if node.high is None else "" if node.high == node.low else f"-{node.high}"
        head += f"{node.low}{high}$$"
        if node.separator != ",":
            head += f"{node.separator}$$"
    options = [_option(option) for option in node.options]
    if not head and options[0].startswith(("~", "@", "!")):
        options[0] = "1::" + options[0]
    return f"{{{head}{'|'.join(options)}}}"


def _option(option: Option) -> str:
    text = write(option.node)
    if option.weight != 1 or text[:1].isspace() or WEIGHT.match(text):
        return f"{option.weight:.9f}".rstrip("0").rstrip(".") + f"::{text}"
    return text
