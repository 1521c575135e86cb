"""A prompt as a sheet: lines that can be changed, locked and weighted one by one."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Section = Literal[
    "subject", "face", "hair", "body", "outfit", "held", "pose", "setting", "style", "quality", "negative"
]
LONGEST = 500
MOST_LINES = 200


class Line(BaseModel):
    """What is wanted of one thing. ``text`` is in the reader's language, ``english`` what goes to the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section = Field(description="Part of the sheet that the line stands in.")
    text: str = Field(min_length=1, max_length=LONGEST, description="The line in the reader's language.")
    english: str = Field("", max_length=LONGEST, description="What goes to the model; empty is the text itself.")
    slot: str = Field("", max_length=60, description="Category of the tag library, or what of the style it states.")
    weight: float = Field(1.0, ge=0, le=2, description="How much it counts; 1 is usual, 0 leaves it out.")
    locked: bool = Field(False, description="Stays as it is when the rest is made anew.")

    @property
    def said(self) -> str:
        """What goes to the model."""
        return self.english or self.text


class Sheet(BaseModel):
    """A whole prompt. ``style`` is the name of the library's style that its style lines come from, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[Line, ...] = Field((), max_length=MOST_LINES, description="The lines, in the order of the prompt.")
    style: str = Field("", max_length=60, description="Name of the style of the library, if one was chosen.")

    @property
    def locked(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.locked)


def read_sheet(text: str) -> Sheet:
    """A sheet from its JSON, an empty one from nothing. Raises ValueError with the key of what to say."""
    if not text.strip():
        return Sheet()
    try:
        return Sheet.model_validate_json(text)
    except ValidationError as error:
        raise ValueError("prompt.bad_sheet") from error


def checked_sheet(text: str) -> str:
    """The JSON of a sheet as it is. Raises what ``read_sheet`` raises."""
    read_sheet(text)
    return text
