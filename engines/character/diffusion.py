"""Stable Diffusion: the parts in their places become a drawing, each region led by its own picture."""

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.character._drawn import Drawn
from engines.character._leading import Leading
from engines.character._looks import styled
from engines.character._steps import Steps
from engines.diffusion.drawing import Drawing
from engines.diffusion.kit import engine_of, open_kit
from engines.diffusion.painter import Painter
from engines.media.picture import over_white, read_picture
from studio.prompting import prompt_of
from studio.run import Run
from studio.tasks._diffusion import Diffusion
from studio.tasks._sheet import Sheet
from studio.tasks.character import CharacterRequest, CharacterResult, step_number

ENGINE = engine_of("character", composite=True)


def run(request: CharacterRequest, run: Run) -> CharacterResult:
    """A character, drawn by a diffusion model over the parts of the library.

    Raises what the embedded engine raises, and BadInput for weights that can't be drawn with or don't fit together.
    """
    piece = run.piece(step_number("draw"), request.last + 1)

    def draw(drawn: Drawn, sheet: Sheet) -> Bytes:
        several = 1 if request.look == "drawn" else 2
        made = painted(request, drawn, sheet, piece.piece(0, several))
        return styled(made, request, piece, number=1, of=several)

    settings = request.diffusion.model_dump(include=set(Diffusion.model_fields))
    return Steps(request, run, draw, {"diffusion": settings}).result()


def painted(request: CharacterRequest, drawn: Drawn, sheet: Sheet, run: Run) -> Bytes:
    """The drawing as a diffusion model makes it, of the figure's size: uint8 HxWx3, or HxWx4 without a background."""
    settings = request.diffusion
    kit = open_kit(run, settings.model)
    whole = drawn.whole()
    height, width = whole.shape[:2]
    leading = Leading(drawn, whole, settings, kit)
    style = read_picture(run.path(settings.style_picture)) if settings.style_picture else None
    prompt = prompt_of(sheet, "sd")
    wide, high = kit.size(width / height)
    drawing = Drawing(
        prompt=prompt.prompt,
        negative=prompt.negative,
        width=wide,
        height=high,
        seeds=(run.seed,),
        speed=settings.speed,
        steps=settings.steps,
        guidance=settings.guidance or None,
        clip_skip=settings.clip_skip,
        regions=leading.regions(style, wide, high),
        controls=leading.controls(),
        loras=kit.loras(settings.worn, settings.speed),
        picture=cv2.resize(over_white(whole), (wide, high), interpolation=cv2.INTER_AREA),
        strength=settings.strength,
    )
    made = Painter(run, kit.models).draw(drawing).pictures[0]
    method = cv2.INTER_AREA if high > height else cv2.INTER_LANCZOS4
    out = cv2.resize(made, (width, height), interpolation=method)
    return np.asarray(out if request.backdrop else np.dstack([out, whole[..., 3]]))
