"""The embedded engine: what is blurred in a face is separated from its tones and strengthened, and its lines are drawn clearer.

Detail is what a guided filter (He, Sun & Tang 2010) leaves of the lightness; lines are where a difference of Gaussians says that
a pixel is darker than what is beside it (Winnemöller 2012). Colours stay; nothing is made lighter than white around a line.
"""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.picture import read_picture, write_picture
from engines.refine._spots import Kind, redrawn
from engines.vision.guided import applied, guided
from studio.engine import Engine
from studio.run import Run
from studio.tasks.refine import RefineRequest, RefineResult

ENGINE = Engine(task="refine", name="detail", rank=10)

RADIUS = 1 / 64
"""Of the filter, as a share of the cut-out's height."""
EVEN = 0.003
"""Variance, in squared units of 0..1, from which on the filter takes something for an edge."""
DETAIL, LINES = 1.6, 2.4
NARROW, WIDE = 1 / 420, 1 / 150
"""Sigmas of the two Gaussians, as shares of the cut-out's height."""
FAINT = 1.2 / 255
"""Darkness beside its surroundings below which there is no line."""


def run(request: RefineRequest, run: Run) -> RefineResult:
    """Faces and hands with clearer detail and lines."""
    picture = read_picture(run.path(request.picture))
    if request.reference:
        run.note("refine.face_unseen")

    def redraw(part: Bytes, kind: Kind, piece: Run) -> Bytes:
        return clearer(part, request.strength)

    made, spots = redrawn(request, run, picture, redraw)
    with run.output(".png", name="refined") as out:
        write_picture(out.path, made)
    return RefineResult(output=out.id, spots=tuple(spots))


def clearer(part: Bytes, strength: float) -> Bytes:
    """uint8 HxWx3 with its detail and lines strengthened; ``strength`` 0..1, of which 0 changes nothing."""
    tone = cv2.cvtColor(part, cv2.COLOR_RGB2LAB)
    light = np.ascontiguousarray(tone[..., 0])
    unit = light.astype(np.float32) / 255
    radius = max(round(part.shape[0] * RADIUS), 2)
    smooth = applied(guided(unit, (light,), radius=radius, eps=EVEN), (light,), (part.shape[0], part.shape[1]))
    fine = unit - smooth
    made = unit + strength * (DETAIL * fine * _calm(fine) - LINES * _lines(unit, part.shape[0]))
    least = cv2.erode(unit, np.ones((3, 3), np.uint8))
    most = cv2.dilate(unit, np.ones((3, 3), np.uint8))
    spare = np.float32(strength * 0.25)
    tone[..., 0] = np.clip(255 * np.clip(made, least - spare, most + spare * 0.2) + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(tone, cv2.COLOR_LAB2RGB)) if strength > 0 else part


def _calm(fine: Floats) -> Floats:
    """What grain stays below, 0..1: only detail that stands out is strengthened."""
    return np.asarray(np.clip((np.abs(fine) - FAINT) / (4 * FAINT), 0, 1), np.float32)


def _lines(unit: Floats, height: int) -> Floats:
    """How much darker each pixel is than what is around it, from ``FAINT`` on."""
    narrow = cv2.GaussianBlur(unit, (0, 0), max(height * NARROW, 0.6))
    wide = cv2.GaussianBlur(unit, (0, 0), max(height * WIDE, 1.6))
    return np.asarray(np.maximum(wide - narrow - FAINT, 0), np.float32)
