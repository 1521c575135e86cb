"""What every engine does around its drawing: both pictures in, faces given back to their owners, the result out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.media.picture import over_white, read_picture, write_picture
from engines.vision.faces.detect import Detector
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import PEOPLE, Face, FaceSwapRequest, FaceSwapResult
from studio.tasks.stylize import StylizeRequest, StylizeResult

Draw = Callable[[Bytes, Bytes, Run], Bytes]
"""Gives a picture, uint8 HxWx3, in the manner of another, uint8 hxwx3; the run tells of its progress."""
AROUND = 0.9
"""What is cut out around a face, as a share of its size, to give it to the swapper."""
OWN = Face(strength=0.8, shape=0.4, colour="light", detail=0.0)


def stylized(request: StylizeRequest, run: Run, draw: Draw) -> StylizeResult:
    """Reads, draws, gives faces back and writes. Raises what reading raises."""
    picture, style = (read_picture(run.path(given)) for given in (request.picture, request.style))
    name = f"{Path(run.name(request.picture)).stem} in style"
    rgb = over_white(picture)
    pieces = 2 if request.keep_faces else 1
    made = rgb if request.strength == 0 else draw(rgb, over_white(style), run.piece(0, pieces))
    out = np.dstack([made, picture[..., 3]]) if picture.shape[2] == 4 else made
    faces = _boxes(rgb) if request.keep_faces else {}
    if not faces:
        if request.keep_faces:
            run.note("stylize.no_faces")
        result = _written(run, out, name, aside=False)
        return StylizeResult(output=result, width=out.shape[1], height=out.shape[0])
    drawn = _written(run, made, "without faces", aside=True)
    swapped = _swapped(run, rgb, drawn, faces)
    if swapped is not None:
        out[..., :3] = over_white(read_picture(run.path(swapped.output)))
    result = _written(run, out, name, aside=False)
    count = 0 if swapped is None else swapped.swapped
    return StylizeResult(output=result, width=out.shape[1], height=out.shape[0], faces=count)


def _boxes(rgb: Bytes) -> dict[str, tuple[slice, slice]]:
    """Faces' surroundings, by their places in per cent from the left and top."""
    height, width = rgb.shape[:2]
    found = {}
    for face in sorted(Detector()(rgb), key=lambda face: -face.size)[:PEOPLE]:
        half = face.size * (0.5 + AROUND)
        rows = slice(max(round(face.y - half), 0), max(round(face.y + half), 1))
        columns = slice(max(round(face.x - half), 0), max(round(face.x + half), 1))
        place = (min(max(100 * face.x / width, 0), 100), min(max(100 * face.y / height, 0), 100))
        found[f"{place[0]:.1f},{place[1]:.1f}"] = (rows, columns)
    return found


def _swapped(run: Run, rgb: Bytes, drawn: str, faces: dict[str, tuple[slice, slice]]) -> FaceSwapResult | None:
    """The drawing with the picture's own faces; None, with a note, where none is found in it any more."""
    cut = {
        place: (_written(run, np.ascontiguousarray(rgb[box]), f"face-{number}", aside=True),)
        for number, (place, box) in enumerate(faces.items())
    }
    try:
        request = FaceSwapRequest(target=drawn, map=cut, by="place", face=OWN)
        made = run.call("face_swap", request, number=1, of=2, aside=True)
    except BadInput:
        run.note("stylize.faces_lost")
        return None
    assert isinstance(made, FaceSwapResult)
    return made


def _written(run: Run, picture: Bytes, name: str, *, aside: bool) -> str:
    with run.output(".png", name=name, aside=aside) as out:
        write_picture(out.path, picture)
    return out.id
