"""Makes a picture, and then meets what ``height`` stands for."""

import contextvars
import errno
from functools import partial

from PIL import Image

from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult
from tests.studio.holding import stay

ENGINE = Engine(task="cartoon", name="trouble", rank=2)
TROUBLES = ("", "import", "memory", "no memory", "disk", "exit", "slow", "visitor")
visitor: contextvars.ContextVar[str] = contextvars.ContextVar("visitor", default="nobody")


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    run.step(0, 2)
    with run.output(".png", name="drawn") as out:
        Image.new("RGB", (40, 30), (run.seed % 256, 90, 20)).save(out.path)
    again = run.workdir / "again"
    match TROUBLES[request.height] if request.height < len(TROUBLES) else "":
        case "import":
            import no_such_package_either  # noqa: F401
        case "memory" if not again.exists():
            again.touch()
            raise MemoryError
        case "no memory":
            raise MemoryError
        case "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        case "exit":
            raise SystemExit(3)
        case "slow":
            for step in range(30):
                run.step(step, 30)
                stay(run, step, partial(run.step, step, 30))
        case "visitor":
            run.note("core.resumed", first=visitor.get())
    run.step(2, 2)
    return CartoonResult(output=out.id, frames=1)
