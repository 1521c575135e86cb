"""“Send to”: which settings of which tasks take a file of a kind. The tasks' own models say it; there is no second table."""

from dataclasses import dataclass
from functools import cache

from studio.tasks import FlatField, Task, flatten, tasks


@dataclass(frozen=True)
class Place:
    """A setting that takes media: its task, its flat name and its title; ``main`` is the first one of its task. Those that
    take media by name aren't among them: a file that is sent has no name there.
    """

    task: str
    field: str
    title: str
    main: bool


@cache
def places(kind: str) -> tuple[Place, ...]:
    """Where a file of this kind can go, in the order of the tasks; the main place of each task first."""
    found = []
    for task in tasks().values():
        takers = _takers(task)
        for field in takers:
            if kind in field.media:
                found.append(Place(task.name, field.name, field.info.title or field.name, field is takers[0]))
    return tuple(found)


def main_place(task: str) -> FlatField | None:
    """The field that says what a task works on; None where there is none, or no such task."""
    return next(iter(_takers(tasks()[task])), None) if task in tasks() else None


def _takers(task: Task) -> list[FlatField]:
    return [field for field in flatten(task.request) if field.media and field.shape != "map"]
