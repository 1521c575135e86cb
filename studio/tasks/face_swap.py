"""Face swap: chosen faces in a picture or a video, with the expressions, light, sound and timing that are there."""

from typing import Literal

from pydantic import Field, model_validator

from studio.tasks import Controls, Result, Task, control, group, media, media_map
from studio.tasks._film import FilmRequest

BUILT_IN = "built-in"
PEOPLE = 24
PHOTOS = 8


class Face(Controls):
    strength: float = control(
        1.0, ge=0, le=1, step=0.05, title="Strength", description="How much of the new face is seen; 0 is the old one."
    )
    shape: float = control(
        0.7,
        ge=0,
        le=1,
        step=0.05,
        title="Shape",
        description="How far eyes, brows, nose and mouth move to where the new face has them (built-in engine).",
    )
    colour: Literal["light", "tone", "own"] = control(
        "light",
        title="Colour",
        description="Take on the light of every place of the old face, only its overall tone, or nothing.",
    )
    mouth: float = control(
        0.0, ge=0, le=1, step=0.05, title="Keep mouth", description="How much of the old lips and teeth stays."
    )
    eyes: float = control(
        0.0, ge=0, le=1, step=0.05, title="Keep eyes", description="How much of the old eyes and their lids stays."
    )
    detail: float = control(
        0.3, ge=0, le=1, step=0.05, title="Detail", description="Sharpening of the new face; grain is left alone."
    )
    photos: Literal["closest", "mean"] = control(
        "closest",
        title="Several photos",
        description="For each frame the photo that fits its pose best, or the mean of all.",
        advanced=True,
    )
    boost: Literal["auto", "128", "256", "512", "1024"] = control(
        "auto",
        title="Pixels",
        description="Size at which a neural model draws the face; auto goes by the face's size in the picture.",
        advanced=True,
    )


class Mask(Controls):
    feather: float = control(
        0.3, ge=0, le=1, step=0.05, title="Soft edge", description="How wide the new face's edge fades out."
    )
    front: bool = control(
        True, title="What is in front", description="Leave hands, hair and glasses that cover the face in front."
    )
    regions: bool = control(
        False,
        title="Only skin, eyes, nose and mouth",
        description="Let a face-parsing model draw the outline.",
        advanced=True,
    )
    brush: str | None = media(
        "image",
        title="Painted mask",
        description="A picture of the target's shape: where it is black or transparent, the old face stays.",
        default=None,
    )


class Restore(Controls):
    model: str | None = control(
        None,
        title="Restorer",
        description="Model card that redraws the swapped face sharper.",
        cards="face-restorer",
    )
    blend: float = control(
        0.8, ge=0, le=1, step=0.05, title="Blend", description="How much of the restored face is used."
    )
    fidelity: float = control(
        0.5,
        ge=0,
        le=1,
        step=0.05,
        title="Fidelity",
        description="Where the model has such a setting: 0 is prettier, 1 truer to what it was given.",
        advanced=True,
    )


class Only(Controls):
    gender: Literal["any", "female", "male"] = control(
        "any", title="Gender", description="Swap only faces that look so to the analysing model.", advanced=True
    )
    youngest: int = control(0, ge=0, le=100, step=1, title="Youngest", description="Least apparent age.", advanced=True)
    oldest: int = control(100, ge=0, le=100, step=1, title="Oldest", description="Most apparent age.", advanced=True)

    @property
    def asked(self) -> bool:
        return self.gender != "any" or self.youngest > 0 or self.oldest < 100


class FaceSwapRequest(FilmRequest):
    """Put chosen faces into a picture or a video."""

    target: str = media("video", "image", title="Picture or video", description="Where faces are swapped.")
    source: tuple[str, ...] = media(
        "image",
        title="New face",
        description="Photos of one person, whose face everyone gets who isn't given another.",
        many=True,
        usual=True,
        max_length=PHOTOS,
    )
    map: dict[str, tuple[str, ...]] = media_map(
        "image",
        title="New faces",
        description="Photos of whose face each gets: by the names that the faces task gives, by place, or by order.",
        names="person",
        max_length=PEOPLE,
    )
    references: dict[str, tuple[str, ...]] = media_map(
        "image",
        title="Who is who",
        description="Pictures of the people in the target, by their names; without them they are looked for first.",
        names="person",
        max_length=PEOPLE,
    )
    by: Literal["identity", "order", "place"] = control(
        "identity",
        title="Tell people apart by",
        description="Who they are; their order from the left (names 1, 2, …); or where they are (such as 30,50: percent from left and top).",
        advanced=True,
    )
    alike: float = control(
        0.5,
        ge=0,
        le=1,
        step=0.05,
        title="Likeness",
        description="How alike a face must be to count as a person: 1 is strict.",
        advanced=True,
    )
    model: str | None = control(
        None,
        title="Model",
        description="Model card that swaps, or built-in; empty takes the best that is there.",
        advanced=True,
        cards="face-swapper",
        besides=(BUILT_IN,),
    )
    face: Face = group(Face(), title="Face")
    mask: Mask = group(Mask(), title="Mask")
    restore: Restore = group(Restore(), title="Restore")
    only: Only = group(Only(), title="Only")
    scale: float = control(
        1.0,
        ge=0.1,
        le=8,
        title="Scale",
        description="Size of the result, as a multiple of the target's.",
        advanced=True,
    )
    preview: bool = control(False, title="Preview", description="Swap only one frame, as a picture.")
    at: float | None = control(
        None, ge=0, unit="s", title="Frame", description="Second of the frame of a preview; empty takes a good one."
    )

    @model_validator(mode="after")
    def _somebody(self) -> "FaceSwapRequest":
        if not self.source and not any(self.map.values()):
            raise ValueError("face_swap.nobody")
        return self

    def wanted_engine(self) -> str | None:
        if self.engine or not self.model:
            return self.engine
        return "mesh" if self.model == BUILT_IN else "neural"


class FaceSwapResult(Result):
    """The picture or video with the new faces."""

    output: str = Field(
        description="The picture or video with the new faces.",
        json_schema_extra={"control": {"media": ["video", "image"]}},
    )
    frames: int = Field(description="Number of frames.")
    swapped: int = Field(description="Number of faces that were swapped, over all frames.")
    comparison: str | None = Field(
        None,
        description="Before and after side by side, where that was asked for.",
        json_schema_extra={"control": {"media": ["video", "image"]}},
    )
    original: str | None = Field(None, description="The frame of a preview as it was.")


TASK = Task(
    "face_swap",
    FaceSwapRequest,
    FaceSwapResult,
    accepts=("video", "image"),
    produces=("video", "image"),
    order=30,
    rights=True,
)
