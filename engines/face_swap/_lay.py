"""Laying the new faces into a frame: in its own planes and its own matrix, and nowhere else."""

import numpy as np

from engines.arrays import Bytes
from engines.face_swap._take import Take
from engines.kernel import kernel
from engines.media.frame import Frame, Planes
from engines.vision.faces.swap import Patch, laid


def lay(take: Take) -> Frame:
    """The frame with its patches. A frame without any is the one that came; samples where no patch covers are untouched."""
    patches = [patch for role in take.roles for patch in role.patches]
    if not patches:
        return take.frame
    frame = take.frame
    before = frame.planes
    planes = Planes(before.y.copy(), before.u.copy(), before.v.copy(), before.full_range)
    matrix = frame.shown.from_rgb(frame.height).astype(np.float32)
    for patch in patches:
        _lay_in(planes, patch, matrix)
    return frame.replace(planes=planes, alpha=frame.alpha)


def lay_rgb(take: Take) -> Bytes:
    """The picture with its patches, uint8 HxWx3."""
    rgb = take.frame.rgb
    for role in take.roles:
        for patch in role.patches:
            rgb = laid(rgb, patch)
    return rgb


def _lay_in(planes: Planes, patch: Patch, matrix: np.ndarray) -> None:
    rgb, alpha = np.ascontiguousarray(patch.rgb), np.ascontiguousarray(patch.alpha, np.float32)
    step = 2 if planes.halved else 1
    _blend_luma(rgb, alpha, matrix[0], planes.y[patch.top :, patch.left :])
    _blend_chroma(rgb, alpha, matrix[1:], patch.top, patch.left, step, planes.u, planes.v)


@kernel
def _blend_luma(rgb, alpha, row, plane):  # type: ignore[no-untyped-def]
    """``row`` float32 of 4: luma's part of the matrix; ``plane`` uint8, from the patch's corner on."""
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            part = alpha[y, x]
            if part > 0:
                code = row[0] * rgb[y, x, 0] + row[1] * rgb[y, x, 1] + row[2] * rgb[y, x, 2] + row[3]
                plane[y, x] = np.uint8(plane[y, x] + part * (code - plane[y, x]) + np.float32(0.5))


@kernel
def _blend_chroma(rgb, alpha, rows, top, left, step, u, v):  # type: ignore[no-untyped-def]
    """Each sample stands for ``step`` x ``step`` pixels: of the patch those count that cover it, by their alpha."""
    height, width = alpha.shape
    for row in range(top // step, (top + height - 1) // step + 1):
        for column in range(left // step, (left + width - 1) // step + 1):
            weight = np.float32(0)
            red = green = blue = np.float32(0)
            for y in range(max(row * step - top, 0), min((row + 1) * step - top, height)):
                for x in range(max(column * step - left, 0), min((column + 1) * step - left, width)):
                    part = alpha[y, x]
                    weight += part
                    red += part * rgb[y, x, 0]
                    green += part * rgb[y, x, 1]
                    blue += part * rgb[y, x, 2]
            if weight > 0:
                red, green, blue = red / weight, green / weight, blue / weight
                part = weight / (step * step)
                cb = rows[0, 0] * red + rows[0, 1] * green + rows[0, 2] * blue + rows[0, 3]
                cr = rows[1, 0] * red + rows[1, 1] * green + rows[1, 2] * blue + rows[1, 3]
                u[row, column] = np.uint8(u[row, column] + part * (cb - u[row, column]) + np.float32(0.5))
                v[row, column] = np.uint8(v[row, column] + part * (cr - v[row, column]) + np.float32(0.5))
