"""Inpaint: what a mask marks in a picture is filled anew, and margins are added around it, so that nothing shows the seam."""

from typing import Literal

from pydantic import Field, model_validator

from studio.tasks import Controls, Request, Result, Task, control, group, media
from studio.tasks._diffusion import Diffusion

MOST_MARGIN = 4096


class Margins(Controls):
    """What is added around a picture."""

    left: float = control(0, ge=0, le=MOST_MARGIN, title="Left", description="Margin at the left.")
    top: float = control(0, ge=0, le=MOST_MARGIN, title="Top", description="Margin at the top.")
    right: float = control(0, ge=0, le=MOST_MARGIN, title="Right", description="Margin at the right.")
    bottom: float = control(0, ge=0, le=MOST_MARGIN, title="Bottom", description="Margin at the bottom.")
    unit: Literal["px", "percent"] = control(
        "px",
        title="Unit",
        description="Whether margins are in pixels, or in per cent of the picture's width and height.",
    )

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom for a picture of this size."""
        across, down = (width / 100, height / 100) if self.unit == "percent" else (1.0, 1.0)
        return round(self.left * across), round(self.top * down), round(self.right * across), round(self.bottom * down)


class InpaintRequest(Request):
    """Fill a part of a picture anew, or continue it beyond its borders."""

    picture: str = media("image", title="Picture", description="What is filled.")
    mask: str | None = media(
        "image",
        title="Mask",
        description="A picture of the same shape: what is white in it, or painted on a transparent ground, is filled.",
        default=None,
        usual=True,
    )
    grow: Margins = group(Margins(), title="Margins")
    prompt: str = control(
        "", max_length=4000, title="Prompt", description="What shall be seen there, for engines that draw from words."
    )
    negative: str = control(
        "",
        max_length=4000,
        title="Not wanted",
        description="What shall not be seen there, for engines that draw from words.",
        advanced=True,
    )
    strength: float = control(
        1.0,
        ge=0.05,
        le=1,
        step=0.05,
        title="Strength",
        description="How much of what is there now gives way; margins are always wholly new.",
    )
    guide: Literal["nothing", "depth", "lines"] = control(
        "nothing",
        title="Keep to",
        description="What of the picture under the mask is kept to by engines that can: nothing, its depth, or its lines.",
    )
    diffusion: Diffusion = group(Diffusion(), title="Diffusion")

    @model_validator(mode="after")
    def _something(self) -> "InpaintRequest":
        margins = self.grow
        if not self.mask and not any((margins.left, margins.top, margins.right, margins.bottom)):
            raise ValueError("inpaint.nothing")
        return self

    def wanted_engine(self) -> str | None:
        return self.engine or ("diffusion" if self.diffusion.model else None)


class InpaintResult(Result):
    """The filled picture."""

    output: str = Field(description="The filled picture.", json_schema_extra={"control": {"media": ["image"]}})
    width: int = Field(description="Its width in pixels.")
    height: int = Field(description="Its height in pixels.")


TASK = Task("inpaint", InpaintRequest, InpaintResult, accepts=("image",), produces=("image",), order=43, tab=False)
