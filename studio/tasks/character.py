"""Character: a concept drawing in seven steps, from random tags to a finished, upscaled picture."""

from collections.abc import Sequence
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from studio.tasks import Result, Task, control, group, media, media_map
from studio.tasks._diffusion import LedDiffusion
from studio.tasks._figure import Character, Wishes
from studio.tasks._hints import MOST_HINTS, read_hints
from studio.tasks._sheet import Line, Sheet
from studio.tasks.refine import MOST_SPOTS, Spot

Step = Literal["tags", "library", "masks", "draw", "redefine", "refine", "upscale"]
STEPS: tuple[Step, ...] = get_args(Step)
Region = Literal["hair", "face", "torso", "arms", "hands", "legs", "feet", "held", "back", "background"]
Format = Literal["picture", "ora", "psd", "zip"]
Look = Literal["drawn", "ink", "cel", "paint", "pencil"]


def step_number(step: Step) -> int:
    """From 0."""
    return STEPS.index(step)


class CharacterRequest(Wishes):
    """Draw a character. Each step takes what an earlier one has made where that is given, and makes it where it isn't."""

    until: Step = control(
        "upscale",
        title="Up to",
        description="The last step to be made: tags, pictures, masks, drawing, features, faces, size.",
    )
    spread: float = control(
        0.5, ge=0, le=2, step=0.05, title="Spread", description="How far tags are drawn from the style's centre."
    )
    pose: str | None = control(
        None, max_length=60, title="Pose", description="Name of a pose; empty takes what suits the tags."
    )
    look: Look = control(
        "drawn",
        title="Drawn as",
        description="The library's own clean drawing, or one of the Cartoonize styles over it.",
    )
    height: int = control(
        1536,
        ge=256,
        le=2048,
        step=64,
        title="Height",
        description="Height of the drawing; it is two thirds as wide.",
        unit="px",
    )
    scale: int = control(2, ge=1, le=4, title="Enlarge", description="How many times larger the last step makes it.")
    output_format: Format = control(
        "picture",
        title="Format",
        description="ora or psd with a layer for each part, or zip with those layers and the maps for ControlNet, as large as the picture.",
    )
    backdrop: bool = control(
        True, title="Background", description="Draw what is behind the character; else it is transparent."
    )
    redraw: bool = control(
        False,
        title="Draw tags anew",
        description="Keep only the locked lines of the sheet and draw the others.",
        advanced=True,
    )
    owned: bool = control(
        True,
        title="My parts",
        description="Take parts that you have added where they answer a line.",
        advanced=True,
    )
    pictures: dict[str, tuple[str, ...]] = media_map(
        "image",
        title="Own pictures",
        description="Pictures of yours for regions of the figure, in place of the library's parts.",
        names="region",
        max_length=len(get_args(Region)),
    )
    cuts: tuple[str, ...] = control(
        (),
        max_length=MOST_HINTS,
        title="Cut out",
        description="What is meant of an own picture, in its pixels: torso:box:left,top,width,height, torso:in:x,y on it, "
        "torso:out:x,y beside it.",
        advanced=True,
    )
    masks: str | None = media(
        "image", title="Masks", description="The map of regions as a result has it, painted over.", default=None
    )
    drawing: str | None = media(
        "image",
        title="Drawing",
        description="A drawing to go on from: its features and faces are looked at.",
        default=None,
    )
    refined: str | None = media(
        "image", title="Refined drawing", description="A finished drawing that is only to be enlarged.", default=None
    )
    refused: tuple[int, ...] = control(
        (),
        max_length=MOST_SPOTS,
        title="Left alone",
        description="Numbers of faces and hands, from 0, that stay as they were drawn.",
        advanced=True,
    )

    after: str = control(
        "",
        max_length=64,
        title="Goes on from",
        description="The job whose character this one goes on from: it is only noted, for the tree of what came of what.",
        advanced=True,
    )
    diffusion: LedDiffusion = group(LedDiffusion(), title="Diffusion")

    @field_validator("cuts")
    @classmethod
    def _meant(cls, cuts: tuple[str, ...]) -> tuple[str, ...]:
        for region, _, hint in (cut.partition(":") for cut in cuts):
            if region not in get_args(Region):
                raise ValueError("character.no_region")
            read_hints((hint,))
        return cuts

    @model_validator(mode="after")
    def _known(self) -> "CharacterRequest":
        named = [*self.pictures, *self.diffusion.followed]
        strange = [name for name in named if name not in get_args(Region)]
        if strange:
            raise ValueError("character.no_region")
        return self

    def hints_for(self, region: str) -> tuple[str, ...]:
        """What is meant of the own picture for a region."""
        return tuple(hint for name, _, hint in (cut.partition(":") for cut in self.cuts) if name == region)

    def wanted_engine(self) -> str | None:
        return self.engine or self.diffusion.engine

    @property
    def last(self) -> int:
        """Number of the last step to be made, from 0."""
        return step_number(self.until)


class Choice(BaseModel):
    """What stands for a tag: a part of the library, or a picture of the user's own."""

    model_config = ConfigDict(frozen=True)

    region: str = Field(description="Region of the figure.")
    part: str = Field("", description="Part of the library, kind/name; empty for an own picture.")
    picture: str = Field("", description="The own picture.")
    title: str = Field("", description="What it is, in the request's language.")
    line: str = Field("", description="The line of the sheet that it stands for; empty where chance has chosen.")
    how: Literal["tag", "near", "seen", "chance", "given"] = Field("tag", description="How it was found.")


def picture_field(description: str) -> str | None:
    """A result's picture."""
    return Field(None, description=description, json_schema_extra={"control": {"media": ["image"]}})  # type: ignore[no-any-return]


class CharacterResult(Result):
    """What each step has made; what no step has come to is empty."""

    sheet: Sheet = Field(Sheet(), description="Step 1: the lines.")
    prompt: str = Field("", description="Step 1: the lines as a prompt.")
    negative: str = Field("", description="Step 1: what to avoid.")
    found: tuple[Choice, ...] = Field((), description="Step 2: what stands for the lines.")
    character: Character = Field(Character(), description="Step 2: body, pose, colours and parts.")
    preliminary: str | None = picture_field("Step 3: the parts on the mannequin.")
    masks: str | None = picture_field("Step 3: the map of regions, a grey level for each.")
    drawing: str | None = picture_field("Step 4: the drawing.")
    described: Sheet = Field(Sheet(), description="Step 5: the lines as the drawing shows them.")
    gone: tuple[Line, ...] = Field((), description="Step 5: lines that the drawing doesn't show.")
    come: tuple[Line, ...] = Field((), description="Step 5: lines that it shows besides.")
    refined: str | None = picture_field("Step 6: the drawing with its faces and hands drawn anew.")
    spots: tuple[Spot, ...] = Field((), description="Step 6: the faces and hands.")
    output: str | None = Field(
        None,
        description="Step 7: the finished picture, or its layers.",
        json_schema_extra={"control": {"media": ["image", "file"]}},
    )

    def words(self) -> Sequence[str]:
        return [self.prompt] if self.prompt else []


TASK = Task("character", CharacterRequest, CharacterResult, accepts=("image",), produces=("image",), order=20)
