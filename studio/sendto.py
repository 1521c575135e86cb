"""“Send to”: which settings of which tasks take a file of a kind. The tasks' own models say it; there is no second table."""

from dataclasses import dataclass
from functools import cache

from studio.tasks import flatten, tasks


@dataclass(frozen=True)
class Place:
    """A setting that takes media: its task, its flat name and its title; ``main`` is the first one of its task."""

    task: str
    field: str
    title: str
    main: bool


@cache
def places(kind: str) -> tuple[Place, ...]:
    """Where a file of this kind can go, in the order of the tasks; the main place of each task first."""
    found = []
    for task in tasks().values():
        takers = [field for field in flatten(task.request) if field.media]
        for field in takers:
            if kind in field.media:
                found.append(Place(task.name, field.name, field.info.title or field.name, field is takers[0]))
    return tuple(found)
