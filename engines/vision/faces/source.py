"""A face to be laid over others: what is its own, apart from the light it was seen in, on the flat map."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Face
from engines.vision.faces.frames import glasses
from engines.vision.faces.held import gentle, muted, shut, smooth
from engines.vision.faces.layout import INNER_LIPS
from engines.vision.faces.openings import opening
from engines.vision.faces.skin import FLOOR, GREY, falling, likeness, tinted, tone_of, ycc
from engines.vision.faces.texture import (
    USUAL_FEATHER,
    WIDTH,
    cheeks,
    core,
    edge,
    features,
    map_size,
    unroll,
    whole,
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

LIGHT = 0.12
MIDDLE = 0.016
COARSE = 4
LIT = (0.45, 0.97)
SHADE, SHINE = (0.3, 0.6), (0.25, 0.5)
DEEP = (0.8, 1.2)
LOCAL = (0.25, 0.45)
UNEVEN = (0.25, 0.45)
STRAND, LINE = 17, (0.2, 0.35)
MOST, MOST_CHROMA = 1.6, 0.15
EVEN = 0.75
STEPS = 8


@dataclass(frozen=True)
class Skin:
    """One view of a face without its light, on the flat map.

    ``own`` float32 hxwx3: the logarithm of luma over that of the skin around, and the differences of Cr and Cb from it (0..1);
    ``trust`` float32 hxw: how far the view shows it, 0..1; ``turn`` the head's, -1..1;
    ``tone`` the skin's usual colour (Y, Cr, Cb), ``chroma`` how far that is from grey.
    """

    own: Floats
    trust: Floats
    turn: float
    chroma: float
    tone: tuple[float, float, float]


@dataclass(frozen=True)
class Source:
    """A person's face from one or several photos, one ``Skin`` each, sorted by turn."""

    skins: tuple[Skin, ...]

    def texture(self, turn: float) -> "Texture":
        """What fits a head turned by ``turn`` (-1..1): the photo nearest in turn, or two of them mixed where it lies between."""
        turns = [skin.turn for skin in self.skins]
        place = float(np.interp(turn, turns, np.arange(len(turns)))) if len(turns) > 1 else 0.0
        first = min(int(place), len(turns) - 1)
        share = round(float(np.clip((place - first - 0.5) * 3 + 0.5, 0, 1)) * STEPS)
        return self._made[first, share] if (first, share) in self._made else self._mix(first, share)

    @property
    def reach(self) -> tuple[float, float]:
        """The turns of the head from the farthest to one side to the farthest to the other that the photos show."""
        return self.skins[0].turn, self.skins[-1].turn

    @cached_property
    def _made(self) -> "dict[tuple[int, int], Texture]":
        return {}

    def _mix(self, first: int, share: int) -> "Texture":
        one, other = self.skins[first], self.skins[min(first + 1, len(self.skins) - 1)]
        part = np.float32(share / STEPS)
        made = Texture(
            one.own + (other.own - one.own) * part if share else one.own,
            one.trust + (other.trust - one.trust) * part if share else one.trust,
            one.chroma + (other.chroma - one.chroma) * float(part),
            _between(one.tone, other.tone, float(part)),
        )
        self._made[first, share] = made
        return made


@dataclass(frozen=True)
class Texture:
    """A ``Skin`` ready to be laid on: ``own`` float32 hxwx3, ``trust`` float32 hxw; ``chroma`` and ``tone`` of its skin."""

    own: Floats
    trust: Floats
    chroma: float
    tone: tuple[float, float, float]

    def level(self, size: float, feather: float = USUAL_FEATHER) -> Floats:
        """Luma's ratio, Cr, Cb and trust, float32 hxwx4, for a face of ``size`` pixels: halved until it has at most twice as many."""
        index = int(np.clip(np.floor(np.log2(max(WIDTH / max(size, 1.0), 1.0))), 0, 4))
        if feather not in self._made:
            self._made[feather] = self._levels(feather)
        return self._made[feather][index]

    @cached_property
    def _made(self) -> dict[float, tuple[Floats, ...]]:
        return {}

    def _levels(self, feather: float) -> tuple[Floats, ...]:
        cover = np.maximum(self.trust, core()) * edge(feather)
        levels = [np.dstack([np.exp(self.own[..., 0]), self.own[..., 1:], cover]).astype(np.float32)]
        while len(levels) < 5:
            height, width = levels[-1].shape[:2]
            levels.append(cv2.resize(levels[-1], ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA))
        return tuple(levels)


def source_of(photos: Sequence[tuple[Bytes, Face]], *, mean: bool = False) -> Source:
    """The face that one or several photos show: pictures (uint8 HxWx3) with the face in each.

    Where one photo doesn't show the skin (turned away, hair, glasses, shadow) the others do, then its own other side, then what
    lies around it. ``mean``: one texture of all of them, each as far as it shows the skin.
    """
    views = sorted((_view(picture, face) for picture, face in photos), key=lambda skin: skin.turn)
    skins = tuple(_filled(view, [other for other in views if other is not view]) for view in views)
    return Source((_mean(skins),) if mean and len(skins) > 1 else skins)


def _mean(skins: Sequence[Skin]) -> Skin:
    """What several views show together, each as far as it is trusted."""
    weights = np.stack([skin.trust + np.float32(0.02) for skin in skins])[..., None]
    own = (np.stack([skin.own for skin in skins]) * weights).sum(axis=0) / weights.sum(axis=0)
    trust = np.maximum.reduce([skin.trust for skin in skins])
    middle = np.mean([skin.tone for skin in skins], axis=0).tolist()
    turn, chroma = (float(np.mean([getattr(skin, name) for skin in skins])) for name in ("turn", "chroma"))
    return Skin(own.astype(np.float32), trust, turn, chroma, (middle[0], middle[1], middle[2]))


def _between(a: tuple[float, float, float], b: tuple[float, float, float], part: float) -> tuple[float, float, float]:
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part


def _view(picture: Bytes, face: Face) -> Skin:
    sheet = unroll(picture, face)
    values = ycc(np.clip(sheet.rgb, 0, 255))
    sample = values[cheeks() & (sheet.seen > 0.5)]
    tone = tone_of(sample if len(sample) else values[cheeks()], *LIT)
    alike = likeness(values, tone, SHADE, SHINE) * whole()
    own = _own(values, _around(values, alike * sheet.seen * (1 - features())))
    inner, free = core(), features()
    alike = np.maximum(alike * _plain(own[..., 0], LOCAL), inner * likeness(values, tone, DEEP, SHINE))
    alike *= _unshaded(own[..., 0], sheet.seen)
    alike = np.minimum(alike, _without_lines(own[..., 0]))
    trust = np.maximum(_settled(alike), free * _unshaded(own[..., 0], sheet.seen))
    worn = glasses(own[..., 0])
    if worn is not None:
        trust, alike = trust * (1 - worn), alike * (1 - worn)
    own = _own(values, _around(values, alike * sheet.seen * (1 - free)))
    own = muted(shut(own, opening(face.points[:, :2], INNER_LIPS)))
    own = smooth(own, trust * sheet.seen)
    return Skin(own, (trust * sheet.seen).astype(np.float32), face.turn, tone.chroma, (tone.luma, tone.cr, tone.cb))


def _own(values: Floats, around: Floats) -> Floats:
    """What a skin differs in from its surroundings: see ``Skin``."""
    stops = np.log((np.maximum(values[..., 0], 0) + FLOOR) / (np.maximum(around[..., 0], 0) + FLOOR))
    tint = tinted(np.exp(stops))[..., None]
    chroma = values[..., 1:] - GREY - (around[..., 1:] - GREY) * tint
    stops = np.clip(stops, -MOST, MOST / 2)
    return np.dstack([stops, np.clip(chroma, -MOST_CHROMA, MOST_CHROMA)]).astype(np.float32)


def _plain(stops: Floats, limits: tuple[float, float]) -> Floats:
    """How far places are as bright as the skin around them."""
    return falling(np.abs(cv2.GaussianBlur(stops, (0, 0), WIDTH / 200)), *limits)


def _unshaded(stops: Floats, seen: Floats) -> Floats:
    """How far places aren't much darker than their mirrored ones: relief is even, a shadow isn't. What the mirror doesn't show is kept."""
    broad = cv2.GaussianBlur(stops, (0, 0), WIDTH / 50)
    darker = (broad[:, ::-1] - broad) * np.minimum(seen, seen[:, ::-1])
    return falling(darker, *UNEVEN)


def _without_lines(stops: Floats) -> Floats:
    """0 on thin dark lines away from eyes, brows, lips and nostrils: strands of hair, folds."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STRAND, STRAND))
    line = cv2.morphologyEx(cv2.GaussianBlur(stops, (0, 0), 1), cv2.MORPH_BLACKHAT, kernel)
    return np.maximum(falling(line, *LINE), features(1, 1.5))


def _settled(alike: Floats) -> Floats:
    """Without specks of either kind, drawn in from what isn't skin, soft."""
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(alike, cv2.MORPH_CLOSE, ellipse)
    islands = cv2.morphologyEx(closed, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31)))
    closed = islands + (closed - islands) * core()
    return cv2.GaussianBlur(cv2.erode(closed, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))), (0, 0), 4)


def _around(values: Floats, weight: Floats) -> Floats:
    """Weighted mean of the surroundings, float32 hxwx3: the light that falls on the skin; drawn out from where there is weight."""
    height, width = map_size()
    size = (width // COARSE, height // COARSE)
    sums = cv2.resize(np.dstack([values * weight[..., None], weight]), size, interpolation=cv2.INTER_AREA)
    near = cv2.GaussianBlur(sums, (0, 0), LIGHT * size[0])
    far = cv2.GaussianBlur(sums, (0, 0), 3 * LIGHT * size[0])
    total = sums.sum(axis=(0, 1))
    middle = total / total[3] if total[3] > 1 else np.append(values.mean(axis=(0, 1)), 1)
    joined = near + 0.03 * far + 1e-4 * middle
    return cv2.resize(joined[..., :3] / joined[..., 3:], (width, height), interpolation=cv2.INTER_CUBIC)


def _filled(view: Skin, others: Sequence[Skin]) -> Skin:
    """A view with its gaps filled: from the other views, from the mirrored side, and smoothly from around.

    What is broader than a pore and smaller than the light is drawn towards its mirrored self: a face is nearly even, a shadow isn't.
    """
    own, trust = view.own, view.trust
    for other in sorted(others, key=lambda skin: abs(skin.turn - view.turn)):
        own, trust = _joined(own, trust, other.own, other.trust)
    broad = cv2.GaussianBlur(own, (0, 0), MIDDLE * WIDTH)
    weight = trust[..., None] + np.float32(0.02)
    back = weight[:, ::-1]
    even = (broad * weight + broad[:, ::-1] * back) / (weight + back)
    even = broad + (even - broad) * np.float32(EVEN)
    even[..., 0] = gentle(even[..., 0])
    own = own + (even - broad) * (1 - features())[..., None]
    own, trust = _joined(own, trust, own[:, ::-1], 0.9 * trust[:, ::-1])
    around = _drawn_out(own, trust * (1 - features(1, 1.5)))
    return Skin(
        (around + (own - around) * trust[..., None]).astype(np.float32), trust, view.turn, view.chroma, view.tone
    )


def _joined(own: Floats, trust: Floats, other: Floats, other_trust: Floats) -> tuple[Floats, Floats]:
    """The first where it is trusted, else the second."""
    rest = other_trust * (1 - trust)
    share = (trust / np.maximum(trust + rest, 1e-6))[..., None]
    share = np.where((trust + rest)[..., None] > 1e-6, share, 1)
    return (own * share + other * (1 - share)).astype(np.float32), np.maximum(trust, other_trust).astype(np.float32)


def _drawn_out(own: Floats, trust: Floats) -> Floats:
    """The trusted part's surroundings, so that a gap gets what lies around it; plain skin (0) far from all."""
    weight = (trust * whole())[..., None]
    sums = cv2.GaussianBlur(np.dstack([own * weight, weight]), (0, 0), WIDTH / 40)
    return sums[..., :3] / (sums[..., 3:] + np.float32(0.15))
