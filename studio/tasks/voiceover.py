"""Voice-over: a finished sound laid over a film."""

from pydantic import Field

from studio.tasks import Request, Result, Task, _spoken, control, media


class VoiceoverRequest(Request):
    """Lay a finished sound over a film, whose own goes down under it; the picture isn't touched."""

    sound: str = media("audio", title="Sound", description="What is laid over the film, such as a spoken text.")
    video: str = media("video", title="Film", description="The film; its picture isn't touched.")
    begins: float = control(
        0, ge=0, le=86_400, step=0.1, title="Begins after", description="Where in the film it begins.", unit="s"
    )
    under: _spoken.Under = _spoken.under()
    duck: float = _spoken.duck()
    lufs: float = control(
        -16, ge=-30, le=-12, step=0.5, title="Loudness", description="Of the sound.", unit="LUFS", advanced=True
    )


class VoiceoverResult(Result):
    """The film with the sound over it."""

    output: str = Field("", description="The film.", json_schema_extra={"control": {"media": ["video"]}})
    cut: float = Field(
        0.0, description="How many seconds of the sound lie behind the end of the film and are left out."
    )


TASK = Task(
    "voiceover", VoiceoverRequest, VoiceoverResult, accepts=("audio", "video"), produces=("video",), order=66, tab=False
)
