"""A picture redrawn in the manner of another: its colours moved, and its fine texture put together from that one's strokes.

Both are parted into tones and texture by a guided filter (He, Sun & Tang 2010). The picture keeps its tones; its texture is
made anew from patches of the other's, as in image analogies (Hertzmann et al. 2001) but without a pair: sought by the texture
that is there and by the tones around, from coarse to fine (Kwatra et al. 2005), and dearer the more often they are taken
(Kaspar et al. 2015).
"""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.guided import applied, guided
from engines.vision.patch.colours import moved, to_lab, to_rgb
from engines.vision.patch.fill import RADIUS, Told, finer
from engines.vision.patch.kernels import search, vote

SIDE = 768
"""Length of the longer side at which is redrawn; what is larger gets the change enlarged."""
STYLE_SIDE = 640
COARSEST = 72
LOOK = 3
"""Channels of texture, in L, a and b; the others are what leads the search."""
ROUNDS, LAST_ROUNDS, SWEEPS = 4, 2, 2
FREE, BOUND = 0.25, 1.2
"""How much the leading channels count at full strength and at none."""
FINE = 2.0
"""How much texture counts beside tones."""
CROWD = 0.004
"""What it adds to a patch's gap to be taken twice as often as the others."""
SHARP, LAST_SHARP = 2.0, 8.0
FIRST_LAPS = 6
STROKE = 1 / 90
"""Sigma across which a style's tones are seen, as a share of its longer side."""
USUAL = 1.3
"""How much stronger than most of a style's strokes its strongest ones may be."""
TONE_RADIUS, EVEN = 1 / 70, 0.004
"""Of the filter that parts tones from texture: a share of the longer side, and the variance that counts as an edge."""
EDGE = 0.035
"""Steepness of lightness that counts as a line."""


@dataclass(frozen=True)
class Manner:
    """``strength`` 0..1, how far the picture goes from what it was; ``lines`` 0..1, how firmly it keeps its lines;
    ``colours`` 0..1, how far the colours go.
    """

    strength: float
    lines: float
    colours: float


def redrawn(rgb: Bytes, style: Bytes, manner: Manner, seed: int, told: Told) -> Bytes:
    """uint8 HxWx3 in the manner of ``style`` (uint8 hxwx3); the same seed gives the same picture."""
    small, other = to_lab(_unit(rgb, SIDE)), to_lab(_unit(style, STYLE_SIDE))
    base = _wide(other)
    target = moved(small, base, seed)
    tones = _tones(target)
    made = tones + _painted(tones, base, _strokes(other - base), manner, seed, told)
    made = _with_lines(made, target, manner.lines)
    made[..., 1:] = small[..., 1:] + manner.colours * (made[..., 1:] - small[..., 1:])
    out = small + min(1.0, 1.6 * manner.strength) * (made - small)
    return _enlarged(out, small, rgb)


def _unit(rgb: Bytes, side: int) -> Floats:
    """float32 0..1, its longer side at most ``side``."""
    scale = min(1.0, side / max(rgb.shape[:2]))
    size = (max(round(rgb.shape[1] * scale), 2 * RADIUS + 2), max(round(rgb.shape[0] * scale), 2 * RADIUS + 2))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.float32) / 255


def _tones(lab: Floats) -> Floats:
    """The picture without its texture, its edges kept."""
    light = np.clip(lab[..., 0] * 255, 0, 255).astype(np.uint8)
    radius, shape = max(round(max(light.shape) * TONE_RADIUS), 2), (light.shape[0], light.shape[1])
    planes = [
        applied(guided(np.ascontiguousarray(plane), (light,), radius=radius, eps=EVEN), (light,), shape)
        for plane in cv2.split(lab)
    ]
    return np.asarray(np.dstack(planes), np.float32)


def _wide(lab: Floats) -> Floats:
    """The picture's tones across its strokes."""
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), max(lab.shape[:2]) * STROKE), np.float32)


def _strokes(texture: Floats) -> Floats:
    """Texture without the outlines of what is painted: nothing in it is much stronger than strokes usually are."""
    most = np.maximum(USUAL * np.percentile(np.abs(texture), 85, axis=(0, 1)), 1e-4).astype(np.float32)
    return np.asarray(most * np.tanh(texture / most), np.float32)


def _painted(tones: Floats, base: Floats, texture: Floats, manner: Manner, seed: int, told: Told) -> Floats:
    """float32 HxWx3: ``texture`` of a style with the tones ``base``, as it goes with ``tones``."""
    lead = FREE + (BOUND - FREE) * (1 - manner.strength)
    sizes = _sizes(tones, base)
    work = [wanted[0] * wanted[1] * _laps(number) for number, (wanted, _) in enumerate(sizes)]
    done, whole = 0, sum(work)
    places: NDArray[np.int32] | None = None
    for number in range(len(sizes) - 1, -1, -1):
        wanted, given = sizes[number]
        small, some, strokes = (
            _resized(part, size) for part, size in ((tones, wanted), (base, given), (texture, given))
        )
        allowed = np.zeros(given, np.bool_)
        allowed[RADIUS:-RADIUS, RADIUS:-RADIUS] = True
        if places is None:
            places = _any(wanted, given, seed)
            plain = _Canvas(_led(small, 0 * small, lead), _led(some, 0 * some, lead), allowed, places)
            for lap in range(FIRST_LAPS):
                plain.look_up(lap, seed)
        else:
            places = finer(places, wanted, allowed, seed + number)
        canvas = _Canvas(_led(small, 0 * small, lead), _led(some, strokes, lead), allowed, places)
        canvas.paint(SHARP)
        laps = _laps(number)
        for lap in range(laps):
            canvas.look_up(lap, seed)
            if lap % SWEEPS == SWEEPS - 1:
                canvas.paint(LAST_SHARP if number == 0 and lap == laps - 1 else SHARP)
            told(done + work[number] * (lap + 1) // laps, whole, partial(_seen, tones, canvas))
        done += work[number]
    return canvas.look / FINE


def _laps(number: int) -> int:
    return SWEEPS * (LAST_ROUNDS if number == 0 else ROUNDS)


def _seen(tones: Floats, canvas: "_Canvas") -> Bytes:
    whole = cv2.resize(tones, canvas.look.shape[1::-1], interpolation=cv2.INTER_AREA) + canvas.look / FINE
    return np.rint(to_rgb(np.asarray(whole, np.float32)) * 255).astype(np.uint8)


@dataclass
class _Canvas:
    """One size: ``aim`` float32 HxWxchannels is painted over, ``source`` is the style's."""

    aim: Floats
    source: Floats
    allowed: NDArray[np.bool_]
    places: NDArray[np.int32]

    def __post_init__(self) -> None:
        shape = self.aim.shape
        self._flat, self._from = (
            np.ascontiguousarray(some).reshape(some.shape[0], -1) for some in (self.aim, self.source)
        )
        self._all = np.ones(shape[:2], np.bool_)
        self._gaps, self._trust = np.zeros(shape[:2], np.float32), np.ones(shape[:2], np.float32)
        self._channels = shape[2]

    @property
    def look(self) -> Floats:
        return self._flat.reshape(self.aim.shape)[..., :LOOK]

    def look_up(self, lap: int, seed: int) -> None:
        search(
            self._flat, self._from, self._all, self.allowed, self._toll(), 0.0, self.places, self._gaps,
            self._channels, RADIUS, lap, max(self.allowed.shape), seed,
        )  # fmt: skip

    def paint(self, sharp: float) -> None:
        vote(
            self._flat, self._from, self._all, self._all, self.places, self._gaps, self._trust,
            self._channels, LOOK, RADIUS, sharp,
        )  # fmt: skip

    def _toll(self) -> Floats:
        """What each place costs for being taken often."""
        rows, columns = self.allowed.shape
        taken = np.bincount(
            self.places[..., 0].ravel() * columns + self.places[..., 1].ravel(), minlength=rows * columns
        )
        width = 2 * RADIUS + 1
        crowd = cv2.blur(taken.reshape(rows, columns).astype(np.float32), (width, width))
        usual = self._all.size / self.allowed.sum()
        return np.asarray(CROWD * np.maximum(crowd / usual - 1, 0), np.float32)


def _sizes(target: Floats, style: Floats) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Heights and widths of both pictures, the largest first, each half of the one before."""
    found = [((target.shape[0], target.shape[1]), (style.shape[0], style.shape[1]))]
    while min(*found[-1][0], *found[-1][1]) >= 2 * COARSEST:
        (a, b), (c, d) = found[-1]
        found.append((((a + 1) // 2, (b + 1) // 2), ((c + 1) // 2, (d + 1) // 2)))
    return found


def _resized(picture: Floats, shape: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _led(tones: Floats, texture: Floats, lead: float) -> Floats:
    """The channels of the texture, then those that lead: the tones, and how steep their lightness is across and down."""
    light = tones[..., 0]
    across, down = (cv2.Sobel(light, cv2.CV_32F, k, 1 - k, scale=0.5) for k in (1, 0))
    return np.dstack([FINE * texture, lead * tones, lead * across, lead * down]).astype(np.float32)


def _any(wanted: tuple[int, int], given: tuple[int, int], seed: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    ends = [(RADIUS, side - RADIUS) for side in given]
    return np.stack([rng.integers(*end, wanted) for end in ends], 2).astype(np.int32)


def _with_lines(made: Floats, target: Floats, lines: float) -> Floats:
    """What is made, with the target's own lightness where that is steep."""
    light = cv2.GaussianBlur(target[..., 0], (0, 0), 0.8)
    steep = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=0.125))
    share = lines * cv2.GaussianBlur(np.clip(steep / EDGE, 0, 1), (0, 0), 1.2)[..., None]
    return np.asarray(made + (target - made) * share, np.float32)


def _enlarged(out: Floats, small: Floats, rgb: Bytes) -> Bytes:
    """The picture at its own size: what changed is enlarged, and laid on it."""
    size = (rgb.shape[1], rgb.shape[0])
    if size == small.shape[1::-1]:
        return np.rint(to_rgb(out) * 255).astype(np.uint8)
    large = to_lab(rgb.astype(np.float32) / 255)
    old, new = (cv2.resize(some, size, interpolation=cv2.INTER_CUBIC) for some in (small, out))
    detail = large - old
    return np.rint(to_rgb(new + 0.5 * detail) * 255).astype(np.uint8)
