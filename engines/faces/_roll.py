"""What every engine that finds people does around its finder."""

import numpy as np

from engines.media.picture import read_picture, write_picture
from engines.vision.faces.finder import Finder
from engines.vision.faces.people import Person
from engines.vision.faces.roll import people_in_picture, people_in_video
from studio.run import Run
from studio.tasks.faces import FacesRequest, FacesResult, PersonFound


def call_the_roll(request: FacesRequest, run: Run, finder: Finder) -> FacesResult:
    """Everybody in a picture or a video, each with a picture of the head."""
    source = run.path(request.source)
    if run.kind(request.source) == "image":
        run.step(0, 1, unit="pictures")
        people = people_in_picture(np.ascontiguousarray(read_picture(source)[..., :3]), finder)
        run.step(1, 1, unit="pictures")
    else:
        people = people_in_video(source, finder, run, step_s=request.step)
    if not people:
        run.note("faces.nobody")
    return FacesResult(people=tuple(_record(person, number, run) for number, person in enumerate(people, 1)))


def _record(person: Person, number: int, run: Run) -> PersonFound:
    name = f"person{number}"
    with run.output(".png", name=name) as out:
        write_picture(out.path, person.crop)
    return PersonFound(
        name=name,
        crop=out.id,
        spans=person.spans,
        seconds=round(person.seconds, 3),
        frames=person.frames,
        at=round(person.at, 3),
        box=person.box,
    )
