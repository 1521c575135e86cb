"""What is in libraries."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control
from studio.tasks.search_add import Unread


class SearchStatsRequest(Request):
    """Numbers of your libraries: films, hours, shots, and what couldn't be read."""

    library: str = control("", title="Library", description="One library; empty is all of them.", max_length=80)

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False

    def is_trial(self) -> bool:
        return True


class LibraryStats(BaseModel):
    """Numbers of a library."""

    model_config = ConfigDict(frozen=True)

    library: str
    encoder: str = Field(description="What its pictures are compared by, with its version.")
    looks_by: str = Field(description="The encoder's name alone: `fingerprint`, or a model card.")
    roots: tuple[str, ...] = Field((), description="Folders and buckets that it was filled from.")
    videos: int = Field(description="Films and pictures, each once.")
    files: int = Field(description="Files that hold them.")
    seconds: float = Field(description="Footage in seconds.")
    shots: int
    frames: int
    failed: int = Field(description="Films that couldn't be read.")
    waiting: int = Field(description="Films that aren't looked through yet.")
    index: str = Field(description="Kind of the index.")
    unread: tuple[Unread, ...] = ()


class SearchStatsResult(Result):
    """Each library by name."""

    libraries: tuple[LibraryStats, ...] = ()

    def words(self) -> Sequence[str]:
        lines = []
        for one in self.libraries:
            lines.append(
                f"{one.library}: {one.videos} / {one.files}, {one.seconds / 3600:.2f} h, {one.shots} shots, {one.frames} frames, "
                f"{one.encoder}, {one.index}"
            )
            lines += [f"! {unread.file}: {unread.reason}" for unread in one.unread]
        return lines

    def printed(self) -> Sequence[Mapping[str, Any]]:
        return [one.model_dump(mode="json") for one in self.libraries]


TASK = Task(
    "search_stats",
    SearchStatsRequest,
    SearchStatsResult,
    accepts=(),
    produces=(),
    order=63,
    tab=False,
    verb="search stats",
    direct=True,
)
