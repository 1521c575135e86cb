"""What is done to a patch before it is laid: old lips and eyes kept, a painted mask, detail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.face_swap._take import Role, Take
from engines.kernel import kernel
from engines.media.picture import read_picture
from engines.vision.faces.face import Face
from engines.vision.faces.layout import LEFT_EYE_RING, OUTER_LIPS, RIGHT_EYE_RING
from engines.vision.faces.swap import Patch
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest

MOUTH, EYES = (OUTER_LIPS,), (RIGHT_EYE_RING, LEFT_EYE_RING)
ROOM = 0.035
CORE = 1.5
"""Differences up to so many levels are taken for grain, and aren't sharpened."""
DETAIL = 0.008
SAME_SHAPE = 0.01


@dataclass(frozen=True)
class Finish:
    """Takes in, the same takes out. ``brush`` float32 HxW (0..1) of the frames' size: where the new face may be seen."""

    mouth: float
    eyes: float
    detail: float
    brush: Floats | None = None

    def __call__(self, take: Take) -> Take:
        for role in take.roles:
            role.patches = [self._finished(patch, role) for patch in role.patches]
        return take

    def _finished(self, patch: Patch, role: Role) -> Patch:
        alpha = patch.alpha
        for amount, rings in ((self.mouth, MOUTH), (self.eyes, EYES)):
            if amount > 0:
                alpha = alpha * (1 - np.float32(amount) * _region(patch, role.seen.face, rings))
        if self.brush is not None:
            height, width = alpha.shape
            alpha = alpha * self.brush[patch.top : patch.top + height, patch.left : patch.left + width]
        rgb = _sharpened(patch.rgb, self.detail, role.seen.face.size) if self.detail > 0 else patch.rgb
        return replace(patch, rgb=rgb, alpha=alpha)


def finish_for(request: FaceSwapRequest, run: Run, height: int, width: int) -> Finish:
    """For frames of this size. Raises BadInput for a painted mask of another shape."""
    brush = request.mask.brush
    painted = _painted(run.path(brush), height, width) if brush else None
    return Finish(request.face.mouth, request.face.eyes, request.face.detail, painted)


def _painted(path: Path, height: int, width: int) -> Floats:
    picture = read_picture(path)
    rows, columns = picture.shape[:2]
    if abs(columns * height / (rows * width) - 1) > SAME_SHAPE:
        raise BadInput("face_swap.brush_shape", width=columns, height=rows, wanted_width=width, wanted_height=height)
    light = picture[..., :3].max(axis=2).astype(np.float32) / 255
    if picture.shape[2] > 3:
        light *= picture[..., 3].astype(np.float32) / 255
    return np.asarray(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR))


def _region(patch: Patch, face: Face, rings: Sequence[Sequence[int]]) -> Floats:
    """1 around the rings of landmarks, soft, float32 of the patch's size."""
    found = np.zeros(patch.alpha.shape, np.uint8)
    for ring in rings:
        outline = face.points[list(ring), :2] - np.array([patch.left, patch.top], np.float32)
        cv2.fillConvexPoly(found, cv2.convexHull(np.rint(outline).astype(np.int32)), 255)
    room = max(round(ROOM * face.size), 1)
    found = np.asarray(cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * room + 1, 2 * room + 1))))
    return np.asarray(cv2.GaussianBlur(found, (0, 0), max(room / 2, 0.5))).astype(np.float32) / 255


def _sharpened(rgb: Bytes, amount: float, size: float) -> Bytes:
    """Unsharp mask on luma, which leaves alone what is no more than grain."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    sharper = np.empty_like(rgb)
    _sharpen(rgb, luma, cv2.GaussianBlur(luma, (0, 0), max(DETAIL * size, 0.8)), np.float32(amount), sharper)
    return sharper


@kernel
def _sharpen(rgb, luma, soft, amount, sharper):  # type: ignore[no-untyped-def]
    height, width = luma.shape
    for y in range(height):
        for x in range(width):
            fine = np.float32(luma[y, x]) - np.float32(soft[y, x])
            more = np.float32(0)
            if fine > CORE:
                more = amount * (fine - CORE)
            elif fine < -CORE:
                more = amount * (fine + CORE)
            for channel in range(3):
                sharper[y, x, channel] = np.uint8(min(max(rgb[y, x, channel] + more + 0.5, 0), 255))
