"""Upscale: a picture becomes larger, with the edges of a large one."""

from pydantic import Field

from studio.tasks import Request, Result, Task, control, media

LONGEST = 16384


class UpscaleRequest(Request):
    """Enlarge a picture without blurring it: two to eight times, or to a longer side in pixels."""

    source: str = media("image", title="Picture", description="The picture to enlarge.")
    scale: int = control(2, ge=2, le=8, step=1, title="Times", description="How many times larger each side becomes.")
    side: int = control(
        0,
        ge=0,
        le=LONGEST,
        unit="px",
        title="Longer side",
        description="Length of the result's longer side, at most eight times the picture's; 0 goes by the times.",
    )
    model: str | None = control(
        None,
        title="Model",
        description="Model card that enlarges; empty takes the first that is installed.",
        advanced=True,
        cards="upscaler",
    )

    def wanted_engine(self) -> str | None:
        return self.engine or ("network" if self.model else None)


class UpscaleResult(Result):
    """The larger picture."""

    output: str = Field(description="The larger picture.", json_schema_extra={"control": {"media": ["image"]}})
    width: int = Field(description="Its width in pixels.")
    height: int = Field(description="Its height in pixels.")


TASK = Task("upscale", UpscaleRequest, UpscaleResult, accepts=("image",), produces=("image",), order=45, tab=False)
