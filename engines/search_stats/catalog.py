"""Counts what is in libraries."""

from studio.catalog.rows import Library
from studio.engine import Engine
from studio.errors import StudioError
from studio.run import Run
from studio.tasks.search_add import Unread
from studio.tasks.search_stats import LibraryStats, SearchStatsRequest, SearchStatsResult

ENGINE = Engine(task="search_stats", name="catalog", rank=10)


def run(request: SearchStatsRequest, run: Run) -> SearchStatsResult:
    """Numbers of one library, or of all."""
    shelves = run.shelves()
    chosen = [shelves.library(request.library)] if request.library else shelves.libraries()
    return SearchStatsResult(libraries=tuple(_stats(library, run) for library in chosen))


def _stats(library: Library, run: Run) -> LibraryStats:
    found = run.shelves().catalog.stats(library)
    unread = (
        Unread(file=file, reason=str(StudioError(key, **params))) for file, (key, params) in found.failures.items()
    )
    return LibraryStats(
        library=library.name,
        encoder=f"{library.encoder} {library.version}",
        looks_by=library.encoder,
        roots=tuple(found.roots),
        videos=found.videos,
        files=found.files,
        seconds=round(found.seconds, 2),
        shots=found.shots,
        frames=found.frames,
        failed=found.failed,
        waiting=found.waiting,
        index=run.shelves().indexes.kind(library),
        unread=tuple(unread),
    )
