"""Ink: drawn lines over a calmed picture with soft steps of light."""

from typing import Protocol

from engines.arrays import Floats, PlanesLike
from engines.media.frame import Planes
from engines.style.lines import Pen, draw_lines
from engines.style.picture import Prepared
from engines.style.prepare import take_apart
from engines.style.smooth import enlarge
from engines.style.tone import soft_steps, to_chroma, to_luma

SIGMA, SWEEPS, REACH, SIDES, HARDNESS = 1.4, 2, 0.11, 0.12, 9.0


class InkControls(Protocol):
    @property
    def lines(self) -> float: ...
    @property
    def detail(self) -> float: ...
    @property
    def levels(self) -> int: ...
    @property
    def colour(self) -> float: ...
    @property
    def shadows(self) -> float: ...


def prepare(planes: PlanesLike) -> Prepared:
    """Abstract a picture and find its flow; needs no controls, keeps no state."""
    return take_apart(planes, sigma=SIGMA, sweeps=SWEEPS, reach=REACH)


def render(prepared: Prepared, controls: InkControls, mask: Floats | None = None) -> Planes:
    """Draw a prepared picture; ``mask`` float32 0..1 of any size says where faint lines matter."""
    pen = pen_for(controls)
    large = enlarge(prepared.luma, prepared.y, SIDES)
    light = draw_lines(prepared, large, pen, mask)
    curve = soft_steps(controls.levels, HARDNESS, controls.shadows)
    full, shape = prepared.full_range, prepared.chroma_shape
    return Planes(
        to_luma(large, curve, light, full),
        to_chroma(prepared.u, controls.colour, light, shape, full),
        to_chroma(prepared.v, controls.colour, light, shape, full),
        full,
    )


def pen_for(controls: InkControls) -> Pen:
    detail, lines = controls.detail, controls.lines
    return Pen(
        width=0.7 + 0.65 * lines,
        strength=0.92 * min(lines / 0.3, 1.0),
        contrast=(0.055 - 0.05 * detail, 0.15 - 0.12 * detail),
        floor=0.1 + 0.5 * detail,
        texture=0.04 + 0.16 * detail + 0.5 * detail * detail,
    )
