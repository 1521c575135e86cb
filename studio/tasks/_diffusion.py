"""Settings of drawing by diffusion, as groups in the requests of the tasks that do it."""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import field_validator

from studio.tasks import Controls, control, media

Speed = Literal["full", "lcm", "lightning", "turbo", "hyper"]
MOST_NAMED = 8
MOST_LORA = 4
"""How much a LoRA counts at most, either way."""
WEIGHED = re.compile(r"\s*([a-z0-9][a-z0-9._-]{0,63})\s*(?::\s*(-?\d{1,2}(?:\.\d{1,4})?)\s*)?")


def weighed(text: str, usual: float = 1.0) -> dict[str, float]:
    """Names and numbers of a text like ``one:0.8, other``. Raises ValueError where it isn't like that."""
    found: dict[str, float] = {}
    for piece in filter(str.strip, text.split(",")):
        match = WEIGHED.fullmatch(piece)
        if match is None or len(found) == MOST_NAMED:
            raise ValueError(f"write up to {MOST_NAMED} names with numbers, like one:0.8, other:0.5")
        found[match[1]] = usual if match[2] is None else float(match[2])
    return found


class Diffusion(Controls):
    """How a diffusion model draws, whatever it draws."""

    model: str | None = control(
        None,
        max_length=64,
        title="Model",
        description="Diffusion model that draws; empty takes the first that is installed.",
        advanced=True,
        cards="diffusion",
    )
    speed: Speed = control(
        "full",
        title="Speed",
        description="Few steps need a model, or a LoRA, that was made for them; an installed one is worn by itself.",
        advanced=True,
    )
    steps: int = control(
        0, ge=0, le=100, title="Steps", description="0 takes as many as the speed wants.", advanced=True
    )
    guidance: float = control(
        0.0,
        ge=0,
        le=30,
        step=0.5,
        title="Guidance",
        description="How strictly the prompt is followed; 0 takes what the speed wants.",
        advanced=True,
    )
    clip_skip: int = control(
        0, ge=0, le=4, title="Skip layers", description="Last layers of the text encoder left out.", advanced=True
    )
    loras: str = control(
        "",
        max_length=600,
        title="LoRAs",
        description="Model cards of LoRAs and how much each counts, like lcm-lora-sdxl:1, own-lora:0.6.",
        advanced=True,
    )

    @field_validator("loras")
    @classmethod
    def _worn(cls, text: str) -> str:
        if any(abs(scale) > MOST_LORA for scale in weighed(text).values()):
            raise ValueError(f"a LoRA counts from -{MOST_LORA} to {MOST_LORA}")
        return text

    @property
    def worn(self) -> Mapping[str, float]:
        """LoRAs by the ids of their cards, and how much each counts."""
        return weighed(self.loras)


class OverDrawn(Diffusion):
    """Diffusion that draws over what the drawn library shows, or leaves it as it is."""

    model: str | None = control(
        None,
        max_length=64,
        title="Model",
        description="Diffusion model that draws over the parts; empty takes the first that is installed.",
        advanced=True,
        cards="diffusion",
        besides=("drawn",),
    )

    @property
    def engine(self) -> str | None:
        """The engine that the choice of a model means."""
        return None if self.model is None else "drawn" if self.model == "drawn" else "diffusion"


class LedDiffusion(OverDrawn):
    """Diffusion that draws over a picture, led by pictures of its regions and by maps."""

    strength: float = control(
        0.6,
        ge=0.05,
        le=1,
        step=0.05,
        title="Strength",
        description="How far the drawing may depart from the parts in their places.",
        advanced=True,
    )
    follow: float = control(
        0.7,
        ge=0,
        le=2,
        step=0.05,
        title="Follow pictures",
        description="How much each region follows its own picture.",
        advanced=True,
    )
    regions: str = control(
        "",
        max_length=300,
        title="Follow by region",
        description="Regions that follow their pictures otherwise, like hair:1, face:0.3.",
        advanced=True,
    )
    style_picture: str | None = media(
        "image", title="Style picture", description="A picture whose look the whole drawing takes.", default=None
    )
    style: float = control(
        0.5,
        ge=0,
        le=2,
        step=0.05,
        title="Style",
        description="How much the style picture counts.",
        advanced=True,
    )
    pose: float = control(
        0.8, ge=0, le=2, step=0.05, title="Pose", description="How strictly the pose is kept.", advanced=True
    )
    lines: float = control(
        0.0,
        ge=0,
        le=2,
        step=0.05,
        title="Lines",
        description="How strictly the drawing's lines are kept.",
        advanced=True,
    )
    edges: float = control(
        0.0, ge=0, le=2, step=0.05, title="Edges", description="How strictly its edges are kept.", advanced=True
    )
    depth: float = control(
        0.0,
        ge=0,
        le=2,
        step=0.05,
        title="Depth",
        description="How strictly what is before what is kept.",
        advanced=True,
    )

    @field_validator("regions")
    @classmethod
    def _followed(cls, text: str) -> str:
        if any(not 0 <= scale <= 2 for scale in weighed(text).values()):
            raise ValueError("a region follows its picture from 0 to 2")
        return text

    @property
    def followed(self) -> Mapping[str, float]:
        """Regions that follow their pictures otherwise than ``follow`` says, and how much."""
        return weighed(self.regions)
