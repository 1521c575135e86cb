"""A task and an engine of the tests' own, for what no task of the studio has: several media in a field, media by name.

``python -m tests.studio.extra …`` is the command line with this task.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import engines
import studio.tasks
from studio.engine import discover
from studio.schema import flat_model, options
from studio.sendto import places

HERE = Path(__file__).parent


@contextmanager
def extra_task() -> Iterator[None]:
    """The studio has the task ``gather`` and its engine until the block ends."""
    rooms = ((studio.tasks, "tasks"), (engines, "engines"))
    before = [list(package.__path__) for package, _ in rooms]
    for package, folder in rooms:
        package.__path__ = [*package.__path__, str(HERE / folder)]
    _forget()
    try:
        yield
    finally:
        for (package, _), path in zip(rooms, before, strict=True):
            package.__path__ = path
        _forget()


def _forget() -> None:
    for known in (studio.tasks.tasks, options, flat_model, places, discover):
        known.cache_clear()
