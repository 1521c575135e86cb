"""Stylize: a picture redrawn in the manner of another one, its lines kept, and where that is wanted its faces too."""

from pydantic import Field

from studio.tasks import Request, Result, Task, control, group, media
from studio.tasks._diffusion import Diffusion


class StylizeRequest(Request):
    """Redraw a picture in the style of another picture."""

    picture: str = media("image", title="Picture", description="What is redrawn.")
    style: str = media("image", title="Style", description="The picture whose manner it takes on.")
    strength: float = control(
        0.75, ge=0, le=1, step=0.05, title="Strength", description="How far it goes: 0 leaves the picture as it is."
    )
    lines: float = control(
        0.6, ge=0, le=1, step=0.05, title="Keep lines", description="How firmly the picture's own lines stay."
    )
    colours: float = control(
        1.0, ge=0, le=1, step=0.05, title="Colours", description="How far the colours become the style's."
    )
    prompt: str = control(
        "",
        max_length=4000,
        title="Prompt",
        description="What is seen in the picture, for engines that draw from words.",
    )
    keep_faces: bool = control(
        False,
        title="Keep faces",
        description="Give people their own faces again afterwards; for this you confirm that you have the right to.",
    )
    diffusion: Diffusion = group(Diffusion(), title="Diffusion")

    def wanted_engine(self) -> str | None:
        return self.engine or ("diffusion" if self.diffusion.model else None)

    def asks_rights(self) -> bool:
        return self.keep_faces


class StylizeResult(Result):
    """The redrawn picture."""

    output: str = Field(description="The redrawn picture.", json_schema_extra={"control": {"media": ["image"]}})
    width: int = Field(description="Its width in pixels.")
    height: int = Field(description="Its height in pixels.")
    faces: int = Field(0, description="Number of faces that got their own look again.")


TASK = Task(
    "stylize", StylizeRequest, StylizeResult, accepts=("image",), produces=("image",), order=44, rights=True, tab=False
)
