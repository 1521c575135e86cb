"""What every engine that finds people does around its finder."""

import numpy as np

from engines.faces._recent import Recent
from engines.media.picture import read_picture, write_picture
from engines.vision.faces.finder import Finder
from engines.vision.faces.people import Person
from engines.vision.faces.roll import people_in_picture, people_in_video
from studio.checksum import sha256_of
from studio.run import Run
from studio.tasks.faces import FacesRequest, FacesResult, PersonFound

RECENT = Recent()


def call_the_roll(request: FacesRequest, run: Run, finder: Finder) -> FacesResult:
    """Everybody in a picture or a video, each with a picture of the head."""
    key = sha256_of(run.path(request.source)), request.step, finder.name
    people = RECENT.get(key)
    if people is None:
        people = _looked_for(request, run, finder)
        RECENT.put(key, people)
    if not people:
        run.note("faces.nobody")
    return FacesResult(people=tuple(_record(person, number, run) for number, person in enumerate(people, 1)))


def _looked_for(request: FacesRequest, run: Run, finder: Finder) -> list[Person]:
    source = run.path(request.source)
    if run.kind(request.source) != "image":
        return people_in_video(source, finder, run, step_s=request.step)
    run.step(0, 1, unit="pictures")
    people = people_in_picture(np.ascontiguousarray(read_picture(source)[..., :3]), finder)
    run.step(1, 1, unit="pictures")
    return people


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
