"""Views: a character sheet on one page, from all sides, with expressions, palette and details, for those who draw on."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from studio.tasks import Request, Result, Task, control
from studio.tasks._sheet import checked_sheet
from studio.tasks.character import Character, CharacterRequest, checked_figure, picture_field
from studio.tasks.prompt import Language

View = Literal["front", "three_quarter", "side", "back"]
VIEWS: tuple[View, ...] = get_args(View)


class ViewsRequest(Request):
    """A character from all sides: one that was drawn before, or one by the same wishes as a character."""

    figure: str = control(
        "",
        max_length=20_000,
        title="Figure",
        description="Who is drawn, as the JSON of a character's result; empty takes what suits the wishes.",
    )
    idea: str = control(
        "",
        max_length=4000,
        title="Idea",
        description="Who it is; empty draws somebody.",
        usual="an elven archer in autumn",
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
    name: str = control("", max_length=60, title="Name", description="Heading of the page; empty is a plain one.")
    width: int = control(
        3072,
        ge=640,
        le=4096,
        step=64,
        title="Width",
        description="Width of the page; it is two thirds as high.",
        unit="px",
    )
    expressions: int = control(6, ge=4, le=6, title="Expressions", description="How many faces are drawn.")
    separate: bool = control(True, title="Views by themselves", description="Each view as a file of its own as well.")
    language: Language = control("en", title="Language", description="Language of what is written on the page.")
    sheet: str = control(
        "",
        max_length=400_000,
        title="Sheet",
        description="Tags to go on from, as the JSON of a result.",
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

    def wishes(self) -> CharacterRequest:
        """Who is asked for, as far as the step that chooses parts and colours."""
        shared = ("figure", "idea", "style", "body", "build", "palette", "language", "sheet", "parts")
        return CharacterRequest(until="library", **{name: getattr(self, name) for name in shared})


class ViewPicture(BaseModel):
    """One view by itself on transparent ground; all views of a page have the same scale and ground line."""

    model_config = ConfigDict(frozen=True)

    view: View = Field(description="The side that it is seen from.")
    picture: str | None = picture_field("The view.")


class Swatch(BaseModel):
    """A colour of the character."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="What has the colour, in the request's language.")
    hex: str = Field(description="The colour as #rrggbb.")


class ViewsResult(Result):
    """The page, its views, and what was drawn."""

    output: str | None = picture_field("The page.")
    views: tuple[ViewPicture, ...] = Field((), description="Each view by itself.")
    palette: tuple[Swatch, ...] = Field((), description="The colours, the most seen first.")
    character: Character = Field(Character(), description="Who is drawn: body, colours and parts.")


TASK = Task("views", ViewsRequest, ViewsResult, accepts=(), produces=("image",), order=21, tab=False)
