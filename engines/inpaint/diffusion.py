"""Stable Diffusion: what the mask marks is drawn anew from words, with its surroundings in view, at the model's full size."""

import numpy as np

from engines.arrays import Bytes
from engines.diffusion.controls import Control, Map
from engines.diffusion.depth import depth_map
from engines.diffusion.edges import edge_map
from engines.diffusion.kit import Kit, engine_of, open_kit
from engines.diffusion.mend import aspect_of, drawing_of, mended
from engines.inpaint._given import Given, finished, given
from engines.vision.patch.fill import can_fill, filled
from studio.run import Run
from studio.tasks.inpaint import InpaintRequest, InpaintResult

ENGINE = engine_of("inpaint")
FIRM = 0.8
"""How much a map counts."""


def run(request: InpaintRequest, run: Run) -> InpaintResult:
    """Draw what is marked. Raises BadInput for weights that can't be drawn with."""
    asked = given(request, run)
    kit = open_kit(run, request.diffusion.model)
    mask = (np.clip(asked.share, 0, 1) * asked.hole).astype(np.float32)
    begun = _begun(asked, run.piece(0, 2))
    drawing = drawing_of(kit, request.diffusion, aspect_of(mask), run.seed, request.prompt, request.negative)
    strength = request.strength if request.mask else 1.0
    controls = _controls(request, kit, begun, run)
    made = mended(run.piece(1, 2), kit, drawing, begun, mask, strength, controls)
    return finished(run, request, asked.mended(made, 1.0))


def _begun(asked: Given, run: Run) -> Bytes:
    """The picture, its margins filled with patches of it, so that the model begins with something like it."""
    if not asked.margins.any() or not can_fill(asked.margins):
        return asked.rgb
    return filled(asked.rgb, asked.margins, run.seed, lambda done, total, see: run.step(done, total, unit="pixels"))


def _controls(request: InpaintRequest, kit: Kit, rgb: Bytes, run: Run) -> list[Control]:
    """The map that the request wants to be kept to; none, with a note, where what it takes isn't installed."""
    if request.guide == "nothing":
        return []
    kind: Map = "depth" if request.guide == "depth" else "canny"
    if (net := kit.control(kind)) is None:
        run.note(f"diffusion.no_{kind}")
        return []
    found = depth_map(run, rgb) if kind == "depth" else edge_map(rgb)
    return [] if found is None else [Control(kind, found, net, FIRM)]
