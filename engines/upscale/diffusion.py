"""Stable Diffusion over an enlarged picture: tile by tile, each with what is around it in view, details are drawn anew."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.diffusion.controls import Control
from engines.diffusion.kit import Kit, engine_of, open_kit
from engines.diffusion.mend import drawing_of
from engines.diffusion.painter import Painter
from engines.media.picture import read_picture, write_picture
from studio.run import Run
from studio.tasks.upscale import UpscaleRequest, UpscaleResult

ENGINE = replace(engine_of("upscale"), rank=1)
"""Never taken unasked: it changes what is in a picture."""
OVERLAP = 0.25
"""Share of a tile's side that it has in common with the next at least."""
TILE_SCALE = 0.6
NEGATIVE = "blurry, deformed"


def run(request: UpscaleRequest, run: Run) -> UpscaleResult:
    """Enlarge with the best engine for that, and draw over it. Raises what that engine raises, and BadInput for weights that can't
    be drawn with.
    """
    plain = request.model_copy(update={"engine": None, "redraw": 0.0})
    large = run.call("upscale", plain, number=0, of=2, aside=True)
    assert isinstance(large, UpscaleResult)
    picture = read_picture(run.path(large.output))
    kit = open_kit(run, request.diffusion.model)
    made = Tiles(request, kit, run.piece(1, 2)).redrawn(np.ascontiguousarray(picture[..., :3]))
    with run.output(".png", name=f"{large.width}x{large.height}") as out:
        write_picture(out.path, np.dstack([made, picture[..., 3:]]))
    return large.model_copy(update={"output": out.id})


@dataclass(frozen=True)
class Tiles:
    """One picture's tiles, drawn in their order: a later one sees what the earlier ones have become."""

    request: UpscaleRequest
    kit: Kit
    run: Run

    def redrawn(self, rgb: Bytes) -> Bytes:
        """uint8 HxWx3, the same size."""
        if self.request.redraw == 0:
            return rgb
        height, width = rgb.shape[:2]
        side, _ = self.kit.size(1.0)
        below, beside = max(side - height, 0), max(side - width, 0)
        canvas = np.asarray(cv2.copyMakeBorder(rgb, 0, below, 0, beside, cv2.BORDER_REFLECT_101), np.uint8)
        places = [(top, left) for top in starts(canvas.shape[0], side) for left in starts(canvas.shape[1], side)]
        for number, (top, left) in enumerate(places):
            part = canvas[top : top + side, left : left + side]
            made = self._drawn(np.ascontiguousarray(part), self.run.piece(number, len(places)))
            amount = faded(side, top > 0, top + side < canvas.shape[0])[:, None]
            amount = (amount * faded(side, left > 0, left + side < canvas.shape[1]))[..., None]
            part[:] = np.rint(part + amount * (made.astype(np.float32) - part)).astype(np.uint8)
        return canvas[:height, :width]

    def _drawn(self, part: Bytes, run: Run) -> Bytes:
        net = self.kit.control("tile")
        words = self.request.prompt.strip()
        blank = drawing_of(self.kit, self.request.diffusion, 1.0, run.seed, words, NEGATIVE)
        controls = [Control("tile", part, net, TILE_SCALE)] if net else []
        drawing = replace(blank, picture=part, strength=self.request.redraw, controls=controls)
        return Painter(run, self.kit.models).draw(drawing).pictures[0]


def starts(length: int, side: int) -> Iterator[int]:
    """Where tiles of ``side`` begin, evenly, so that they overlap and end with the picture."""
    count = 1 if length <= side else 1 + int(np.ceil((length - side) / (side * (1 - OVERLAP))))
    yield from (round(place) for place in np.linspace(0, length - side, count))


def faded(side: int, before: bool, after: bool) -> Floats:
    """float32 of ``side``: 1, going to 0 at the ends that have a neighbour."""
    ramp = np.minimum((np.arange(side, dtype=np.float32) + 0.5) / (side * OVERLAP), 1)
    return (ramp if before else np.ones_like(ramp)) * (ramp[::-1] if after else np.ones_like(ramp))
