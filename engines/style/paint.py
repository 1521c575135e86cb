"""Paint: brush strokes of an anisotropic Kuwahara filter, with the relief of bristles along them."""

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.media.frame import Planes
from engines.style.kuwahara import kuwahara
from engines.style.picture import Prepared
from engines.style.prepare import take_apart
from engines.style.strokes import bristles, directions, draw_out
from engines.style.tensor import flow
from engines.style.tone import to_chroma, to_luma

SIGMA, SWEEPS, REACH = 1.6, 1, 0.06
BRISTLES = 20261
UNLIT = 255
SLANT, FORMS = float(np.deg2rad(-30.0)), 160.0
RELIEF = 0.02


class PaintControls(Protocol):
    @property
    def brush(self) -> float: ...
    @property
    def sharpness(self) -> float: ...
    @property
    def contrast(self) -> float: ...
    @property
    def colour(self) -> float: ...


@dataclass(frozen=True)
class Brush:
    """What a brush does to a picture of one size; lengths in its pixels.

    radius  of the strokes, at half size
    even    length to each side along which strokes' rims are evened, at half size
    forms   sigma by which the flow is smoothed for the bristles, at half size
    hair    softness of the bristles, at half size
    length  of the bristles to each side, at half size
    rim     sigma of the blur against which edges are drawn firm
    firm    how firm they are
    """

    radius: float
    even: float
    forms: float
    hair: float
    length: float
    rim: float
    firm: float


def prepare(planes: PlanesLike) -> Prepared:
    """Calm a picture a little and find its flow; needs no controls, keeps no state."""
    return replace(take_apart(planes, sigma=SIGMA, sweeps=SWEEPS, reach=REACH), grainy=True)


def render(prepared: Prepared, controls: PaintControls, mask: Floats | None = None) -> Planes:
    """Paint a prepared picture; where ``mask`` (float32 0..1, any size) is high, with a brush half as wide."""
    brush = brush_for(controls, prepared.scale)
    luma, u, v = _strokes(prepared, controls, mask)
    field = directions(prepared.tensor, brush.forms, SLANT, FORMS)
    large = _relief(luma, prepared, field, brush)
    light = np.full(prepared.y.shape, UNLIT, np.uint8)
    full, shape = prepared.full_range, prepared.chroma_shape
    return Planes(
        to_luma(large, curve_for(controls.contrast), light, full),
        to_chroma(u, controls.colour, light, shape, full),
        to_chroma(v, controls.colour, light, shape, full),
        full,
    )


def brush_for(controls: PaintControls, scale: float) -> Brush:
    return Brush(
        radius=max(0.5 * controls.brush * scale, 0.5),
        even=max(2 * scale, 1.0),
        forms=max(0.5 * controls.brush * scale, 0.6),
        hair=max(0.5 * scale, 0.55),
        length=1.5 * controls.brush * scale,
        rim=max(1.6 * scale, 0.5),
        firm=0.4 + 1.2 * controls.sharpness,
    )


def _strokes(prepared: Prepared, controls: PaintControls, mask: Floats | None) -> tuple[Floats, Floats, Floats]:
    tangent, anisotropy = flow(prepared.tensor)
    planes = prepared.luma, prepared.u, prepared.v
    brush = brush_for(controls, prepared.scale)
    painted = kuwahara(*planes, tangent, anisotropy, brush.radius, controls.sharpness)
    if mask is None:
        return _even(painted, tangent, brush.even)
    fine = kuwahara(*planes, tangent, anisotropy, max(0.5 * brush.radius, 0.5), controls.sharpness)
    share = cv2.resize(mask.astype(np.float32), (prepared.luma.shape[1], prepared.luma.shape[0]))
    luma, u, v = (p + share * (f - p) for p, f in zip(painted, fine, strict=True))
    return _even((luma, u, v), tangent, brush.even)


def _even(painted: tuple[Floats, Floats, Floats], tangent: Floats, length: float) -> tuple[Floats, Floats, Floats]:
    """Strokes' rims evened by a mean along the flow over 4 pixels to each side at 720p."""
    luma, u, v = (draw_out(plane, tangent, length, keep="mean") for plane in painted)
    return luma, u, v


def _relief(luma: Floats, prepared: Prepared, tangent: Floats, brush: Brush) -> Bytes:
    """Painted luma at full size, edges drawn firm, lit from the upper left over bristles: uint8 HxW.

    L + a (L - G_s * L), s = 1.6 px at 720p, a = 0.4 + 1.2 sharpness; plus ``RELIEF`` of the bristles' slope from upper left
    to lower right, where the bristles are noise drawn out along the flow over three brush radii.
    """
    height, width = prepared.y.shape
    large = cv2.resize(luma, (2 * luma.shape[1], 2 * luma.shape[0]), interpolation=cv2.INTER_LINEAR)[:height, :width]
    blurred = cv2.GaussianBlur(large, (0, 0), brush.rim)
    firm = cv2.addWeighted(large, 1 + brush.firm, blurred, -brush.firm, 0)
    relief = bristles(BRISTLES, brush.hair, tangent, brush.length, prepared.drift)
    relief = cv2.resize(relief, (2 * luma.shape[1], 2 * luma.shape[0]), interpolation=cv2.INTER_CUBIC)[:height, :width]
    slope = np.zeros_like(relief)
    slope[1:, 1:] = relief[1:, 1:] - relief[:-1, :-1]
    return cv2.convertScaleAbs(np.maximum(firm + np.float32(RELIEF) * slope, 0), alpha=255.0)


def curve_for(contrast: float) -> Floats:
    """Curve float32[256]: towards mid grey below 1, towards and past x^2 (3 - 2x) above 1, less so in the dark."""
    x = np.linspace(0, 1, 256)
    s = x * x * (3 - 2 * x)
    curve = 0.5 + (x - 0.5) * contrast if contrast <= 1 else x + (contrast - 1) * np.where(x < 0.5, 0.5, 1.2) * (s - x)
    return curve.astype(np.float32)
