"""Shows a picture at every step."""

import io
from functools import partial

from PIL import Image

from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult
from tests.studio.holding import stay

ENGINE = Engine(task="cartoon", name="previewing", rank=3)
STEPS = 8


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    drawn = Image.new("RGB", (32, 24), (10, 120, 90))

    def preview() -> bytes:
        data = io.BytesIO()
        drawn.save(data, "JPEG")
        return data.getvalue()

    for step in range(STEPS):
        run.step(step, STEPS, preview=preview)
        stay(run, step, partial(run.step, step, STEPS, preview=preview))
    with run.output(".png") as out:
        drawn.save(out.path)
    return CartoonResult(output=out.id, frames=STEPS)
