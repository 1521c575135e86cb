"""The embedded engine: the outline by the colours in and around what is meant."""

from engines.cutout._cut import cut
from engines.vision.pick.grab import grab
from studio.engine import Engine
from studio.run import Run
from studio.tasks.cutout import CutoutRequest, CutoutResult

ENGINE = Engine(task="cutout", name="grabcut", rank=10, devices=("cpu",))


def run(request: CutoutRequest, run: Run) -> CutoutResult:
    """Cut out by GrabCut. Raises what ``cut`` raises."""
    return cut(request, run, grab)
