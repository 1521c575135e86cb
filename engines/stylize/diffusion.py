"""Stable Diffusion: the picture is drawn over, held by its edges and led by the look of the style picture."""

from dataclasses import replace

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.diffusion.controls import Control
from engines.diffusion.edges import edge_map
from engines.diffusion.kit import Kit, engine_of, open_kit
from engines.diffusion.mend import drawing_of
from engines.diffusion.painter import Painter
from engines.diffusion.regions import Region
from engines.stylize._faces import stylized
from engines.vision.patch.colours import moved, to_lab, to_rgb
from studio.run import Run
from studio.tasks.stylize import StylizeRequest, StylizeResult

ENGINE = engine_of("stylize", composite=True)
LEAST, MOST = 0.3, 0.75
"""How much is drawn over at the least and at full strength."""


def run(request: StylizeRequest, run: Run) -> StylizeResult:
    """Redraw in the style. Raises BadInput for weights that can't be drawn with."""
    kit = open_kit(run, request.diffusion.model)

    def draw(rgb: Bytes, style: Bytes, piece: Run) -> Bytes:
        drawing = drawing_of(kit, request.diffusion, rgb.shape[1] / rgb.shape[0], run.seed, request.prompt, "")
        begun = _coloured(rgb, style, request.colours, run.seed)
        whole = replace(
            drawing,
            picture=cv2.resize(begun, (drawing.width, drawing.height), interpolation=cv2.INTER_AREA),
            strength=LEAST + (MOST - LEAST) * request.strength,
            controls=_controls(rgb, request.lines, kit, run),
            regions=_regions(style, request.strength, kit, run),
        )
        made = Painter(piece, kit.models).draw(whole).pictures[0]
        method = cv2.INTER_AREA if made.shape[0] > rgb.shape[0] else cv2.INTER_LANCZOS4
        large = np.asarray(cv2.resize(made, rgb.shape[1::-1], interpolation=method))
        return large if request.colours == 1 else _tinted(large, rgb, request.colours)

    return stylized(request, run, draw)


def _coloured(rgb: Bytes, style: Bytes, share: float, seed: int) -> Bytes:
    """The picture with so much of the style's colours."""
    own, other = (to_lab(picture.astype(np.float32) / 255) for picture in (rgb, style))
    return np.rint(to_rgb(own + share * (moved(own, other, seed) - own)) * 255).astype(np.uint8)


def _tinted(made: Bytes, rgb: Bytes, share: float) -> Bytes:
    """What was made, with only so much of its colours, and for the rest the picture's."""
    new, old = (to_lab(picture.astype(np.float32) / 255) for picture in (made, rgb))
    new[..., 1:] = old[..., 1:] + share * (new[..., 1:] - old[..., 1:])
    return np.rint(to_rgb(new) * 255).astype(np.uint8)


def _controls(rgb: Bytes, lines: float, kit: Kit, run: Run) -> list[Control]:
    if not lines:
        return []
    if (net := kit.control("canny")) is None:
        run.note("diffusion.no_canny")
        return []
    return [Control("canny", edge_map(rgb), net, lines)]


def _regions(style: Bytes, strength: float, kit: Kit, run: Run) -> list[Region]:
    if kit.models.adapter is None:
        run.note("diffusion.no_pictures")
        return []
    return [Region(style, None, strength, reach="style", name="style")]
