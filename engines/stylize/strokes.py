"""The embedded engine: colours by optimal transport and strokes from patches of the style, on any machine."""

import numpy as np

from engines.arrays import Bytes
from engines.media.picture import jpeg
from engines.stylize._faces import stylized
from engines.vision.patch.redraw import Manner, redrawn
from studio.engine import Engine
from studio.run import Run
from studio.tasks.stylize import StylizeRequest, StylizeResult

ENGINE = Engine(task="stylize", name="strokes", rank=10, composite=True)
PREVIEW_SIDE = 640


def run(request: StylizeRequest, run: Run) -> StylizeResult:
    """Redraw with the strokes of the style."""
    if request.prompt.strip():
        run.note("stylize.words_unread")
    manner = Manner(request.strength, request.lines, request.colours)

    def draw(rgb: Bytes, style: Bytes, piece: Run) -> Bytes:
        return redrawn(
            rgb,
            style,
            manner,
            run.seed,
            lambda done, total, see: piece.step(done, total, preview=lambda: jpeg(see(), PREVIEW_SIDE), unit="pixels"),
        )

    return stylized(request, run, draw)


def warm() -> None:
    """Compile the loops by redrawing noise."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 48, 3), np.uint8)
    redrawn(noise, noise, Manner(1.0, 0.5, 1.0), 0, lambda done, total, see: None)
