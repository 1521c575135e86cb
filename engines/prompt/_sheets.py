"""Sheets from tags and styles: what every engine of this room does alike."""

from collections.abc import Iterable, Sequence

from engines.words.parse import Lexicon
from engines.words.tags import STATES, Style, Tag, TagLibrary
from studio.errors import LimitReached
from studio.tasks._sheet import MOST_LINES, Line, Section, Sheet

ORDER: tuple[Section, ...] = (
    "subject", "face", "hair", "body", "outfit", "held", "pose", "setting", "style", "quality", "negative"
)  # fmt: skip
STATED: dict[str, Section] = {"quality": "quality"}
"""Section of what a style states, where it isn't ``style``."""


def line_of(tag: Tag, library: TagLibrary, lang: str, *, weight: float = 1.0, negative: bool = False) -> Line:
    section: Section = "negative" if negative else library.category(tag.category).section  # type: ignore[assignment]
    return Line(section=section, text=tag.names[lang], english=tag.english, slot=tag.category, weight=weight)


def style_lines(style: Style) -> list[Line]:
    """What a style is, stated; in English, as it goes to the model."""
    lines = [
        Line(section=STATED.get(name, "style"), text=style.states[name], slot=name)
        for name in STATES
        if name in style.states
    ]
    return lines + ([Line(section="negative", text=style.negative, slot="style")] if style.negative else [])


def sheet_of(lines: Sequence[Line], style: Style | None = None, *, sorted_too: bool = False) -> Sheet:
    """Raises LimitReached for more lines than a sheet holds."""
    whole = in_order(lines) if sorted_too else tuple(lines)
    if len(whole) > MOST_LINES:
        raise LimitReached("prompt.many_lines", most=MOST_LINES)
    return Sheet(lines=whole, style=style.name if style else "")


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines by section, within one as they come; of two that say the same the first stays."""
    seen: dict[tuple[bool, str], Line] = {}
    for line in lines:
        seen.setdefault((line.section == "negative", line.said.casefold()), line)
    return tuple(sorted(seen.values(), key=lambda line: ORDER.index(line.section)))


def kept_tags(lines: Sequence[Line], lexicon: Lexicon) -> list[Tag]:
    """The library's tags among lines that are wanted, also those that a line says more of: the cloak of a red cloak."""
    found = (lexicon.thing(line.said) for line in lines if line.section != "negative")
    return [tag for tag in found if tag is not None]
