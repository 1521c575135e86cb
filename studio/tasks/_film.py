"""What every task that works on a film asks: which part of it, how fast, and what it is written as."""

from typing import Literal, Self

from pydantic import model_validator

from studio.tasks import Controls, Request, control, group


class Output(Controls):
    format: Literal["mp4", "hevc", "av1", "webm", "prores", "gif", "png"] = control(
        "mp4",
        title="Format",
        description="mp4 plays everywhere; hevc and av1 are smaller; webm and prores can be transparent; png is one picture a frame.",
    )
    quality: Literal["draft", "good", "best"] = control(
        "good", title="Quality", description="Draft is quick and small, best is for editing further."
    )
    hardware: bool = control(
        False, title="Hardware encoder", description="Use the graphics card's encoder.", advanced=True
    )
    compare: bool = control(
        False,
        title="Comparison",
        description="Also make a file that shows before and after side by side.",
        advanced=True,
    )
    label: bool = control(
        False, title="Visible label", description="Put a small “AI” into the corner of the picture.", advanced=True
    )

    @property
    def comparable(self) -> bool:
        """Whether a film of before and after can be made and is asked for; a ZIP of pictures has none."""
        return self.compare and self.format != "png"


class FilmRequest(Request):
    """A request that works on a picture or a video; a preview tries it out on a frame or a few."""

    start: float = control(
        0.0,
        unit="s",
        title="From",
        description="Where to begin in the video; less than 0 is its beginning.",
        advanced=True,
    )
    end: float | None = control(
        None, unit="s", title="To", description="Where to stop; empty goes to the end.", advanced=True
    )
    fps: float = control(
        0.0,
        ge=0,
        le=240,
        unit="fps",
        title="Frame rate",
        description="Frames a second of the result; 0 keeps the source's.",
        advanced=True,
    )
    output: Output = group(Output(), title="Output")
    preview: bool = control(False, title="Preview", description="Only try it out.")

    @model_validator(mode="after")
    def _end_after_start(self) -> Self:
        if self.end is not None and self.end <= self.begin:
            raise ValueError("media.ends_early")
        return self

    @property
    def begin(self) -> float:
        """Where the part begins, in seconds."""
        return max(self.start, 0.0)

    def is_long(self, kinds: frozenset[str]) -> bool:
        return "video" in kinds and not self.preview

    def is_trial(self) -> bool:
        return self.preview
