"""Fills the other index from the catalog, and drops the one that was."""

from studio.engine import Engine
from studio.run import Run
from studio.tasks.search_move import SearchMoveRequest, SearchMoveResult

ENGINE = Engine(task="search_move", name="catalog", rank=10)


def run(request: SearchMoveRequest, run: Run) -> SearchMoveResult:
    """Move a library's vectors."""
    shelves = run.shelves()
    library = shelves.library(request.library)
    run.step(0, 1, unit="files")
    rows = shelves.indexes.move(library, milvus=request.to == "milvus")
    run.step(1, 1, unit="files")
    return SearchMoveResult(library=library.name, index=shelves.indexes.kind(library), rows=rows)
