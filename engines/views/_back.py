"""The figure from behind: its silhouette mirrored, closed where it is open in front, hair, cape and wings before the body."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from engines.figure.colours import step
from engines.figure.curves import opened, parse, ribbon
from engines.figure.placing import Placed, Scene
from engines.views._pieces import (
    AXIS,
    FINE,
    LOW,
    Mask,
    area,
    bent,
    box,
    by,
    closed,
    coloured,
    mask,
    mirrored,
    outlines,
    reshaped,
)
from studio.paths import ASSETS

TRUNK = ("torso", "skirt", "drape", "neck")
WHOLE = 0.78
"""Share of a garment's width from which on a piece of it goes all round."""
FILLED = {True: 0.3, False: 0.5}
"""Share of itself that two pieces must fill between them to be one that is open in front; less where they are tall."""
TALL = 150.0
CENTRE = 24.0
"""Details nearer to the axis than this belong to the front."""
GAP = 60.0
LARGE_DETAIL = 60.0


@cache
def rules() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "views" / "back.toml").read_text(encoding="utf-8"))


def back(front: Scene) -> tuple[Placed, ...]:
    """The shapes of the back view, from the farthest to the nearest, in the front view's canvas units."""
    return tuple(mirrored(one) for one in Back(front).shapes())


@dataclass(frozen=True)
class Back:
    """Makes the back of one figure; until it is mirrored everything stands where it does in front."""

    front: Scene

    def shapes(self) -> list[Placed]:
        drop = rules()["drop"]
        order = {name: number for number, name in enumerate(rules()["order"])}
        kept = [
            one
            for one in self.front.shapes
            if kind_of(one) not in drop["kinds"] and layer_of(one) not in drop["layers"] and layer_of(one) in order
        ]
        made: list[Placed] = []
        for members in by(kept, lambda one: one.part):
            made.extend(self._part(members))
        return sorted(made, key=lambda one: order[layer_of(one)])

    def _part(self, members: list[Placed]) -> Iterator[Placed]:
        kind = kind_of(members[0])
        if kind == "hair":
            yield from self._hair(members)
            return
        trunk = [one for one in members if one.shape.follows in TRUNK and layer_of(one) != "back"]
        head = [
            one for one in members if one.shape.follows in ("head", "hair") and kind not in ("horns", "ears", "head")
        ]
        for one in members:
            if one in trunk or one in head:
                continue
            yield self._plain(one)
        if kind == "body":
            yield from (replace(one, inside=()) for one in trunk if not one.shape.free)
        elif trunk:
            yield from self._garment(trunk)
        if head:
            yield from self._headgear(head)

    def _plain(self, one: Placed) -> Placed:
        """Limbs and what is on the back: as they are, without what lies along their middle in front."""
        if layer_of(one) in ("leg", "foot", "boot", "torso", "head"):
            left, _, right, _ = box([one])
            middle = (left + right) / 2
            inside = [inner for inner in one.inside if not _central(inner, middle, (right - left) * 0.16)]
            return replace(one, inside=tuple(inside))
        return one

    def _garment(self, trunk: list[Placed]) -> Iterator[Placed]:
        """Pieces that go round the body, closed; what lies on the front of it is left out."""
        solid = [one for one in trunk if not one.shape.free and not one.shape.soft]
        if not solid:
            return
        whole = _widths(mask(solid))
        outer = self._outer(solid)
        neckline = self._y("neck", rules()["neckline"])
        for group in by(solid, lambda one: (one.layer, one.shape.follows, one.fill)):
            collar = layer_of(group[0]) == "collar"
            seen = mask(group)
            if collar:
                seen[round((neckline + 42 * self.front.size - LOW[1]) / FINE) :] = False
            if not seen.any():
                continue
            below = box(group)[1] if collar else neckline
            round_it = seen if layer_of(group[0]) == "bottom" else closed(seen, below)
            if not collar and _share(round_it, whole) < WHOLE:
                continue
            if seen.sum() < FILLED[_tall(group)] * round_it.sum() and not collar:
                yield from (self._kept(one, [one]) for one in group)
            elif round_it.sum() - seen.sum() < GAP / FINE**2 and not collar:
                yield from (self._kept(one, [one], outer.get(one.layer)) for one in group)
            else:
                yield from self._traced(round_it, group, outer.get(group[0].layer))

    def _outer(self, solid: Sequence[Placed]) -> dict[str, Any]:
        """The outside's colour for what is seen as lining in front."""
        capes = [one for one in solid if layer_of(one) != "cape_back" and one.shape.material != "fur"]
        if any(layer_of(one) == "cape_back" for one in solid):
            main = [one for one in solid if one.shape.fill == "main"]
            back = max((one for one in solid if layer_of(one) == "cape_back"), key=lambda one: area(one.xy))
            told = main if back.shape.fill.startswith("main") and main else capes
            base = max(told, key=lambda one: area(one.xy)).fill if told else step(back.fill, 1)
            return {"cape_back": (back.fill, base)}
        return {}

    def _traced(self, seen: Mask, group: list[Placed], outer: Any = None) -> Iterator[Placed]:
        largest = max(group, key=lambda one: area(one.xy))
        for xy in outlines(seen):
            yield self._kept(reshaped(largest, xy), group, outer)

    def _kept(self, one: Placed, group: list[Placed], outer: Any = None) -> Placed:
        """A piece with those details of the group that are seen from behind as well."""
        left, _, right, _ = box([one])
        inside = [inner for member in group for inner in member.inside if not _in_front(inner, left, right)]
        marks = tuple(mark for member in group for mark in member.marks)
        made = replace(one, inside=tuple(inside), marks=marks)
        return coloured(made, outer[1]) if outer and one.fill == outer[0] else made

    def _headgear(self, head: list[Placed]) -> Iterator[Placed]:
        solid = [one for one in head if not one.shape.free and not one.shape.soft]
        if not solid:
            return
        whole = _widths(mask(solid))
        low, _, high, _ = box(solid)
        wide = high - low
        for group in by(solid, lambda one: (one.layer, one.fill)):
            seen = mask(group)
            left, _, right, _ = box(group)
            small = right - left < 0.3 * wide
            if small and _central(group[0], self._x(), CENTRE):
                continue
            if not small and _share(seen, whole) < 0.4:
                continue
            filled = closed(seen, None, self._x())
            hanging = layer_of(group[0]) == "hat_back" and box(group)[3] > self._y("head", rules()["chin"])
            open_in_front = filled.sum() - seen.sum() >= GAP / FINE**2
            made = self._traced(filled, group) if open_in_front else (self._kept(one, [one]) for one in group)
            above = "hat_over" if hanging else "hat" if group[0].layer.startswith("hair") else group[0].layer
            yield from (replace(one, layer=above) for one in made)

    def _hair(self, members: list[Placed]) -> Iterator[Placed]:
        """The cap of hair, over it what hangs behind, and lines from the whorl to the tips."""
        solid = [one for one in members if not one.shape.free and not one.shape.soft]
        if not solid:
            return
        base = self.main_lock(solid)
        yield from self.cap(solid, rounded=True)
        behind = [one for one in solid if layer_of(one) == "hair_back"]
        roots = {one.fill for one in behind}
        for one in behind:
            lit = step(one.fill, 1) if one.fill in roots and one.fill != base.fill else one.fill
            made = coloured(one, base.fill if area(one.xy) > 2500 else lit)
            whole = area(one.xy) > 9000 and not one.inside
            yield replace(made, inside=(*made.inside, *(self._strands(made) if whole else ())))

    def main_lock(self, solid: Sequence[Placed]) -> Placed:
        """The largest piece of hair that lies on the head."""
        front = [one for one in solid if layer_of(one) != "hair_back"] or solid
        return max(front, key=lambda one: area(one.xy))

    def cap(self, solid: Sequence[Placed], *, rounded: bool, even: bool = False) -> Iterator[Placed]:
        """Hair on the skull with its lines, closed over the face; ``rounded`` at the nape, else down to the chin; ``even``: without
        what is on one side only.
        """
        seen = mask(solid)
        if even:
            seen &= mask(bent(one, lambda xy: np.stack([2 * self._x() - xy[:, 0], xy[:, 1]], 1)) for one in solid)
        if rounded:
            seen = self._above_nape(seen)
        seen[round((self._y("head", rules()["chin"]) - LOW[1]) / FINE) :] = False
        base = self.main_lock(solid)
        for xy in outlines(closed(seen, None, self._x())):
            piece = reshaped(base, xy, inside=())
            shape = replace(piece.shape, shade=14.0)
            yield replace(piece, layer="hair_front", inside=tuple(self._strands(piece)), shape=shape)

    def _above_nape(self, seen: Mask) -> Mask:
        """What of the hair lies on the skull: down to a rounded line at the nape."""
        x, y = self.front.at("head", np.array([[AXIS, rules()["chin"]]]))[0]
        half = float(self.front.at("head", np.array([[AXIS + rules()["skull"], 240.0]]))[0, 0]) - x
        rows, columns = (np.arange(count) * FINE for count in seen.shape)
        across = np.abs(columns + LOW[0] - x) / half
        lowest = y - across**2.4 * half * 0.75
        return np.asarray(seen & ((rows + LOW[1])[:, None] < lowest[None]))

    def _strands(self, one: Placed) -> Iterator[Placed]:
        left, top, right, bottom = box([one])
        x, y = self.front.at("head", np.array([rules()["whorl"]], float))[0]
        middle = (left + right) / 2
        y = max(y, top + 0.1 * (bottom - top))
        for number, share in enumerate(rules()["strands"]):
            end = middle + share * (right - left) / 2
            low = bottom - (bottom - y) * (0.1 + 0.1 * (number % 3))
            bow = x + (end - x) * 0.9
            line = opened(
                parse(
                    f"{x + (end - x) * 0.25:.1f},{y + 12:.1f} {bow:.1f},{(y + low) / 2:.1f} {end:.1f},{low:.1f}",
                    2,
                    "strand",
                    "back",
                )
            )
            xy = ribbon(line, [0.0, 3.4 * self.front.size, 0.0])
            stroke = reshaped(one, xy, np.ones(len(xy), bool), inside=(), marks=(), lines=0.0)
            yield replace(
                coloured(stroke, step(one.fill, -1)), shape=replace(stroke.shape, shade=0.0, cast=0.0, free=True)
            )

    def _x(self) -> float:
        return float(self.front.at("head", np.array([[AXIS, 200.0]]))[0, 0])

    def _y(self, follow: str, y: float) -> float:
        return float(self.front.at(follow, np.array([[AXIS, y]]))[0, 1])


def kind_of(one: Placed) -> str:
    return one.part.partition("/")[0]


def layer_of(one: Placed) -> str:
    return one.layer.partition(" ")[0]


def _tall(group: Sequence[Placed]) -> bool:
    _, top, _, bottom = box(group)
    return bottom - top > TALL


def _widths(seen: Mask) -> tuple[Any, Any, Any]:
    """For each row the first and the last column that is set, and whether there is one."""
    return np.argmax(seen, 1), seen.shape[1] - 1 - np.argmax(seen[:, ::-1], 1), seen.any(1)


def _share(seen: Mask, whole: tuple[Any, Any, Any]) -> float:
    """How much of the whole's width the piece spans in its own rows, 0..1."""
    left, right, rows = _widths(seen)
    wide = (whole[1] - whole[0] + 1)[rows]
    return float(np.mean((right - left + 1)[rows] / wide)) if rows.any() else 0.0


def _central(one: Placed, middle: float, reach: float) -> bool:
    left, _, right, _ = box([one])
    return abs((left + right) / 2 - middle) < reach


def _in_front(one: Placed, left: float, right: float) -> bool:
    """Whether a detail lies on the front of a piece between ``left`` and ``right``, instead of going round it."""
    low, top, high, bottom = box([one])
    if high - low > 0.66 * (right - left):
        return False
    near = min(abs(low - AXIS), abs(high - AXIS)) < CENTRE or low < AXIS < high
    return near or (not one.shape.free and bottom - top < LARGE_DETAIL)
