"""Views: a character sheet on one page, from all sides, with expressions, palette and details, for those who draw on."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control, group
from studio.tasks._diffusion import OverDrawn
from studio.tasks._figure import Character, Wishes
from studio.tasks.character import CharacterRequest, picture_field

View = Literal["front", "three_quarter", "side", "back"]
VIEWS: tuple[View, ...] = get_args(View)


class ViewsRequest(Wishes):
    """A character from all sides: one that was drawn before, or one by the same wishes as a character."""

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
    strength: float = control(
        0.5,
        ge=0.05,
        le=1,
        step=0.05,
        title="Strength",
        description="How far views and faces may depart from the parts, for engines that draw.",
    )
    diffusion: OverDrawn = group(OverDrawn(), title="Diffusion")

    def wanted_engine(self) -> str | None:
        return self.engine or self.diffusion.engine

    def wishes(self) -> CharacterRequest:
        """Who is asked for, as far as the step that chooses parts and colours."""
        shared = self.model_dump(include=Wishes.model_fields.keys() - Request.model_fields.keys())
        return CharacterRequest(until="library", **shared)


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
