"""What was found in a library, taken out of it."""

from typing import Literal

from pydantic import Field

from studio.tasks import Request, Result, Task, control


class SearchExportRequest(Request):
    """Take a shot, or a part of its film, out of a library: as a clip, exact to the frame, or as a single picture."""

    library: str = control(
        "footage", title="Library", description="The name of the library.", min_length=1, max_length=80
    )
    shot: int = control(title="Shot", description="The shot's number, as an answer gives it.", ge=1, usual=1)
    what: Literal["clip", "frame"] = control("clip", title="As", description="A clip, or a single picture.")
    start: float | None = control(
        None, ge=0, unit="s", title="From", description="Second of the film; empty is where the shot begins."
    )
    end: float | None = control(
        None, ge=0, unit="s", title="To", description="Second of the film; empty is where the shot ends."
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        return self.what == "clip"


class SearchExportResult(Result):
    """The clip or picture, in your gallery."""

    output: str = Field("", description="Its file.", json_schema_extra={"control": {"media": ["video", "image"]}})
    copied: bool = Field(False, description="Whether it was copied without encoding it again.")


TASK = Task(
    "search_export",
    SearchExportRequest,
    SearchExportResult,
    accepts=(),
    produces=("video", "image"),
    order=64,
    tab=False,
    verb="search export",
)
