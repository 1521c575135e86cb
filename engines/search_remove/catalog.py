"""Forgets films, or whole libraries."""

from studio.engine import Engine
from studio.errors import NotFound
from studio.run import Run
from studio.tasks.search_remove import SearchRemoveRequest, SearchRemoveResult

ENGINE = Engine(task="search_remove", name="catalog", rank=10)


def run(request: SearchRemoveRequest, run: Run) -> SearchRemoveResult:
    """Remove files from a library, or the library."""
    shelves = run.shelves()
    library = shelves.library(request.library)
    if not request.file:
        files = shelves.catalog.stats(library).files
        shelves.remove(library)
        return SearchRemoveResult(library=library.name, files=files, whole=True)
    files = shelves.catalog.forget(library, [request.file])
    if not files:
        raise NotFound("search.no_such_file", name=request.file[:200], library=library.name)
    return SearchRemoveResult(library=library.name, files=files)
