"""Rules between groups of tags, from ``rules.toml``: what never comes together in a draw, and what seldom does."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path
from re import compile as pattern_of
from typing import Protocol

from studio.errors import BadInput

WHOLE, GROUP, WITHOUT = "category:", "@", "-"
DEEPEST = 8


class Named(Protocol):
    """What rules need of a library: numbers of tags by English name, and where each category's stand."""

    @property
    def number(self) -> Mapping[str, int]: ...
    @property
    def span(self) -> Mapping[str, slice]: ...


@dataclass(frozen=True)
class Rule:
    """Selectors of two sides."""

    these: tuple[str, ...]
    those: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """``never`` holds in any draw, ``seldom`` the more the smaller the spread; ``groups`` are selectors by their names."""

    never: tuple[Rule, ...] = ()
    seldom: tuple[Rule, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_rules(file: Path) -> Rules:
    """The rules of a file, none where it isn't there."""
    if not file.is_file():
        return Rules()
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    never, seldom = (
        tuple(Rule(tuple(entry["these"]), tuple(entry["those"])) for entry in data.get(kind, ()))
        for kind in ("never", "seldom")
    )
    return Rules(never, seldom, {name: tuple(members) for name, members in data.get("groups", {}).items()})


def sides(
    rules: Sequence[Rule], groups: Mapping[str, Sequence[str]], tags: Named
) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers of the tags on both sides of each rule. Raises BadInput for a group that isn't there, or leads to itself."""
    chooser = _Chooser(groups, tags)
    for rule in rules:
        yield sorted(chooser.chosen(rule.these)), sorted(chooser.chosen(rule.those))


class _Chooser:
    def __init__(self, groups: Mapping[str, Sequence[str]], tags: Named) -> None:
        self._groups, self._tags = groups, tags
        self._known: dict[str, set[int]] = {}

    def chosen(self, selectors: Sequence[str], depth: int = 0) -> set[int]:
        """What selectors mean, from left to right: added, or with ``-`` taken out."""
        found: set[int] = set()
        for selector in selectors:
            meant = self._meant(selector.removeprefix(WITHOUT), depth)
            found = found - meant if selector.startswith(WITHOUT) else found | meant
        return found

    def _meant(self, selector: str, depth: int) -> set[int]:
        if selector not in self._known:
            self._known[selector] = self._looked_up(selector, depth)
        return self._known[selector]

    def _looked_up(self, selector: str, depth: int) -> set[int]:
        if selector.startswith(GROUP):
            if selector[1:] not in self._groups or depth > DEEPEST:
                raise BadInput("prompt.no_group", name=selector)
            return self.chosen(self._groups[selector[1:]], depth + 1)
        if not selector.startswith(WHOLE):
            return {self._tags.number[selector]} if selector in self._tags.number else set()
        category, _, patterns = selector.removeprefix(WHOLE).partition("/")
        span = self._tags.span.get(category, slice(0, 0))
        fits = pattern_of("|".join(translate(each) for each in patterns.split("|")) if patterns else "").match
        return {number for name, number in self._tags.number.items() if span.start <= number < span.stop and fits(name)}
