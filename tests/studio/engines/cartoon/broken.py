"""Breaks in the middle."""

from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

ENGINE = Engine(task="cartoon", name="broken", rank=1)


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    run.step(1, 2)
    raise RuntimeError("a bug")
