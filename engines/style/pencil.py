"""Pencil: tone laid down in hatching along the picture's forms, drawn contours, on the grain of paper."""

from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.kernel import kernel
from engines.media.frame import Planes
from engines.style.lines import Pen, draw_lines
from engines.style.picture import Prepared, chroma_gain, luma_code
from engines.style.prepare import take_apart
from engines.style.smooth import SHADE_FLOOR, SHADE_SLOPE, enlarge
from engines.style.strokes import bristles, directions, grain

SIGMA, SWEEPS, REACH, SIDES = 1.6, 2, 0.08, 0.12
STROKES, CROSSED, PAPER = 4101, 4102, 4103
SLANT, FORMS, AROUND = float(np.deg2rad(-52.0)), 60.0, 6.0
EVEN, LENGTH = 60.0, 9.0
WHITE = (0.965, -0.012, 0.008)
BLACK = 0.12


class PencilControls(Protocol):
    @property
    def darkness(self) -> float: ...
    @property
    def hatching(self) -> float: ...
    @property
    def paper(self) -> float: ...
    @property
    def colour(self) -> float: ...


def prepare(planes: PlanesLike) -> Prepared:
    """Calm a picture and find its flow; needs no controls, keeps no state."""
    return replace(take_apart(planes, sigma=SIGMA, sweeps=SWEEPS, reach=REACH), grainy=True)


def render(prepared: Prepared, controls: PencilControls, mask: Floats | None = None) -> Planes:
    """Draw a prepared picture; ``mask`` float32 0..1 of any size says where faint contours matter.

    Light is evened first, L' = L - 0.45 (m - 0.75) + 0.8 (1/shade - 1) (L - m) with m a Gaussian mean over 60 pixels at
    720p and shade = min(1, 0.25 + 1.2 m), so that in dark pictures too paper shows
    through and forms stand out; ``_deposit`` says how much graphite then lies where. Luma = white - (white - black)
    deposit plus paper's relief; chroma is the source's, 1.5 colour times, where graphite covers the paper, and the
    paper's tint elsewhere.
    """
    scale = prepared.scale
    size = prepared.y.shape[0], prepared.y.shape[1]
    large = enlarge(prepared.luma, prepared.y, SIDES)
    light = draw_lines(prepared, large, pen_for(controls), mask)
    strokes = _hatching(prepared, size, scale)
    tooth = grain(size, PAPER, tooth_for(scale))
    deposit = np.empty(large.shape, np.float32)
    _deposit(
        _evened(large, scale), light, strokes, tooth, controls.darkness, controls.hatching, controls.paper, deposit
    )
    return _on_paper(prepared, deposit, tooth, controls)


def pen_for(controls: PencilControls) -> Pen:
    return Pen(
        width=0.95,
        strength=0.5 + 0.45 * controls.darkness,
        fill=0.15,
        hardness=3.0,
        texture=0.55,
        contrast=(0.02, 0.08),
        floor=0.35,
    )


def tooth_for(scale: float) -> float:
    """Softness of the paper's tooth in pixels."""
    return 0.7 * max(scale, 0.5)


def _evened(large: Bytes, scale: float) -> Floats:
    height, width = large.shape
    luma = large.astype(np.float32) * np.float32(1 / 255)
    small = cv2.resize(luma, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA)
    mean = cv2.GaussianBlur(small, (0, 0), max(EVEN * scale / 8, 0.5), borderType=cv2.BORDER_REPLICATE)
    lift = 0.8 * (1 / np.minimum(SHADE_FLOOR + SHADE_SLOPE * mean, 1) - 1)
    mean, lift = (cv2.resize(plane, (width, height)) for plane in (mean, lift))
    return luma - np.float32(0.45) * (mean - np.float32(0.75)) + lift * (luma - mean)


def _hatching(prepared: Prepared, shape: tuple[int, int], scale: float) -> Floats:
    """Two layers of strokes, float32 2xHxW, mean 0, deviation about 1: along the forms, and slanted across the page."""
    height, width = prepared.luma.shape
    field = directions(prepared.tensor, max(AROUND * scale, 0.6), SLANT, FORMS)
    slant = np.array([np.cos(SLANT), np.sin(SLANT)], np.float32)
    slanted = np.broadcast_to(slant, field.shape)
    layers = []
    for seed, direction in ((STROKES, field), (CROSSED, slanted)):
        half = bristles(seed, max(0.5 * scale, 0.55), direction, max(LENGTH * scale, 1.0), prepared.drift)
        layers.append(cv2.resize(half, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)[: shape[0], : shape[1]])
    return np.stack(layers)


@kernel
def _deposit(luma, light, strokes, tooth, darkness, hatching, paper, out):  # type: ignore[no-untyped-def]
    """Graphite 0..1 per pixel.

    shade s = clip((0.9 - L') / 0.9);  tone = (0.4 + darkness) s (0.3 + 0.7 s);
    strokes: tone *= 1 + 0.5 hatching ((1 - 0.2 x) a + 0.75 x b), x = clip(2.5 s - 1): crossed where it is dark;
    contours: tone = 1 - (1 - tone) light;  paper's tooth g: tone *= 1 + 0.3 paper g (1.4 - tone).
    """
    height, width = luma.shape
    one, zero, unit = np.float32(1), np.float32(0), np.float32(1 / 255)
    press, white = np.float32(0.4 + darkness), np.float32(0.9)
    hatch, rough = np.float32(0.5 * hatching), np.float32(0.3 * paper)
    for i in range(height):
        a, b = strokes[0, i], strokes[1, i]
        here, through, teeth, row = luma[i], light[i], tooth[i], out[i]
        for j in range(width):
            shade = min(max((white - here[j]) / white, zero), one)
            tone = press * shade * (np.float32(0.3) + np.float32(0.7) * shade)
            cross = min(max(np.float32(2.5) * shade - one, zero), one)
            tone *= max(one + hatch * (a[j] + cross * (np.float32(0.75) * b[j] - np.float32(0.2) * a[j])), zero)
            tone = one - (one - min(tone, one)) * (np.float32(through[j]) * unit)
            tone *= max(one + rough * teeth[j] * (np.float32(1.4) - tone), zero)
            row[j] = min(tone, one)


def _on_paper(prepared: Prepared, deposit: Floats, tooth: Floats, controls: PencilControls) -> Planes:
    full, colour = prepared.full_range, controls.colour
    white, tint_u, tint_v = WHITE
    offset, gain = luma_code(full)
    black = BLACK + 0.1 * colour
    luma = white - (white - black) * deposit + np.float32(0.012 * controls.paper) * tooth
    height, width = prepared.luma.shape
    even = cv2.copyMakeBorder(deposit, 0, deposit.shape[0] % 2, 0, deposit.shape[1] % 2, cv2.BORDER_REPLICATE)
    cover = np.minimum(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA) * 2.5, 1)
    planes: list[Bytes] = []
    for plane, tint in ((prepared.u, tint_u), (prepared.v, tint_v)):
        codes = np.clip(
            (plane * (1.5 * colour * cover) + tint * (1 - cover)) * chroma_gain(full) + 128.5, 16, 240
        ).astype(np.uint8)
        if prepared.chroma_shape != codes.shape:
            codes = np.ascontiguousarray(
                cv2.resize(codes, (2 * width, 2 * height))[: deposit.shape[0], : deposit.shape[1]]
            )
        planes.append(codes)
    return Planes(
        np.clip(luma * gain + offset + 0.5, offset, offset + gain).astype(np.uint8), planes[0], planes[1], full
    )
