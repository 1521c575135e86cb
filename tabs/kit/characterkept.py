"""What the browser keeps of a character: what each step has made, and what the artist has changed of it."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.schema import options
from studio.tasks._figure import Character
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import STEPS, CharacterResult, Choice, Step, step_number
from studio.tasks.refine import Spot

SETTINGS: Mapping[Step, tuple[str, ...]] = {
    "tags": ("idea", "style", "spread"),
    "library": ("body", "build", "pose", "palette", "owned"),
    "masks": ("height", "backdrop"),
    "draw": ("look", *(name for name in options("character") if name.startswith("diffusion_"))),
    "redefine": (),
    "refine": (),
    "upscale": ("scale",),
}
"""Settings of the form that a step's result depends on."""
MADE: Mapping[Step, tuple[str, ...]] = {
    "tags": ("sheet", "prompt", "negative"),
    "library": ("found", "character"),
    "masks": ("preliminary", "masks"),
    "draw": ("drawing",),
    "redefine": ("described", "gone", "come"),
    "refine": ("refined", "spots"),
    "upscale": ("output",),
}
"""Parts of the result that a step makes."""


class Mark(BaseModel):
    """The place in a picture that is meant: brushed over, and shown by hints."""

    model_config = ConfigDict(frozen=True)

    picture: str = ""
    mask: str = ""
    hints: tuple[str, ...] = ()

    @property
    def marked(self) -> bool:
        return bool(self.mask or self.hints)


class Kept(BaseModel):
    """``worn`` are parts that the artist has chosen, ``painted`` a map of the artist's, ``pictures`` own ones by region.

    ``versions`` count the changes of each step's result; ``based`` says on what each result was made: the versions of the
    steps before it and its settings. ``job`` has made the last result, ``packs`` are its files in layers by format.
    ``brought`` are pictures for tools beside the steps, ``marks`` what is marked in theirs, by task. ``turn`` is new whenever
    something else than the visitor's own hand on a line has changed.
    """

    model_config = ConfigDict(frozen=True)

    seed: int | None = None
    sheet: Sheet = Sheet()
    prompt: str = ""
    negative: str = ""
    found: tuple[Choice, ...] = ()
    character: Character = Character()
    worn: tuple[str, ...] = ()
    pictures: dict[str, str] = {}
    style_picture: str = ""
    preliminary: str = ""
    masks: str = ""
    painted: str = ""
    drawing: str = ""
    described: Sheet = Sheet()
    gone: tuple[Line, ...] = ()
    come: tuple[Line, ...] = ()
    refined: str = ""
    spots: tuple[Spot, ...] = ()
    refused: tuple[int, ...] = ()
    output: str = ""
    job: str = ""
    packs: dict[str, str] = {}
    brought: dict[str, str] = {}
    marks: dict[str, Mark] = {}
    versions: tuple[int, ...] = (0,) * len(STEPS)
    based: dict[str, str] = {}
    turn: str = ""

    @classmethod
    def of(cls, kept: Any) -> "Kept":
        """What was kept, or nothing where it can't be read."""
        try:
            return cls.model_validate(kept or {})
        except ValidationError:
            return cls()

    def picture_for(self, task: str) -> str:
        """What a tool beside the steps takes: what was brought for it, else the furthest picture that there is."""
        return self.brought.get(task) or self.output or self.refined or self.drawing

    def mark_for(self, task: str) -> Mark:
        """What is marked in the picture that a tool takes; nothing where that was marked in another."""
        mark = self.marks.get(task, Mark())
        return mark if mark.picture == self.picture_for(task) else Mark()

    def with_picture(self, task: str, picture: str) -> "Kept":
        """With another picture for a tool; with none it takes the furthest again."""
        brought = {**self.brought, task: picture}
        return self.model_copy(update={"brought": {name: one for name, one in brought.items() if one}})

    def with_mark(self, task: str, mark: Mark) -> "Kept":
        return self.model_copy(update={"marks": {**self.marks, task: mark}})

    def has(self, step: Step) -> bool:
        """Whether a step was made."""
        return step in self.based

    def stale(self, step: Step, settings: Mapping[str, Any]) -> bool:
        """Whether something has changed since that a step's result was made of."""
        return self.has(step) and self.based[step] != self._base(step, settings)

    def first_stale(self, until: Step, settings: Mapping[str, Any]) -> Step:
        """The first step up to one that must be made, or that one."""
        steps = STEPS[: step_number(until) + 1]
        return next((step for step in steps if not self.has(step) or self.stale(step, settings)), until)

    def changed(self, step: Step, **values: Any) -> "Kept":
        """With what the artist has changed of a step's result; later results stay, and are no longer true."""
        versions = list(self.versions)
        versions[step_number(step)] += 1
        return self.model_copy(update={**values, "versions": tuple(versions), "turn": secrets.token_hex(4)})

    def begun_with(self, sheet: Sheet, prompt: str, worn: tuple[str, ...], settings: Mapping[str, Any]) -> "Kept":
        """With a sheet from elsewhere as the first step's result, and parts that stay."""
        new = self.changed("tags", sheet=sheet, prompt=prompt, worn=worn, painted="", pictures={})
        return new.model_copy(update={"based": {**self.based, "tags": new._base("tags", settings)}})

    def based_on(self, settings: Mapping[str, Any]) -> "Kept":
        """With everything that is there taken as made of what is there, by these settings."""
        nothing = Kept()
        there = [step for step in STEPS if any(getattr(self, name) != getattr(nothing, name) for name in MADE[step])]
        based = {step: self._base(step, settings) for step in there}
        return self.model_copy(update={"based": based, "turn": secrets.token_hex(4)})

    def taken(self, result: CharacterResult, first: Step, until: Step, settings: Mapping[str, Any]) -> "Kept":
        """With the results of the steps from ``first`` to ``until``."""
        values: dict[str, Any] = {"turn": secrets.token_hex(4), "packs": {}}
        versions, based = list(self.versions), dict(self.based)
        for step in STEPS[step_number(first) : step_number(until) + 1]:
            for name in MADE[step]:
                made = getattr(result, name)
                values[name] = made if made is not None else ""
            versions[step_number(step)] += 1
            based[step] = _told(step, versions, settings, self.refused)
        if first in ("tags", "library"):
            values["seed"] = result.seed
        return self.model_copy(update={**values, "versions": tuple(versions), "based": based})

    def _base(self, step: Step, settings: Mapping[str, Any]) -> str:
        """What a result depends on, as text: the results before it and its settings. Only a sheet's features depend on step 5."""
        return _told(step, self.versions, settings, self.refused)


def _told(step: Step, versions: Sequence[int], settings: Mapping[str, Any], refused: Sequence[int]) -> str:
    before = [version for name, version in zip(STEPS, versions, strict=True) if name in _needed(step)]
    return json.dumps(
        [before, [_plain(settings.get(name)) for name in SETTINGS[step]], [*refused] if step == "refine" else []]
    )


def _plain(value: Any) -> Any:
    """A widget's value as it is compared: nothing is nothing however it is told, and a number a number."""
    if value in (None, ""):
        return None
    return float(value) if isinstance(value, int | float) else value


def _needed(step: Step) -> tuple[Step, ...]:
    return tuple(name for name in STEPS[: step_number(step)] if name != "redefine")
