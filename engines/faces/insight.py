"""The roll call by InsightFace's buffalo_l: faces by SCRFD, told apart by ArcFace, from ONNX files that a user got."""

from engines.faces._roll import call_the_roll
from engines.vision.faces.finders import ANALYSER, insight_finder
from studio.engine import Engine
from studio.run import Run
from studio.tasks.faces import FacesRequest, FacesResult

ENGINE = Engine(
    task="faces", name="insight", rank=20, models=(ANALYSER,), needs=("onnxruntime",), devices=("cuda", "cpu")
)


def run(request: FacesRequest, run: Run) -> FacesResult:
    """Everybody in a picture or a video. Raises Unavailable where a file is missing."""
    with insight_finder(run) as finder:
        return call_the_roll(request, run, finder)
