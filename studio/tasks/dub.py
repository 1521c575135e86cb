"""Dub: the lines of subtitles spoken into a film, each in its own time."""

from pydantic import Field

from studio.tasks import Request, Result, Task, _spoken, control, media


class DubRequest(Request):
    """Speak the lines of subtitles into a film, each in its own time."""

    video: str = media("video", title="Film", description="The film that is dubbed; its picture isn't touched.")
    srt: str | None = media(
        "file",
        title="Lines",
        description="Subtitles in SRT or VTT, whose lines are spoken; empty takes the film's own.",
        default=None,
    )
    voice: str = control("nora", max_length=80, title="Voice", description="Who speaks lines without a name.")
    model: str | None = _spoken.model()
    reference: str | None = _spoken.reference()
    reference_text: str = _spoken.reference_text()
    cast: str = _spoken.cast(
        "Voices for names before lines, such as “Anna=nora; Boris=mark”; empty gives each name its own."
    )
    language: str = _spoken.language("Language of the lines as a tag such as en, zh or ru; auto finds it.")
    under: _spoken.Under = _spoken.under()
    duck: float = _spoken.duck()
    fastest: float = control(
        1.2,
        ge=1,
        le=1.5,
        step=0.05,
        title="Fastest",
        description="How much faster a line may be spoken that is too long.",
        unit="×",
    )
    stretch: float = control(
        1.1,
        ge=1,
        le=1.2,
        step=0.05,
        title="Shorten",
        description="How much time may be taken out of a line besides, when all else isn't enough.",
        unit="×",
        advanced=True,
    )
    lufs: float = control(
        -16, ge=-30, le=-12, step=0.5, title="Loudness", description="Of the lines.", unit="LUFS", advanced=True
    )

    def wanted_engine(self) -> str | None:
        return self.engine or ("trained" if self.model else None)

    def asks_rights(self) -> bool:
        return self.reference is not None

    def is_long(self, kinds: frozenset[str]) -> bool:
        return True


class DubResult(Result):
    """The dubbed film, and how each line fits."""

    output: str = Field("", description="The dubbed film.", json_schema_extra={"control": {"media": ["video"]}})
    report: str = Field(
        "",
        description="Every line with its times and what was done to it (JSON).",
        json_schema_extra={"control": {"media": ["file"]}},
    )
    subtitles: str = Field(
        "",
        description="The lines, each ending with its speech (SRT).",
        json_schema_extra={"control": {"media": ["file"]}},
    )
    lines: int = Field(0, description="How many lines were spoken.")
    overflowing: int = Field(0, description="How many of them go on into the next.")


TASK = Task(
    "dub",
    DubRequest,
    DubResult,
    accepts=("video", "file"),
    produces=("video", "file"),
    order=64,
    rights=True,
    tab=False,
)
