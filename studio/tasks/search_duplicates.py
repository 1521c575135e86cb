"""The same footage in several files of a library."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control


class SearchDuplicatesRequest(Request):
    """Report footage that several films of a library hold, edited or not, with the spans of both; and files that are the same."""

    library: str = control(
        "footage",
        title="Library",
        description="The name of the library; one that looks by the fingerprint.",
        min_length=1,
        max_length=80,
    )
    shortest: float = control(
        1.0,
        ge=0,
        le=3600,
        unit="s",
        title="At least so long",
        description="Shorter spans aren't reported; pictures always are.",
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        return True

    def is_trial(self) -> bool:
        return True


class Held(BaseModel):
    """A part of a film. Times are seconds from its beginning."""

    model_config = ConfigDict(frozen=True)

    file: str
    name: str
    video: int
    shot: int = Field(description="The first shot of the part.")
    start_s: float
    end_s: float
    width: int
    height: int
    tiles: int = Field(0, description="Pictures in the first shot's sprite.")


class Shared(BaseModel):
    """A part of one film that another one holds, too."""

    model_config = ConfigDict(frozen=True)

    first: Held
    second: Held
    seconds: float = Field(description="Length of the shorter of both parts.")
    score: float = Field(description="0 … 1: how sure it is that they show the same.")


class SearchDuplicatesResult(Result):
    """What is held more than once, the longest first."""

    library: str = ""
    shared: tuple[Shared, ...] = ()
    more: bool = Field(False, description="Whether there was more than is told here.")
    identical: tuple[tuple[str, ...], ...] = Field((), description="Files with one and the same content.")

    def words(self) -> Sequence[str]:
        lines = [" = ".join(files) for files in self.identical]
        for one in self.shared:
            both = [f"{part.file} {part.start_s:.2f}–{part.end_s:.2f} s" for part in (one.first, one.second)]
            lines.append(f"{one.score:.2f}  {one.seconds:8.2f} s  {both[0]} = {both[1]}")
        return lines

    def printed(self) -> Sequence[Mapping[str, Any]]:
        return [one.model_dump(mode="json") for one in self.shared] + [{"identical": files} for files in self.identical]


TASK = Task(
    "search_duplicates",
    SearchDuplicatesRequest,
    SearchDuplicatesResult,
    accepts=(),
    produces=(),
    order=65,
    tab=False,
    verb="search duplicates",
)
