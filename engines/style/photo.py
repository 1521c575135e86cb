"""Pictures as planes with full-size chroma, and back."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.frame import Frame, Planes

RGB = 3
# ITU-T T.871 (JFIF): full-range BT.601
TO_PLANES = np.array([[0.299, 0.587, 0.114, 0], [-0.168736, -0.331264, 0.5, 128], [0.5, -0.418688, -0.081312, 128]])
TO_RGB = np.linalg.inv(TO_PLANES[:, :3])


def to_planes(rgb: NDArray[np.uint8]) -> Planes:
    """uint8 HxWx3 RGB to full-range planes of equal size."""
    y, u, v = cv2.split(cv2.transform(rgb, TO_PLANES))
    return Planes(np.asarray(y), np.asarray(u), np.asarray(v), True)


def from_planes(planes: Planes) -> NDArray[np.uint8]:
    """Full-range planes of equal size to uint8 HxWx3 RGB."""
    shift = -TO_RGB @ np.array([0.0, 128.0, 128.0])
    matrix = np.hstack([TO_RGB, shift[:, None]])
    return np.asarray(cv2.transform(cv2.merge([planes.y, planes.u, planes.v]), matrix))


def still(picture: NDArray[np.uint8]) -> Frame:
    """A picture, uint8 HxWx3 or HxWx4, as a frame with full-size chroma."""
    rgb = np.ascontiguousarray(picture[..., :RGB])
    alpha = np.ascontiguousarray(picture[..., RGB]) if picture.shape[2] > RGB else None
    return Frame.still(rgb, to_planes(rgb), alpha)


def shown(frame: Frame) -> NDArray[np.uint8]:
    """The picture of a frame that was made by ``still`` and drawn since: uint8 HxWx3, or HxWx4 where it is transparent."""
    rgb = frame.rgb if frame.planes.halved else from_planes(frame.planes)
    return rgb if frame.alpha is None else np.dstack([rgb, frame.alpha])


def sized(frame: Frame, height: int) -> Frame:
    """The frame ``height`` pixels high, its transparency too; 0 leaves it as it is."""
    planes = at_height(frame.planes, height)
    if planes is frame.planes:
        return frame
    alpha = frame.alpha
    if alpha is not None:
        alpha = np.asarray(cv2.resize(alpha, planes.y.shape[::-1], interpolation=cv2.INTER_AREA))
    return frame.replace(planes=planes, alpha=alpha)


def enlarged(drawn: Frame, frame: Frame) -> Frame:
    """``drawn`` at the size of ``frame``, with its transparency."""
    planes, like = drawn.planes, frame.planes
    if planes.y.shape == like.y.shape:
        return drawn
    y, u, v = (
        np.asarray(cv2.resize(small, large.shape[::-1], interpolation=cv2.INTER_CUBIC))
        for small, large in ((planes.y, like.y), (planes.u, like.u), (planes.v, like.v))
    )
    return frame.replace(planes=replace(planes, y=y, u=u, v=v), alpha=frame.alpha)


def at_height(planes: Planes, height: int) -> Planes:
    """The same picture ``height`` pixels high (even, as codecs want it); 0, and its own height, leave it as it is."""
    before, wide = planes.y.shape
    if height in (0, before):
        return planes
    height += height % 2
    width = max(2, round(wide * height / before / 2) * 2)
    way = cv2.INTER_AREA if height < before else cv2.INTER_CUBIC
    small = planes.u.shape != planes.y.shape
    size = (width // 2, height // 2) if small else (width, height)
    y = cv2.resize(planes.y, (width, height), interpolation=way)
    u, v = (cv2.resize(plane, size, interpolation=way) for plane in (planes.u, planes.v))
    return replace(planes, y=np.asarray(y), u=np.asarray(u), v=np.asarray(v))
