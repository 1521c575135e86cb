"""Takes as long to get ready as a file called ``hold`` lies in the folder of compiled code."""

import os
import time
from pathlib import Path

from PIL import Image

from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

ENGINE = Engine(task="cartoon", name="slow_start", rank=0)


def folder() -> Path:
    return Path(os.environ["NUMBA_CACHE_DIR"])


def warm() -> None:
    while (folder() / "hold").exists():
        time.sleep(0.05)
    if (folder() / "fail").exists():
        raise RuntimeError("no compiler")
    (folder() / "warm").touch()


def stand_by() -> None:
    (folder() / "loaded").touch()


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    run.step(0, 1)
    with run.output(".png", name="warm" if (folder() / "warm").exists() else "cold") as out:
        Image.new("RGB", (8, 8)).save(out.path)
    return CartoonResult(output=out.id, frames=1)
