"""A drawn picture with what styles must cope with: face, thin glasses, texture, shadow, a faint fold, a vivid thing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.frame import Planes


def scene(height: int = 360, width: int = 480, light: float = 1.0) -> NDArray[np.uint8]:
    """RGB uint8 HxWx3; ``light`` scales all brightness."""
    picture = np.empty((480, 640, 3), np.float32)
    picture[:] = np.linspace(120, 190, 640)[None, :, None] * np.array([0.9, 1.0, 1.05])
    rng = np.random.default_rng(7)
    leaves = cv2.GaussianBlur(rng.normal(0, 1, (150, 210)), (0, 0), 2.5)
    picture[330:, :210] = np.array([70, 110, 50]) + leaves[..., None] * 170
    cv2.ellipse(picture, (340, 400), (170, 130), 0, 180, 360, (60, 70, 110), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (340, 210), (95, 125), 0, 0, 360, (225, 175, 150), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (340, 135), (105, 75), 0, 180, 360, (50, 38, 30), -1, cv2.LINE_AA)
    shade = np.clip((np.arange(640) - 330) / 140, 0, 0.55)
    picture[100:330, 250:440] *= 1 - shade[None, 250:440, None]
    for x in (300, 380):
        cv2.ellipse(picture, (x, 200), (18, 9), 0, 0, 360, (240, 240, 240), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, 200), 8, (50, 80, 110), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, 202), 30, (60, 50, 45), 2, cv2.LINE_AA)
    cv2.line(picture, (330, 200), (350, 200), (60, 50, 45), 2, cv2.LINE_AA)
    cv2.ellipse(picture, (340, 275), (32, 12), 0, 0, 360, (190, 80, 80), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (310, 262), (18, 26), 0, 150, 230, (208, 160, 137), 2, cv2.LINE_AA)
    cv2.circle(picture, (120, 110), 34, (230, 60, 40), -1, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8) * light
    return cv2.resize(np.clip(picture, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)


def planes(rgb: NDArray[np.uint8], *, half: bool = True) -> Planes:
    """Full-range planes of an RGB picture, chroma at half or at full size."""
    height, width = rgb.shape[:2]
    y, v, u = (np.ascontiguousarray(p) for p in cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)))
    if half:
        even = [cv2.copyMakeBorder(p, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE) for p in (u, v)]
        u, v = (cv2.resize(p, (p.shape[1] // 2, p.shape[0] // 2), interpolation=cv2.INTER_AREA) for p in even)
    return Planes(y, u, v, True)


def limited(full: Planes) -> Planes:
    """The same planes in limited range."""
    y = (16 + full.y.astype(np.float32) * (219 / 255) + 0.5).astype(np.uint8)
    u, v = ((128.5 + (p.astype(np.float32) - 128) * (224 / 255)).astype(np.uint8) for p in (full.u, full.v))
    return Planes(y, u, v, False)
