"""What the browser keeps of the prompt tab: the sheets that were made, and those that they took the place of."""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import Dialect

MOST_PAST = 24


class Past(BaseModel):
    """A sheet as it was when another took its place. ``how`` names what was done then, ``when`` is in Unix seconds."""

    model_config = ConfigDict(frozen=True)

    sheet: Sheet
    how: str = ""
    when: float = 0.0


class Kept(BaseModel):
    """The sheets, which of them is worked on, and earlier ones, the latest first. ``turn`` is new with other lines."""

    model_config = ConfigDict(frozen=True)

    sheets: tuple[Sheet, ...] = ()
    chosen: int = 0
    turn: str = ""
    dialect: Dialect = "sd"
    past: tuple[Past, ...] = ()

    @classmethod
    def of(cls, kept: Any) -> "Kept":
        """What was kept, or nothing where it can't be read."""
        try:
            return cls.model_validate(kept or {})
        except ValidationError:
            return cls()

    @property
    def sheet(self) -> Sheet:
        return self.sheets[self.chosen] if self.chosen < len(self.sheets) else Sheet()

    def shown(self, sheets: Sequence[Sheet], chosen: int = 0) -> "Kept":
        """With other lines on the page."""
        return self.model_copy(update={"sheets": tuple(sheets), "chosen": chosen, "turn": secrets.token_hex(4)})

    def made(self, how: str, sheets: Sequence[Sheet], chosen: int = 0) -> "Kept":
        """With new sheets; the one that was worked on goes into the past."""
        return self._remembered(how).shown(sheets, chosen)

    def remade(self, how: str, sheet: Sheet) -> "Kept":
        """With another sheet in place of the one that was worked on, which goes into the past."""
        return self._remembered(how).changed(sheet).shown(self.changed(sheet).sheets, self.chosen)

    def back(self, number: int) -> "Kept":
        """With an earlier sheet in place of the one that is worked on, which goes into the past itself."""
        if not 0 <= number < len(self.past):
            return self
        return self.remade("back", self.past[number].sheet)

    def changed(self, sheet: Sheet) -> "Kept":
        """With the chosen sheet as the visitor's hand has left it."""
        sheets = list(self.sheets) or [Sheet()]
        sheets[min(self.chosen, len(sheets) - 1)] = sheet
        return self.model_copy(update={"sheets": tuple(sheets)})

    def _remembered(self, how: str) -> "Kept":
        if not self.sheet.lines or (self.past and self.past[0].sheet == self.sheet):
            return self
        past = (Past(sheet=self.sheet, how=how, when=time.time()), *self.past)
        return self.model_copy(update={"past": past[:MOST_PAST]})


def difference(before: Sheet, after: Sheet) -> tuple[list[Line], list[Line]]:
    """The lines that only the first has, and those that only the second has. Locks don't count."""

    def known(sheet: Sheet) -> dict[tuple[bool, str, float], Line]:
        return {(line.section == "negative", line.said.casefold(), line.weight): line for line in sheet.lines}

    old, new = known(before), known(after)
    return [old[key] for key in old if key not in new], [new[key] for key in new if key not in old]
