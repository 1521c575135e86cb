"""Asks nobody."""

from studio.engine import Engine
from studio.run import Run
from studio.tasks.prompt import PromptRequest, PromptResult

ENGINE = Engine(task="prompt", name="quiet", rank=10)


def run(request: PromptRequest, run: Run) -> PromptResult:
    return PromptResult()
