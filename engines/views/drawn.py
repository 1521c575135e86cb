"""The embedded engine: all views, faces and colours from the parts of the drawn library, on one page."""

from engines.views._sheet import sheet
from studio.engine import Engine
from studio.run import Run
from studio.tasks.views import ViewsRequest, ViewsResult

ENGINE = Engine(task="views", name="drawn", rank=10, composite=True)


def run(request: ViewsRequest, run: Run) -> ViewsResult:
    """A character sheet. Raises BadInput for names that the library hasn't."""
    return sheet(request, run)
