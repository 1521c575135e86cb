"""What both engines do around what finds the outline: picture and hints in, the edge, cut-out and mask out."""

from collections.abc import Callable

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.picture import read_picture, write_picture
from engines.vision.pick.edge import alpha_of, own_colours
from engines.vision.pick.hints import Hints, brushed, checked
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.cutout import CutoutRequest, CutoutResult

Find = Callable[[Bytes, Hints], Floats]
"""Where something is: float32 HxW 0..1, from uint8 HxWx3 and hints."""
LEAST = 0.02
"""Share of a picture that must be left of it where nothing was said of what is meant."""
CLEAR = 250


def cut(request: CutoutRequest, run: Run, find: Find) -> CutoutResult:
    """Raises BadInput for hints that don't go with the picture, and where nothing is found; and what reading raises."""
    run.step(0, 1, unit="pictures")
    name = run.name(request.picture)
    picture = read_picture(run.path(request.picture))
    height, width = picture.shape[:2]
    said = request.where()
    hints = checked(height, width, name, box=said.box, inside=said.inside, outside=said.outside)
    if request.mask is not None:
        hints = brushed(hints, read_picture(run.path(request.mask)), run.name(request.mask))
    rgb, alpha = _found(picture, hints, request, run, find)
    rows, columns = np.nonzero(alpha.any(1))[0], np.nonzero(alpha.any(0))[0]
    if not rows.size:
        raise BadInput("cutout.nothing", name=name)
    box = (int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    with run.output(".png", name="mask", aside=True) as outline:
        write_picture(outline.path, alpha)
    with run.output(".png", name="cutout") as out:
        write_picture(out.path, np.dstack([rgb, alpha]))
    run.step(1, 1, unit="pictures")
    return CutoutResult(output=out.id, mask=outline.id, box=box, share=round(float(alpha.mean()) / 255, 4))


def _found(picture: Bytes, hints: Hints, request: CutoutRequest, run: Run, find: Find) -> tuple[Bytes, Bytes]:
    """Colours and alpha. A picture that is transparent already, and of which nothing is said, stays as it is."""
    rgb = np.ascontiguousarray(picture[..., :3])
    own = picture[..., 3] if picture.shape[2] == 4 else None
    if own is not None and not hints.given and (own < CLEAR).any():
        return rgb, own
    mask = find(rgb, hints)
    if not hints.given and mask.mean() < LEAST:
        run.note("cutout.whole")
        mask = np.ones_like(mask)
    alpha = alpha_of(rgb, mask, request.soft)
    if request.clean:
        rgb, alpha = own_colours(rgb, alpha)
    if own is not None:
        alpha = cv2.multiply(alpha, own, scale=1 / 255)
    return rgb, alpha
