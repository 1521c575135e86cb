"""A library's vectors, moved to Milvus or back."""

from typing import Literal

from pydantic import Field

from studio.tasks import Request, Result, Task, control


class SearchMoveRequest(Request):
    """Move the vectors of a library to Milvus, or back to an index of our own. The truth stays in the studio's database."""

    library: str = control(
        "footage", title="Library", description="The name of the library.", min_length=1, max_length=80, positional=True
    )
    to: Literal["index", "milvus"] = control(
        "milvus", title="To", description="index: an index of our own; milvus: the Milvus of STUDIO_MILVUS_URL."
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        return True

    def is_trial(self) -> bool:
        return True


class SearchMoveResult(Result):
    """Where the vectors are now."""

    library: str = ""
    index: str = Field("", description="Kind of the index.")
    rows: int = Field(0, description="Vectors in it.")

    def words(self) -> tuple[str, ...]:
        return (f"{self.library}: {self.index}, {self.rows}",)


TASK = Task(
    "search_move",
    SearchMoveRequest,
    SearchMoveResult,
    accepts=(),
    produces=(),
    order=66,
    tab=False,
    verb="search move",
)
