"""The rim of a matte: how much of each pixel there is the person's, and of what colour the person is without the rest.

Near the edge the colours of what is surely person and surely background, F and B, are spread over each other (a
weighted Gaussian mean, as in Forte & Pitie 2021, "Approximate fast foreground colour estimation"). A pixel of the rim
lies somewhere between the two: t = (I - B)(F - B) / |F - B|^2 is its share, and F + (I - t F - (1 - t) B) its own
colour.
"""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.kernel import kernel
from engines.vision.composite import Layer

SURE_BACK, SURE_FRONT = 5, 250
REACH = 4 / 720
SPREAD = 10 / 720
QUARTER = 4
DISTINCT = 18.0
LOW, HIGH = 0.1, 0.8
LEAST = 0.15


def without_fringe(planes: PlanesLike, alpha: Bytes) -> tuple[Layer, Bytes]:
    """The frame with the person's own colours at the rim, and alpha (uint8 HxW) trimmed where the rim is background.

    Stateless. The rim is what lies within 4 pixels (at 720p) of a soft edge. Alpha never grows; where person and
    background are of one colour (closer than some 18 codes) it stays as it is. Planes 4:2:0 or 4:4:4.
    """
    height, width = alpha.shape
    reach = max(round(REACH * min(height, width)), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    front, back = cv2.erode(alpha, disc) >= SURE_FRONT, cv2.dilate(alpha, disc) <= SURE_BACK
    rim = ~(front | back)
    if not rim.any() or not front.any() or not back.any():
        return Layer(planes.y, planes.u, planes.v, planes.full_range), alpha
    full = [_at(plane, (height, width)) for plane in (planes.y, planes.u, planes.v)]
    fronts, backs = _spread_out(full, front), _spread_out(full, back)
    trimmed = alpha.copy()
    own = [plane.copy() for plane in full]
    _unmix(rim, np.stack(full), np.stack(fronts), np.stack(backs), trimmed, own[0], own[1], own[2])
    shape = planes.u.shape
    u, v = (
        made if made.shape == shape else cv2.resize(made, shape[::-1], interpolation=cv2.INTER_AREA) for made in own[1:]
    )
    return Layer(own[0], u, v, planes.full_range), trimmed


def _at(plane: Bytes, shape: tuple[int, int]) -> Bytes:
    return plane if plane.shape == shape else cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR)


def _spread_out(planes: list[Bytes], sure: np.ndarray) -> list[Bytes]:
    """Each plane's mean over the sure pixels nearby; further away, over a wider neighbourhood."""
    height, width = sure.shape
    size = (max(width // QUARTER, 1), max(height // QUARTER, 1))
    full = sure.astype(np.float32)
    weight = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
    sigma = max(SPREAD * min(height, width) / QUARTER, 0.8)
    sums = [(cv2.GaussianBlur(weight, (0, 0), wide), wide) for wide in (6 * sigma, sigma)]
    out = []
    for plane in planes:
        part = cv2.resize(plane * full, size, interpolation=cv2.INTER_AREA)
        value: Floats | float = float(part.sum()) / max(float(weight.sum()), 1.0)
        for total, wide in sums:
            value = (cv2.GaussianBlur(part, (0, 0), wide) + np.float32(0.01) * value) / (total + np.float32(0.01))
        out.append(cv2.resize(cv2.convertScaleAbs(np.asarray(value)), (width, height), interpolation=cv2.INTER_LINEAR))
    return out


@kernel
def _unmix(rim, pixel, front, back, alpha, y, u, v):  # type: ignore[no-untyped-def]
    for i in range(rim.shape[0]):
        for j in range(rim.shape[1]):
            if not rim[i, j]:
                continue
            along, apart = np.float32(0), np.float32(0)
            for k in range(3):
                way = np.float32(front[k, i, j]) - np.float32(back[k, i, j])
                along += way * (np.float32(pixel[k, i, j]) - np.float32(back[k, i, j]))
                apart += way * way
            given = np.float32(alpha[i, j]) / np.float32(255)
            place = (along / max(apart, np.float32(1)) - np.float32(LOW)) / np.float32(HIGH - LOW)
            place = min(max(place, np.float32(0)), given)
            share = given + (place - given) * apart / (apart + np.float32(DISTINCT * DISTINCT))
            alpha[i, j] = np.uint8(share * 255 + np.float32(0.5))
            rest, sure = 1 - share, min(share / np.float32(LEAST), np.float32(1))
            for k in range(3):
                behind, before = np.float32(back[k, i, j]), np.float32(front[k, i, j])
                left = np.float32(pixel[k, i, j]) - share * before - rest * behind
                value = np.uint8(min(max(before + left * sure, np.float32(0)), np.float32(255)) + np.float32(0.5))
                if k == 0:
                    y[i, j] = value
                elif k == 1:
                    u[i, j] = value
                else:
                    v[i, j] = value
