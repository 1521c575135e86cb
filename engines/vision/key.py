"""Chroma key: a green or blue screen becomes transparent, and leaves no green behind.

After Jack, Video Demystified (chroma keying in YCbCr), with a clean plate of the screen in the place of one colour: K
is how much of the screen's chroma is in a pixel, alpha = 1 - K / K_plate between two thresholds, and the screen's
share is taken out of luma and chroma alike, F = (I - (1 - alpha) plate) / alpha.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.vision.guided import applied, guided
from studio.errors import BadInput

LEAST_CHROMA = 24.0
RIM = 0.06
SCREEN_SHARE = 0.5
WEDGE = 0.9
FIRST_SURE, SURE, SURE_FRONT = 0.5, 0.85, 0.97
SEARCH_SIDE = 160
GREEN = (-0.63, -0.78)
BLUE = (0.98, -0.18)
NEAR = 0.8

Three = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Screen:
    """Colour of a screen: y in codes, u and v as distances from 128 in codes."""

    y: float
    u: float
    v: float

    @property
    def strength(self) -> float:
        return float(np.hypot(self.u, self.v))


@dataclass(frozen=True)
class Keyed:
    """Foreground planes without the screen's colour (like the source's; uint8), and alpha uint8 HxW."""

    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool
    alpha: Bytes


def find_screen(planes: PlanesLike) -> Screen | None:
    """The screen's colour, or None where the frame's rim (left, right and top) is not mostly one green or blue.

    Within 37 degrees of green's or blue's chroma, saturated by 24 codes or more, over half of the rim: then the
    median of it.
    """
    height, width = planes.y.shape
    factor = min(1.0, SEARCH_SIDE / min(height, width))
    size = (max(round(width * factor), 16), max(round(height * factor), 16))
    y, u, v = (
        cv2.resize(p, size, interpolation=cv2.INTER_AREA).astype(np.float32) for p in (planes.y, planes.u, planes.v)
    )
    u -= 128
    v -= 128
    rim = np.zeros(y.shape, bool)
    side = max(round(min(size) * RIM), 2)
    rim[:side] = rim[:, :side] = rim[:, -side:] = True
    strength = np.hypot(u, v)
    best = None
    for hue in (GREEN, BLUE):
        along = (u * hue[0] + v * hue[1]) / np.maximum(strength, 1)
        like = rim & (strength > LEAST_CHROMA) & (along > NEAR)
        if like.sum() > SCREEN_SHARE * rim.sum() and (best is None or like.sum() > best.sum()):
            best = like
    if best is None:
        return None
    return Screen(float(np.median(y[best])), float(np.median(u[best])), float(np.median(v[best])))


def screen_of(rgb: tuple[int, int, int], *, full_range: bool) -> Screen:
    """A given screen colour, 0..255 each, as BT.601 codes of a frame's range; ``BadInput`` where it is nearly grey."""
    r, g, b = (value / 255 for value in rgb)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    offset, gain, chroma = (0.0, 255.0, 255.0) if full_range else (16.0, 219.0, 224.0)
    screen = Screen(offset + gain * luma, chroma * (b - luma) / 1.772, chroma * (r - luma) / 1.402)
    if screen.strength < LEAST_CHROMA / 2:
        raise BadInput("vision.key_grey", colour="#{:02x}{:02x}{:02x}".format(*rgb))
    return screen


def key(planes: PlanesLike, screen: Screen, *, low: float = 0.1, high: float = 0.9, choke: float = 0.0) -> Keyed:
    """Cut a frame out of its screen. Stateless.

    ``low`` and ``high``: what is less than ``low`` foreground is all screen, what is more than ``high`` is all
    foreground. ``choke`` 0..1 moves the edge inwards by up to two pixels at 720p. Planes 4:2:0 or 4:4:4.
    """
    shape = planes.u.shape
    y = planes.y if planes.y.shape == shape else cv2.resize(planes.y, shape[::-1], interpolation=cv2.INTER_AREA)
    u, v = (cv2.GaussianBlur(plane.astype(np.float32), (3, 3), 0.6) - 128 for plane in (planes.u, planes.v))
    amount = _amount(u, v, screen)
    plate = _plate(y.astype(np.float32), u, v, amount, screen)
    share = _amount(plate[1], plate[2], screen)
    rough = _straightened(1 - amount / np.maximum(share, 0.25), (y.astype(np.float32), u, v), plate)
    mask = np.clip((rough - low) / (high - low), 0, 1).astype(np.float32)
    alpha = _at_full_size(mask, planes, y, choke)
    return _without_screen(planes, plate, alpha, screen)


def _amount(u: Floats, v: Floats, screen: Screen) -> Floats:
    """How much of the screen's chroma is in each pixel: 1 on the screen, 0 outside a wedge of 84 degrees around its
    hue.
    """
    x = (u * screen.u + v * screen.v) / screen.strength
    z = (u * screen.v - v * screen.u) / screen.strength
    return np.maximum(x - np.abs(z) / WEDGE, 0) / np.float32(screen.strength)


def _plate(y: Floats, u: Floats, v: Floats, amount: Floats, screen: Screen) -> Three:
    """The screen as it would be without anybody before it: what is surely screen, spread over the rest.

    First what has half of the screen's chroma is taken for it, then what has nearly that of the plate thus found: so a
    screen may be lit unevenly.
    """
    height, width = y.shape
    small = (max(width // 8, 1), max(height // 8, 1))
    sigma = max(min(small) / 12, 1.0)
    sources, values = (y, u, v), (screen.y, screen.u, screen.v)
    least: Floats | float = FIRST_SURE
    for _ in range(2):
        sure = cv2.erode((amount > least).astype(np.float32), np.ones((3, 3), np.uint8))
        weight = cv2.resize(sure, small, interpolation=cv2.INTER_AREA)
        total = cv2.GaussianBlur(weight, (0, 0), sigma) + np.float32(1e-3)
        spread = []
        for plane, value in zip(sources, values, strict=True):
            part = cv2.resize(plane * sure, small, interpolation=cv2.INTER_AREA)
            spread.append((cv2.GaussianBlur(part, (0, 0), sigma) + np.float32(1e-3 * value)) / total)
        plate = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in spread]
        least = SURE * _amount(plate[1], plate[2], screen)
    return plate[0], plate[1], plate[2]


def _straightened(rough: Floats, picture: Three, plate: Three) -> Floats:
    """Alpha at the edge as the place between the screen's chroma and that of what stands next to it.

    A half covered pixel of a red sleeve is grey, and would pass for all foreground. So within two pixels of what is
    more screen than not, alpha is at most (c - K) (F - K) / |F - K|^2, with F the mean chroma of sure foreground
    nearby, paler where the pixel is darker than that (dark hair beside a face has none of its colour).
    """
    height, width = rough.shape
    small = (max(width // 4, 1), max(height // 4, 1))
    sure = cv2.erode((rough > SURE_FRONT).astype(np.float32), np.ones((5, 5), np.uint8))
    sigma = max(min(small) / 30, 1.0)
    total = cv2.GaussianBlur(cv2.resize(sure, small, interpolation=cv2.INTER_AREA), (0, 0), sigma) + np.float32(1e-3)
    front = []
    for plane in picture:
        mean = cv2.GaussianBlur(cv2.resize(plane * sure, small, interpolation=cv2.INTER_AREA), (0, 0), sigma) / total
        front.append(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR))
    y, u, v = picture
    paler = np.clip(y / np.maximum(front[0], 1), 0, 1)
    du, dv = front[1] * paler - plate[1], front[2] * paler - plate[2]
    place = ((u - plate[1]) * du + (v - plate[2]) * dv) / np.maximum(du * du + dv * dv, np.float32(1))
    near = cv2.dilate((rough < 1 / 2).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(near > 0, np.minimum(rough, place), rough).astype(np.float32)


def _at_full_size(mask: Floats, planes: PlanesLike, y: Bytes, choke: float) -> Bytes:
    """The mask of chroma's size at luma's, following luma's edges; then choked."""
    height, width = planes.y.shape
    if mask.shape != (height, width):
        coefficients = guided(mask, (y,), radius=2, eps=1e-4)
        fine = applied(coefficients, (planes.y,), (height, width))
        bounds = np.ones((3, 3), np.uint8)
        low, high = (cv2.resize(edge(mask, bounds), (width, height)) for edge in (cv2.erode, cv2.dilate))
        mask = np.clip(fine, low, high)
    alpha = cv2.convertScaleAbs(np.clip(mask, 0, 1), alpha=255)
    if choke > 0:
        reach = choke * 2 * min(height, width) / 720
        soft = cv2.GaussianBlur(alpha, (0, 0), max(reach, 0.5))
        alpha = cv2.min(
            alpha,
            cv2.convertScaleAbs(
                cv2.subtract(soft, np.full_like(soft, int(100 * choke))), alpha=255 / (255 - 100 * choke)
            ),
        )
    return alpha


def _without_screen(planes: PlanesLike, plate: Three, alpha: Bytes, screen: Screen) -> Keyed:
    """F = (I - (1 - alpha) plate) / alpha where there is any; then what is left of the screen's hue goes."""
    shape = planes.u.shape
    share = alpha.astype(np.float32) / 255
    half = share if share.shape == shape else cv2.resize(share, shape[::-1], interpolation=cv2.INTER_AREA)
    plate_y = cv2.resize(plate[0], alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    y = _unmixed(planes.y.astype(np.float32), plate_y, share)
    u = _unmixed(planes.u.astype(np.float32) - 128, plate[1], half)
    v = _unmixed(planes.v.astype(np.float32) - 128, plate[2], half)
    spill = _amount(u, v, screen)
    u -= spill * np.float32(screen.u)
    v -= spill * np.float32(screen.v)
    low, high = (0, 255) if planes.full_range else (16, 235)
    return Keyed(
        np.clip(y + 0.5, low, high).astype(np.uint8),
        np.clip(u + 128.5, 1, 255).astype(np.uint8),
        np.clip(v + 128.5, 1, 255).astype(np.uint8),
        planes.full_range,
        alpha,
    )


def _unmixed(picture: Floats, plate: Floats, share: Floats) -> Floats:
    return (picture - (1 - share) * plate) / np.maximum(share, np.float32(0.15))
