"""Dub by a trained voice of a model card: its own, or one that speaks like a recording."""

from engines.dub._dub import dub
from engines.speech.performer import KIND, trained
from studio.engine import Engine
from studio.run import Run
from studio.tasks.dub import DubRequest, DubResult

ENGINE = Engine(task="dub", name="trained", rank=5, kind=KIND, needs=("espeakng_loader",), generative=True)


def run(request: DubRequest, run: Run) -> DubResult:
    """Dub. Raises what ``trained`` and ``dub`` raise."""
    with trained(request, run) as performer:
        return dub(request, run, performer)
