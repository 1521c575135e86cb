"""What both upscalers do around their enlarger: the picture in, the way to its size, tiles told, the picture out."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.media.picture import jpeg, read_picture, write_picture
from engines.vision.enlarge.reduce import reduced
from engines.vision.enlarge.sizes import plan
from engines.vision.enlarge.tiles import Enlarger, Tile, Tiling, enlarged
from studio.host import Preview
from studio.run import Run
from studio.tasks.upscale import UpscaleRequest, UpscaleResult

PREVIEW_SIDE = 640
RGB = 3
WAITING = 0.45
"""How bright a preview shows what isn't done yet."""


@dataclass
class Progress:
    """How far the work is, in source pixels of all passes; said again whenever an enlarger draws breath."""

    run: Run
    done: int = 0
    total: int = 1

    def step(self, done: int, preview: Preview | None = None) -> None:
        self.done = done
        self.run.step(done, self.total, preview=preview, unit="pixels")

    def breath(self) -> None:
        self.step(self.done)


def upscaled(
    request: UpscaleRequest, run: Run, enlarger: Enlarger, tiling: Tiling, progress: Progress
) -> UpscaleResult:
    """Reads, enlarges and writes. Raises BadInput and LimitReached for sizes that can't be, and what reading raises."""
    name = run.name(request.source)
    picture = read_picture(run.path(request.source))
    height, width = picture.shape[:2]
    way = plan(width, height, name, times=request.scale, side=request.side, step=enlarger.step)
    work = [height * width * enlarger.step ** (2 * number) for number in range(way.passes)]
    progress.total = sum(work)
    glance = Glance(picture)
    for number in range(way.passes):
        before, last = sum(work[:number]), number == way.passes - 1

        def told(done: int, tile: Tile, before: int = before, last: bool = last) -> None:
            if last:
                glance.add(tile)
            progress.step(before + done, glance.jpeg)

        progress.step(before, glance.jpeg)
        glance.scale(picture.shape[0] / height)
        picture = enlarged(picture, enlarger, tiling, told, shrink=way.shrink if last else 1)
    picture = reduced(picture, way.width, way.height)
    with run.output(".png", name=f"{Path(name).stem} {way.width}x{way.height}") as out:
        write_picture(out.path, picture)
    return UpscaleResult(output=out.id, width=way.width, height=way.height)


class Glance:
    """A small view of a picture being enlarged: what isn't done yet is darker."""

    def __init__(self, picture: Bytes) -> None:
        height, width = picture.shape[:2]
        self._part = self._own = min(1.0, PREVIEW_SIDE / max(height, width))
        size = (max(1, round(width * self._own)), max(1, round(height * self._own)))
        small = cv2.resize(np.ascontiguousarray(picture[..., :RGB]), size, interpolation=cv2.INTER_AREA)
        self._small = np.asarray(small)
        self._light = np.full(self._small.shape[:2], WAITING, np.float32)

    def scale(self, times: float) -> None:
        """Tiles are told in pixels of a picture so many times larger than the first."""
        self._part = self._own / times

    def add(self, tile: Tile) -> None:
        """A tile is done."""
        top, left = (int(start * self._part) for start in (tile.top, tile.left))
        bottom, right = (ceil(end * self._part) for end in (tile.top + tile.height, tile.left + tile.width))
        self._light[top:bottom, left:right] = 1.0

    def jpeg(self) -> bytes:
        return jpeg((self._small * self._light[..., None]).astype(np.uint8), PREVIEW_SIDE)
