"""Refine: faces and hands of a picture are found, drawn anew at full detail and put back, each to be taken or refused."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from studio.tasks import Request, Result, Task, control, group, media
from studio.tasks._diffusion import Diffusion

BOX = re.compile(r"(face|hand):(\d+),(\d+),(\d+),(\d+)")
MOST_SPOTS = 64


class RefineRequest(Request):
    """Draw faces and hands of a picture anew."""

    picture: str = media("image", title="Picture", description="What is refined.")
    boxes: tuple[str, ...] = control(
        (),
        max_length=MOST_SPOTS,
        title="Places",
        description="What is refined, such as face:left,top,width,height in pixels; empty looks for faces.",
    )
    refused: tuple[int, ...] = control(
        (), max_length=MOST_SPOTS, title="Left alone", description="Numbers of places, from 0, that stay as they are."
    )
    prompt: str = control(
        "", max_length=4000, title="Prompt", description="What is seen there, for engines that draw from words."
    )
    strength: float = control(
        0.5,
        ge=0,
        le=1,
        step=0.05,
        title="Strength",
        description="How much is drawn anew: 0 leaves the picture as it is.",
    )

    reference: str | None = media(
        "image",
        title="Face",
        description="A picture of the face that all faces take after, for engines that draw; for this you confirm that you have "
        "the right to.",
        default=None,
    )
    diffusion: Diffusion = group(Diffusion(), title="Diffusion")

    @field_validator("boxes")
    @classmethod
    def _places(cls, boxes: tuple[str, ...]) -> tuple[str, ...]:
        if not all(BOX.fullmatch(box) for box in boxes):
            raise ValueError("refine.bad_box")
        return boxes

    def places(self) -> list[tuple[Literal["face", "hand"], tuple[int, int, int, int]]]:
        """Kind and box (left, top, width, height) of each given place."""
        found = (BOX.fullmatch(box) for box in self.boxes)
        return [(match[1], tuple(map(int, match.groups()[1:]))) for match in found if match]  # type: ignore[misc]

    def wanted_engine(self) -> str | None:
        return self.engine or ("diffusion" if self.diffusion.model else None)

    def asks_rights(self) -> bool:
        return self.reference is not None

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False


class Spot(BaseModel):
    """A face or a hand that was drawn anew. The box is left, top, width and height in pixels of the picture."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["face", "hand"]
    box: tuple[int, int, int, int]
    before: str = Field(description="As it was.", json_schema_extra={"control": {"media": ["image"]}})
    after: str = Field(description="As it is now.", json_schema_extra={"control": {"media": ["image"]}})
    taken: bool = Field(True, description="Whether the result has it.")


class RefineResult(Result):
    """The picture with its places drawn anew, and each of these by itself."""

    output: str = Field("", description="The picture.", json_schema_extra={"control": {"media": ["image"]}})
    spots: tuple[Spot, ...] = Field((), description="The places.")


TASK = Task(
    "refine", RefineRequest, RefineResult, accepts=("image",), produces=("image",), order=42, rights=True, tab=False
)
