"""Libraries and what is in them, removed."""

from pydantic import Field

from studio.tasks import Request, Result, Task, control


class SearchRemoveRequest(Request):
    """Remove films from a library, or all of it. The files themselves stay where they are."""

    library: str = control(
        title="Library", description="The name of the library.", min_length=1, max_length=80, usual="footage"
    )
    file: str = control(
        "",
        title="File",
        description="A file or folder of it, by path or name; empty removes the library.",
        max_length=4096,
        positional=True,
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False

    def is_trial(self) -> bool:
        return True


class SearchRemoveResult(Result):
    """What was removed."""

    library: str = ""
    files: int = Field(0, description="Files that the library has forgotten.")
    whole: bool = Field(False, description="Whether the library itself is gone.")

    def words(self) -> tuple[str, ...]:
        return (f"{self.library}: -{self.files}",)


TASK = Task(
    "search_remove",
    SearchRemoveRequest,
    SearchRemoveResult,
    accepts=(),
    produces=(),
    order=62,
    tab=False,
    verb="search remove",
    direct=True,
)
