"""What is known of a picture, and how surely."""

from collections.abc import Iterable
from dataclasses import dataclass, field

LEAST_SURE = 0.75
"""What is less sure isn't said."""


@dataclass(frozen=True)
class Fact:
    """``key`` names a phrase of ``assets/describe/phrases.toml``; ``sure`` 0..1; ``colours`` are English names that fill it."""

    key: str
    sure: float = 1.0
    colours: tuple[str, ...] = ()


@dataclass
class Findings:
    """Facts, sure or not, and what was measured, in words and numbers that a program may read too. ``head``: left, top, right and
    bottom of the main face with its hair, where there is one.
    """

    facts: list[Fact] = field(default_factory=list)
    measures: dict[str, str] = field(default_factory=dict)
    head: tuple[int, int, int, int] | None = None

    def add(self, other: "Findings") -> None:
        self.facts += other.facts
        self.measures |= other.measures

    def tell(self, key: str, sure: float = 1.0, colours: Iterable[str] = ()) -> None:
        self.facts.append(Fact(key, float(sure), tuple(colours)))

    @property
    def said(self) -> list[Fact]:
        """The facts that are sure enough, each once."""
        return list(dict.fromkeys(fact for fact in self.facts if fact.sure >= LEAST_SURE))


def ramp(value: float, none: float, full: float) -> float:
    """0 at ``none``, 1 at ``full`` and beyond, a straight line between; either may be the larger."""
    return float(min(max((value - none) / (full - none), 0.0), 1.0))
