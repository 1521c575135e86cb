"""Grid: the same picture many times over, one or two of its settings changed from one to the next; also many seeds of one."""

import csv
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from studio.tasks import Request, Result, Task, control, flatten, tasks, unflatten
from studio.tasks.prompt import Language

MOST = 100
"""Pictures in a grid."""
SEED = "seed"


def values_of(text: str) -> tuple[str, ...]:
    """Values between commas, each once; one with a comma in it stands in double quotes."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return tuple(dict.fromkeys(value.strip() for row in rows for value in row if value.strip()))


class GridRequest(Request):
    """Draw a picture for each value of one setting, or for each pair of values of two."""

    of: str = control("character", max_length=40, title="Task", description="Task that makes the pictures.")
    base: str = control(
        "{}",
        max_length=400_000,
        title="Settings",
        description="What the pictures have in common: settings of the task by their names, as JSON.",
        advanced=True,
    )
    x: str = control("seed", max_length=60, title="Across", description="The setting that changes from left to right.")
    x_values: str = control(
        "",
        max_length=4000,
        title="Values across",
        description="Its values, with commas between; none for the seed draws as many as the number says.",
    )
    y: str = control(
        "", max_length=60, title="Down", description="A second setting, from top to bottom; empty for none."
    )
    y_values: str = control("", max_length=4000, title="Values down", description="Its values, with commas between.")
    count: int = control(4, ge=1, le=MOST, title="Number", description="How many seeds, where none are named.")
    side: int = control(
        384, ge=96, le=1024, step=32, title="Size", description="Longer side of each picture on the sheet.", unit="px"
    )
    language: Language = control("en", title="Language", description="Language of the sheet's letters.")

    @field_validator("of")
    @classmethod
    def _draws(cls, name: str) -> str:
        task = tasks().get(name)
        if task is None or task.produces != ("image",) or task.rights or issubclass(task.request, GridRequest):
            raise ValueError("grid.no_task")
        return name

    @field_validator("base")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ValueError("grid.bad_base")
        return text

    @model_validator(mode="after")
    def _makes_sense(self) -> "GridRequest":
        known = {field.name for field in flatten(tasks()[self.of].request)}
        if self.x not in known or (self.y and self.y not in known):
            raise ValueError("grid.no_setting")
        if self.x == self.y:
            raise ValueError("grid.same_setting")
        if (self.x != SEED and not self.across) or (self.y and self.y != SEED and not self.down):
            raise ValueError("grid.no_values")
        columns = len(self.across) or self.count
        rows = (len(self.down) or self.count) if self.y else 1
        if columns * rows > MOST:
            raise ValueError("grid.too_many")
        self._each_is_taken()
        return self

    def _each_is_taken(self) -> None:
        """Each value by itself is one that the task takes."""
        for name, values in ((self.x, self.across), (self.y, self.down)):
            for value in values:
                try:
                    self.asked({name: value})
                except ValidationError as error:
                    raise ValueError("grid.bad_value") from error

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the pictures have in common."""
        found: Mapping[str, Any] = json.loads(self.base)
        return {name: value for name, value in found.items() if value is not None}

    @property
    def across(self) -> tuple[str, ...]:
        return values_of(self.x_values)

    @property
    def down(self) -> tuple[str, ...]:
        return values_of(self.y_values) if self.y else ()

    def asked(self, changed: Mapping[str, Any]) -> Request:
        """The request for one picture. Raises pydantic's ValidationError."""
        model = tasks()[self.of].request
        return model.model_validate(unflatten(model, {**self.settings, **changed}))

    def is_long(self, kinds: frozenset[str]) -> bool:
        return True

    def repeats(self) -> tuple[str, Mapping[str, Any]]:
        return self.of, self.settings


class Cell(BaseModel):
    """A picture of the grid; ``x`` and ``y`` are the values that it was made with."""

    model_config = ConfigDict(frozen=True)

    x: str
    y: str = ""
    seed: int
    picture: str


class GridResult(Result):
    """The sheet, and the pictures on it, row by row."""

    output: str = Field(
        description="The sheet with all pictures and their values.", json_schema_extra={"control": {"media": ["image"]}}
    )
    cells: tuple[Cell, ...] = Field(description="The single pictures.")


TASK = Task("grid", GridRequest, GridResult, accepts=(), produces=("image",), order=90, tab=False)
