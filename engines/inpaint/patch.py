"""The embedded engine: holes and margins are filled with patches of the picture itself, on any machine."""

import numpy as np

from engines.arrays import Bytes
from engines.inpaint._given import MOST_PIXELS, Given, finished, given
from engines.media.picture import jpeg
from engines.vision.patch.fill import can_fill, filled, surroundings
from studio.engine import Engine
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.tasks.inpaint import InpaintRequest, InpaintResult

ENGINE = Engine(task="inpaint", name="patch", rank=10)
PREVIEW_SIDE = 640


def run(request: InpaintRequest, run: Run) -> InpaintResult:
    """Fill with what is around."""
    asked = given(request, run)
    if request.prompt.strip() or request.guide != "nothing":
        run.note("inpaint.words_unread")
    return finished(run, request, asked.mended(_made(asked, run, run.name(request.picture)), request.strength))


def warm() -> None:
    """Compile the loops by filling a small hole."""
    rgb = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    hole = np.zeros((96, 96), np.uint8)
    hole[40:56, 40:56] = 1
    filled(rgb, hole, 0, lambda done, total, see: None)


def _made(asked: Given, run: Run, name: str) -> Bytes:
    """The picture with its hole filled, uint8 HxWx3."""
    hole, whole = asked.hole, asked.rgb
    place = surroundings(hole)
    if not can_fill(hole[place]):
        place = slice(None), slice(None)
    rgb, part = np.ascontiguousarray(whole[place]), np.ascontiguousarray(hole[place])
    if part.size > MOST_PIXELS:
        raise LimitReached(
            "inpaint.too_large", width=part.shape[1], height=part.shape[0], limit=MOST_PIXELS // 1_000_000
        )
    if not can_fill(part):
        raise BadInput("inpaint.too_little", name=name)
    made = whole.copy()
    made[place] = filled(
        rgb,
        part,
        run.seed,
        lambda done, total, see: run.step(done, total, preview=lambda: jpeg(see(), PREVIEW_SIDE), unit="pixels"),
    )
    return made
