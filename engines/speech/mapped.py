"""Text that knows where in a source each of its characters comes from, however it is rewritten."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Rewrite = Callable[["re.Match[str]"], "str | None"]


@dataclass(frozen=True)
class Mapped:
    """``text``, and for each of its characters the span in the source: ``starts`` and ``ends`` are as long as it."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str, at: int = 0) -> "Mapped":
        """A text that stands in its source at ``at``, as it is."""
        return cls(text, tuple(range(at, at + len(text))), tuple(range(at + 1, at + 1 + len(text))))

    @classmethod
    def made(cls, text: str, start: int, end: int) -> "Mapped":
        """A text that stands for a whole span."""
        return cls(text, (start,) * len(text), (end,) * len(text))

    @classmethod
    def joined(cls, parts: Iterable["Mapped"]) -> "Mapped":
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for part in parts:
            texts.append(part.text)
            starts += part.starts
            ends += part.ends
        return cls("".join(texts), tuple(starts), tuple(ends))

    def __getitem__(self, part: slice) -> "Mapped":
        return Mapped(self.text[part], self.starts[part], self.ends[part])

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def stripped(self) -> "Mapped":
        """Without white space around it."""
        left = len(self.text) - len(self.text.lstrip())
        return self[left : len(self.text.rstrip())] if left < len(self.text) else self[:0]

    def sub(self, pattern: "re.Pattern[str]", rewrite: Rewrite) -> "Mapped":
        """With each match rewritten, or left as it is where ``rewrite`` gives None."""
        found = ((match.span(), rewrite(match)) for match in pattern.finditer(self.text))
        return self.replaced((span, new) for span, new in found if new is not None)

    def replaced(self, changes: Iterable[tuple[tuple[int, int], str]]) -> "Mapped":
        """With spans of it, in their order, changed for other texts."""
        parts: list[Mapped] = []
        at = 0
        for (start, end), new in changes:
            if new == self.text[start:end]:
                continue
            parts.append(self[at:start])
            if start < end:
                parts.append(Mapped.made(new, self.starts[start], self.ends[end - 1]))
            at = end
        if not parts:
            return self
        return Mapped.joined([*parts, self[at:]])

    def span(self) -> tuple[int, int]:
        """Its whole span in the source; (0, 0) for nothing."""
        return (min(self.starts), max(self.ends)) if self.text else (0, 0)

    def spans(self) -> tuple[tuple[int, int, int, int], ...]:
        """Stretches of it with their spans in the source, as a segment wants them: those that were left as they are come whole."""
        found: list[tuple[int, int, int, int]] = []
        plain: Any = lambda at: self.ends[at] == self.starts[at] + 1  # noqa: E731
        kinds: Sequence[int] = range(len(self.text))
        for (kept, key), group in groupby(
            kinds, key=lambda at: (True, self.starts[at] - at) if plain(at) else (False, self.starts[at])
        ):
            places = list(group)
            first, last = places[0], places[-1]
            start, end = (key + first, key + last + 1) if kept else (self.starts[first], self.ends[first])
            found.append((first, last + 1, start, end))
        return tuple(found)
