"""Laying the new faces into a frame: in its own planes and its own matrix, and nowhere else."""

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.face_swap._take import Take
from engines.media.frame import Frame, Planes
from engines.vision.composite import blend
from engines.vision.faces.swap import Patch, laid


def lay(take: Take) -> Frame:
    """The frame with its patches. A frame without any is the one that came; samples where no patch covers are untouched."""
    patches = [patch for role in take.roles for patch in role.patches]
    if not patches:
        return take.frame
    frame = take.frame
    before = frame.planes
    planes = Planes(before.y.copy(), before.u.copy(), before.v.copy(), before.full_range)
    matrix = frame.shown.from_rgb(frame.height)
    for patch in patches:
        _blend_in(planes, patch, matrix)
    return frame.replace(planes=planes, alpha=frame.alpha)


def lay_rgb(take: Take) -> Bytes:
    """The picture with its patches, uint8 HxWx3."""
    rgb = take.frame.rgb
    for role in take.roles:
        for patch in role.patches:
            rgb = laid(rgb, patch)
    return rgb


def _blend_in(planes: Planes, patch: Patch, matrix: np.ndarray) -> None:
    alpha = np.rint(patch.alpha * 255).astype(np.uint8)
    height, width = alpha.shape
    codes = cv2.transform(patch.rgb, matrix)
    rows, columns = slice(patch.top, patch.top + height), slice(patch.left, patch.left + width)
    planes.y[rows, columns] = blend(codes[..., 0], alpha, planes.y[rows, columns])
    if not planes.halved:
        for plane, channel in ((planes.u, 1), (planes.v, 2)):
            plane[rows, columns] = blend(codes[..., channel], alpha, plane[rows, columns])
        return
    rows, columns, alpha, coloured = _halved(patch, alpha, np.asarray(codes))
    for plane, channel in ((planes.u, 0), (planes.v, 1)):
        there = plane[rows, columns]
        part = slice(0, there.shape[0]), slice(0, there.shape[1])
        plane[rows, columns] = blend(coloured[..., channel][part], alpha[part], there)


def _halved(patch: Patch, alpha: Bytes, codes: Bytes) -> tuple[slice, slice, Bytes, Bytes]:
    """Where a patch lies in planes of half the size, its alpha and its two colours there; each weighted by its alpha."""
    height, width = alpha.shape
    above, before = patch.top % 2, patch.left % 2
    below, behind = (above + height) % 2, (before + width) % 2
    size = ((before + width + behind) // 2, (above + height + below) // 2)
    weight = cv2.copyMakeBorder(alpha, above, below, before, behind, cv2.BORDER_CONSTANT)
    colours = cv2.copyMakeBorder(codes[..., 1:], above, below, before, behind, cv2.BORDER_REPLICATE)
    small = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(
        colours.astype(np.float32) * weight[..., None].astype(np.float32), size, interpolation=cv2.INTER_AREA
    )
    total = cv2.resize(weight.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mean = np.rint(sums / np.maximum(total, 1e-3)[..., None]).clip(0, 255).astype(np.uint8)
    top, left = patch.top // 2, patch.left // 2
    return slice(top, top + size[1]), slice(left, left + size[0]), np.asarray(small), mean
