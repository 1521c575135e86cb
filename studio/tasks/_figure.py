"""Who is drawn: what is wished of a character, and a character as names of the drawn library."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio.tasks import Request, control
from studio.tasks._sheet import Sheet, checked_sheet, read_sheet
from studio.tasks.prompt import Language


class Character(BaseModel):
    """Names of the drawn library: who is drawn. An empty name takes what suits the tags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: str = ""
    build: str = ""
    pose: str = ""
    expression: str = ""
    palette: str = ""
    skin: str = ""
    hair: str = ""
    iris: str = ""
    parts: tuple[str, ...] = Field((), max_length=64)


def read_figure(text: str) -> Character:
    """Who is drawn, from JSON; nobody yet from nothing. Raises ValueError with the key of what to say."""
    try:
        return Character.model_validate_json(text) if text.strip() else Character()
    except ValidationError as error:
        raise ValueError("character.bad_figure") from error


def checked_figure(text: str) -> str:
    """The JSON of a figure as it is. Raises what ``read_figure`` raises."""
    read_figure(text)
    return text


class Wishes(Request):
    """What a character is drawn by: an idea, a style, names of the library, or the sheet and figure of an earlier result."""

    idea: str = control(
        "",
        max_length=4000,
        title="Idea",
        description="Who it is; empty draws somebody.",
        usual="an elven archer in autumn",
    )
    figure: str = control(
        "",
        max_length=20_000,
        title="Figure",
        description="Who is drawn, as the JSON of a result; empty takes what suits the tags.",
        advanced=True,
    )
    style: str | None = control(
        None, max_length=60, title="Style", description="Name of a style of the tag library; empty states none."
    )
    body: str | None = control(
        None, max_length=60, title="Body", description="Name of a mannequin; empty takes what suits the tags."
    )
    build: Literal["fitting", "feminine", "masculine"] = control(
        "fitting", title="Build", description="Build of the mannequin; fitting takes what suits the tags."
    )
    palette: str | None = control(
        None, max_length=60, title="Palette", description="Name of a palette; empty takes what suits the tags."
    )
    language: Language = control("en", title="Language", description="Language of the sheet's lines.")
    sheet: str = control(
        "",
        max_length=400_000,
        title="Sheet",
        description="Tags to go on from, as the JSON of a result; without locks its lines are taken as they are.",
        advanced=True,
    )
    parts: tuple[str, ...] = control(
        (),
        max_length=64,
        title="Parts",
        description="Parts of the library that are worn, such as hair/ponytail; empty takes what suits the tags.",
        advanced=True,
    )

    _readable = field_validator("sheet")(checked_sheet)

    _named = field_validator("figure")(checked_figure)

    @property
    def given(self) -> Sheet:
        """The sheet to go on from."""
        return read_sheet(self.sheet)

    @property
    def who(self) -> Character:
        """Who is drawn, as far as that is given."""
        return read_figure(self.figure)
