"""Who is in a picture or a video."""

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control, media


class FacesRequest(Request):
    """Find the people in a picture or a video, and when each is seen."""

    source: str = media("video", "image", title="Picture or video", description="Where people are looked for.")
    step: float = control(
        0.5,
        ge=0.1,
        le=10,
        step=0.1,
        unit="s",
        title="Look every",
        description="How often a video is looked at; cuts are looked at in any case.",
        advanced=True,
    )

    def is_trial(self) -> bool:
        return True


class PersonFound(BaseModel):
    """Somebody in a picture or a video."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="person1 is the one who is seen longest; in a picture, the one on the left.")
    crop: str = Field(
        description="The head at its best view, a small picture.",
        json_schema_extra={"control": {"media": ["image"]}},
    )
    spans: tuple[tuple[float, float], ...] = Field(description="From when to when they are seen, in seconds.")
    seconds: float = Field(description="How long they are seen in all.")
    frames: int = Field(description="In how many frames they are seen.")
    at: float = Field(description="Second of the best view.")
    box: tuple[float, float, float, float] = Field(
        description="The face in the best view: left, top, right and bottom, as parts of the picture's width and height."
    )


class FacesResult(Result):
    """The people, in the order of how long they are seen; those of a picture from left to right."""

    people: tuple[PersonFound, ...] = Field((), description="Everybody who was found.")


TASK = Task("faces", FacesRequest, FacesResult, accepts=("video", "image"), produces=("image",), order=31, tab=False)
