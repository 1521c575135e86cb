"""Upscale: a picture becomes larger, with the edges of a large one."""

from pydantic import Field

from studio.tasks import Request, Result, Task, control, group, media
from studio.tasks._diffusion import Diffusion

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

    redraw: float = control(
        0.0,
        ge=0,
        le=1,
        step=0.05,
        title="Draw anew",
        description="How much of its details a diffusion model draws anew, tile by tile; 0 only enlarges.",
        advanced=True,
    )
    prompt: str = control(
        "",
        max_length=4000,
        title="Prompt",
        description="What is seen, for the model that draws details.",
        advanced=True,
    )
    diffusion: Diffusion = group(Diffusion(), title="Diffusion")

    def wanted_engine(self) -> str | None:
        return self.engine or ("diffusion" if self.redraw else "network" if self.model else None)


class UpscaleResult(Result):
    """The larger picture."""

    output: str = Field(description="The larger picture.", json_schema_extra={"control": {"media": ["image"]}})
    width: int = Field(description="Its width in pixels.")
    height: int = Field(description="Its height in pixels.")


TASK = Task("upscale", UpscaleRequest, UpscaleResult, accepts=("image",), produces=("image",), order=45, tab=False)
