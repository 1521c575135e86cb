"""An artist's own part: a picture or a vector drawing as what is laid into a figure."""

from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.figure.svg import draw_svg
from engines.media.picture import read_picture
from studio.errors import BadInput

SIDE = 1536
SEEN = 8
LEAST = 8
ROOM = 2


def own_part(file: Path, name: str) -> Bytes:
    """uint8 HxWx3, or HxWx4 cut to what is seen, at most 1536 pixels long, from a picture or an SVG.

    Raises BadInput for what is neither, what shows nothing, and an SVG that reaches out of itself; LimitReached for a too large one.
    """
    data = file.read_bytes() if _is_vector(file) else None
    picture = draw_svg(data, name) if data is not None else read_picture(file)
    if picture.shape[2] == 4:
        picture = _seen(picture, name)
    if min(picture.shape[:2]) < LEAST:
        raise BadInput("parts.small", name=name, least=LEAST)
    factor = SIDE / max(picture.shape[:2])
    if factor >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _is_vector(file: Path) -> bool:
    """Whether it is text that begins as XML does; a picture file never does."""
    with file.open("rb") as stream:
        head = stream.read(512)
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


def _seen(picture: Bytes, name: str) -> Bytes:
    seen = picture[..., 3] > SEEN
    if not seen.any():
        raise BadInput("parts.empty", name=name)
    rows, columns = np.nonzero(seen.any(1))[0], np.nonzero(seen.any(0))[0]
    top, left = max(int(rows[0]) - ROOM, 0), max(int(columns[0]) - ROOM, 0)
    return picture[top : int(rows[-1]) + 1 + ROOM, left : int(columns[-1]) + 1 + ROOM]
