"""What a video is written as: the same settings in every task that makes one."""

from typing import Literal

from studio.tasks import Controls, control


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
