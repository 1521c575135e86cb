"""Bright film (HDR: PQ or HLG, BT.2020) as a plain screen shows it (BT.709, gamma 2.4).

The curve is the EETF of Rec. ITU-R BT.2390-11 §5.4, applied to R, G and B from a peak of 1000 cd/m² to the diffuse white of 203 cd/m²
(BT.2408); then the primaries are changed (BT.2087) and what lies outside is clipped. HLG is made display light with the
system gamma of 1.2 on each channel (BT.2100 has it on luminance: ours is a little more colourful).
"""

from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from engines.media.colour import HLG, Colour

if TYPE_CHECKING:
    from engines.media.convert import Converter

PEAK, WHITE, TOP = 1000.0, 203.0, 10000.0
HLG_GAMMA, SCREEN_GAMMA = 1.2, 2.4
LEVELS = 65536
STEPS = 4096
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)


class ToneMap:
    """Maps decoded HDR pictures to uint8 HxWx3 for a plain screen."""

    def __init__(self, colour: Colour) -> None:
        self._colour = colour
        code = np.linspace(0, 1, LEVELS)
        nits = PEAK * _hlg_scene(code) ** HLG_GAMMA if colour.trc == HLG else TOP * _pq_light(code)
        self._light = (TOP * _pq_light(_eetf(_pq_code(nits / TOP))) / WHITE).astype(np.float32)
        shown = np.linspace(0, 1, STEPS) ** (
            2 / SCREEN_GAMMA
        )  # of the light's square root, which keeps the dark ends apart
        self._shown = np.rint(255 * shown).astype(np.uint8)

    def __call__(self, picture: av.VideoFrame, convert: "Converter") -> NDArray[np.uint8]:
        import cv2

        code = convert(picture, "rgb48le", self._colour).to_ndarray()
        light = cv2.transform(self._light[code], TO_709)
        np.clip(light, 0, 1, out=light)
        light = cv2.sqrt(light) * (STEPS - 1)
        return self._shown[np.rint(light).astype(np.uint16)]


def _pq_light(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084: code 0..1 → light as a part of 10 000 cd/m²."""
    power = code ** (1 / 78.84375)
    return (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)  # type: ignore[no-any-return]


def _pq_code(light: NDArray[np.float64]) -> NDArray[np.float64]:
    power = light**0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375  # type: ignore[no-any-return]


def _hlg_scene(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """BT.2100 HLG: code 0..1 → scene light 0..1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _eetf(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """BT.2390 §5.4: PQ code of the source → PQ code that a screen of ``WHITE`` can show; a Hermite spline above the knee."""
    top = float(_pq_code(np.array(PEAK / TOP)))
    most = float(_pq_code(np.array(WHITE / TOP))) / top
    knee = 1.5 * most - 0.5
    e = np.minimum(code / top, 1)
    t = (e - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
    return np.where(e < knee, e, spline) * top
