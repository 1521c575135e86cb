"""Stable Diffusion: faces and hands are drawn anew at the model's full size, with their surroundings in view."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.diffusion.kit import Kit, engine_of, open_kit
from engines.diffusion.mend import drawing_of, mended
from engines.diffusion.regions import Region
from engines.media.picture import read_picture, write_picture
from engines.refine._spots import Kind, redrawn, rim
from studio.run import Run
from studio.tasks.refine import RefineRequest, RefineResult

ENGINE = engine_of("refine")
WORDS: dict[Kind, str] = {"face": "detailed face, detailed eyes", "hand": "detailed hand, five fingers"}
NEGATIVE = "blurry, deformed"
ALIKE = 0.7
"""How much the reference's face counts."""
SEAM = 0.02
"""Below this share of the new picture a pixel stays as it was."""


def run(request: RefineRequest, run: Run) -> RefineResult:
    """Draw faces and hands anew. Raises BadInput for weights that can't be drawn with."""
    picture = read_picture(run.path(request.picture))
    kit = open_kit(run, request.diffusion.model)
    regions = _regions(request, kit, run)

    def redraw(part: Bytes, kind: Kind, piece: Run) -> Bytes:
        if request.strength == 0:
            return part
        words = ", ".join(filter(None, (WORDS[kind], request.prompt.strip())))
        drawing = drawing_of(kit, request.diffusion, part.shape[1] / part.shape[0], run.seed, words, NEGATIVE)
        large = _larger(part, drawing.width, drawing.height)
        mask: Floats = (rim(large.shape[0], large.shape[1]) > SEAM).astype(np.float32)
        made = mended(piece, kit, drawing, large, mask, request.strength, regions=regions if kind == "face" else ())
        return np.asarray(cv2.resize(made, part.shape[1::-1], interpolation=cv2.INTER_AREA))

    made, spots = redrawn(request, run, picture, redraw)
    with run.output(".png", name="refined") as out:
        write_picture(out.path, made)
    return RefineResult(output=out.id, spots=tuple(spots))


def _larger(part: Bytes, width: int, height: int) -> Bytes:
    """A cut-out at the size of the drawing, so that nothing is lost on the way back."""
    if part.shape[0] >= height and part.shape[1] >= width:
        return part
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC))


def _regions(request: RefineRequest, kit: Kit, run: Run) -> list[Region]:
    """The face that faces take after; none, with a note, where no adapter is installed."""
    if request.reference is None:
        return []
    if kit.models.adapter is None:
        run.note("diffusion.no_pictures")
        return []
    return [Region(read_picture(run.path(request.reference)), None, ALIKE, name=run.name(request.reference))]
