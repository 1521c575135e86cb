"""A visible sign that a picture was made by a machine: two letters in the lower right corner."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engines.media.frame import Frame, Planes

TEXT = "AI"
PART = 0.045
WHITE, BLACK = (235, 255), (16, 0)


def labelled(frame: Frame) -> Frame:
    """The frame with the sign; its letters are about a twentieth of the short side high."""
    planes = frame.planes
    face, rim = _sign(max(8, round(PART * min(planes.y.shape))))
    height, width = face.shape
    if height > planes.y.shape[0] or width > planes.y.shape[1]:
        return frame
    y = planes.y.copy()
    corner = y[-height:, -width:].astype(np.float32)
    for mask, code in ((rim, BLACK[planes.full_range]), (face, WHITE[planes.full_range])):
        corner += (code - corner) * mask
    y[-height:, -width:] = np.rint(corner)
    u, v = (_grey(plane, rim, planes.y.shape) for plane in (planes.u, planes.v))
    return frame.replace(planes=Planes(y, u, v, planes.full_range), alpha=frame.alpha)


def _grey(plane: NDArray[np.uint8], mask: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Chroma without colour under the sign."""
    step = 1 if plane.shape == shape else 2
    small = mask[-1::-step, -1::-step][::-1, ::-1]
    grey = plane.copy()
    corner = grey[-small.shape[0] :, -small.shape[1] :]
    corner[:] = np.rint(corner + (128 - corner.astype(np.float32)) * small)
    return grey


@lru_cache(maxsize=8)
def _sign(size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Letters, and letters with their rim, float32 0..1, with room to the corner."""
    font = ImageFont.load_default(size)
    rim = max(1, size // 8)
    left, top, right, bottom = font.getbbox(TEXT, stroke_width=rim)
    room = size // 2
    box = (int(right - left) + room, int(bottom - top) + room)
    masks = []
    for stroke in (0, rim):
        mask = Image.new("L", box)
        ImageDraw.Draw(mask).text((-left, -top), TEXT, fill=255, font=font, stroke_width=stroke)
        masks.append(np.asarray(mask, np.float32) / 255)
    return masks[0], masks[1]
