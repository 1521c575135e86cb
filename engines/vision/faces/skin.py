"""What colour a face's own skin is, and how much a place looks like it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

FLOOR = 0.03
LEAST_SPREAD = 0.02
NEAR, FAR = 2.5, 5.0
GREY = 0.5
PALE_TO_RICH = (0.3, 1.4)
FEW = 8


@dataclass(frozen=True)
class Tone:
    """A skin's usual colour: Y, Cr and Cb of 0..1, how much its chroma varies, and from which luma to which it lies in its light."""

    luma: float
    cr: float
    cb: float
    spread: float
    low: float
    high: float

    @property
    def chroma(self) -> float:
        """How far the colour is from grey."""
        return float(np.hypot(self.cr - GREY, self.cb - GREY))


def ycc(rgb: NDArray[np.uint8] | Floats) -> Floats:
    """Y, Cr and Cb, float32 of 0..1 (grey has 0.5), of RGB uint8 or of float32 0..255."""
    scaled = rgb.astype(np.float32)
    scaled *= np.float32(1 / 255)
    return cv2.cvtColor(scaled, cv2.COLOR_RGB2YCrCb)  # type: ignore[return-value]


def tone_of(samples: Floats, low: float, high: float) -> Tone:
    """The skin's colour from places that should be skin, float32 Nx3 (Y, Cr, Cb).

    Those between the quantiles ``low`` and ``high`` of luma count: what lies under hair or behind glasses is mostly darker than
    skin in the light, and a highlight is lighter.
    """
    if len(samples) < FEW:
        return Tone(GREY, GREY, GREY, 4 * LEAST_SPREAD, 0, 1)
    least, most = np.quantile(samples[:, 0], [low, high])
    lit = samples[(samples[:, 0] >= least) & (samples[:, 0] <= most)]
    middle = np.median(lit, axis=0)
    spread = 1.4826 * float(np.median(np.abs(lit[:, 1:] - middle[1:])))
    luma, cr, cb = (float(value) for value in np.median(lit, axis=0))
    return Tone(luma, cr, cb, max(spread, LEAST_SPREAD), float(least), float(most))


def likeness(values: Floats, tone: Tone, shade: tuple[float, float], shine: tuple[float, float]) -> Floats:
    """How far places may be skin of ``tone``, float32 of 0..1. ``values`` float32 HxWx3 (Y, Cr, Cb).

    ``shade``: how much darker than the tone's range, as a natural logarithm, is surely skin and surely none; ``shine`` the same
    for lighter. A paler or richer colour of the same hue is skin too: shade and shine make it so.
    """
    luma = np.maximum(values[..., 0], 0) + np.float32(FLOOR)
    dark = falling(np.log(np.float32(tone.low + FLOOR) / luma), *shade)
    light = falling(np.log(luma / np.float32(tone.high + FLOOR)), *shine)
    own_red, own_blue = np.float32(tone.cr - GREY), np.float32(tone.cb - GREY)
    red, blue = values[..., 1] - np.float32(GREY), values[..., 2] - np.float32(GREY)
    along = (red * own_red + blue * own_blue) / np.float32(max(tone.chroma**2, LEAST_SPREAD**2))
    along = np.clip(along, *PALE_TO_RICH)
    red, blue = red - own_red * along, blue - own_blue * along
    away = np.sqrt(red * red + blue * blue) / np.float32(tone.spread)
    return (dark * light * falling(away, NEAR, FAR)).astype(np.float32)


def tinted(ratio: Floats) -> Floats:
    """How much of a skin's chroma is left where its luma is ``ratio`` times as high: shade takes colour away with light."""
    return np.clip(ratio, 0.1, 1.2)


def falling(values: Floats, full: float, none: float) -> Floats:
    """1 up to ``full``, 0 from ``none``, a straight line between."""
    return np.clip((np.float32(none) - values) / np.float32(none - full), 0, 1)
