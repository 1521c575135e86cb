"""The embedded roll call: faces by BlazeFace and the attention mesh, told apart by dlib's embedding."""

from engines.faces._roll import call_the_roll
from engines.vision.faces.finder import FINDER, Finder
from studio.engine import Engine
from studio.run import Run
from studio.tasks.faces import FacesRequest, FacesResult

ENGINE = Engine(task="faces", name="people", rank=10)


def run(request: FacesRequest, run: Run) -> FacesResult:
    """Everybody in a picture or a video, each with a picture of the head."""
    with run.model(FINDER, Finder) as finder:
        return call_the_roll(request, run, finder)
