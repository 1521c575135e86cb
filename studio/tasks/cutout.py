"""Cut out: what stands in a picture, shown by a box, by points or by a brush, on transparent ground."""

from pydantic import Field, field_validator

from studio.tasks import Request, Result, Task, control, media
from studio.tasks._hints import MOST_HINTS, Hints, read_hints


class CutoutRequest(Request):
    """Cut something out of a picture."""

    picture: str = media("image", title="Picture", description="What is cut out of.")
    hints: tuple[str, ...] = control(
        (),
        max_length=MOST_HINTS,
        title="Where",
        description="What is meant, in pixels: box:left,top,width,height, in:x,y on it, out:x,y beside it; "
        "empty takes what stands away from the picture's edge.",
    )
    mask: str | None = media(
        "image",
        title="Brushed",
        description="A picture of the same shape: white where it is, black where it isn't, grey or clear where that isn't known.",
        default=None,
    )
    soft: float = control(
        0.5, ge=0, le=32, step=0.5, title="Soft edge", description="How far the edge is blurred.", unit="px"
    )
    clean: bool = control(
        True,
        title="Own colours",
        description="Take the old background's colour out of the edge; else it stays as it is.",
    )
    model: str | None = control(
        None,
        cards="segmenter",
        title="Model",
        description="Model card that finds outlines; empty takes the best that is installed.",
    )

    @field_validator("hints")
    @classmethod
    def _readable(cls, hints: tuple[str, ...]) -> tuple[str, ...]:
        read_hints(hints)
        return hints

    def where(self) -> Hints:
        """The hints, read."""
        return read_hints(self.hints)

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False

    def wanted_engine(self) -> str | None:
        return self.engine or ("segment" if self.model else None)


class CutoutResult(Result):
    """What was cut out, and where it was."""

    output: str = Field(
        "",
        description="It, on transparent ground, as large as the picture.",
        json_schema_extra={"control": {"media": ["image"]}},
    )
    mask: str = Field(
        "", description="Its outline: white where it is.", json_schema_extra={"control": {"media": ["image"]}}
    )
    box: tuple[int, int, int, int] = Field(
        (0, 0, 0, 0), description="Left, top, width and height of what is there, in pixels."
    )
    share: float = Field(0.0, description="The share of the picture that it covers, 0 to 1.")


TASK = Task("cutout", CutoutRequest, CutoutResult, accepts=("image",), produces=("image",), order=43, tab=False)
