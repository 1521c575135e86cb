"""Hashes the source again and again; ``height`` is the number of steps."""

import hashlib
from functools import partial

from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult
from tests.studio.holding import stay

ENGINE = Engine(task="cartoon", name="hashing", rank=5)


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    data = run.path(request.source).read_bytes()
    notes = run.workdir / "steps"
    first = int(notes.read_text()) if notes.exists() else 0
    digest = hashlib.sha256(data).hexdigest()
    for step in range(first, request.height):
        run.step(step, request.height, unit="steps")
        stay(run, step, partial(run.step, step, request.height, unit="steps"))
        digest = hashlib.sha256(digest.encode()).hexdigest()
        notes.write_text(str(step + 1))
    run.step(request.height, request.height, unit="steps")
    run.note("core.resumed", first=first)
    with run.output(".txt") as out:
        out.path.write_bytes(digest.encode())
    return CartoonResult(output=out.id, frames=request.height - first)
