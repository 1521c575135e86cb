"""The head in profile: a drawn outline, the near eye, and hair, ears and headgear brought round to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.figure.colours import step
from engines.figure.curves import Points, closed, parse
from engines.figure.placing import Placed, Scene
from engines.views._back import Back, kind_of, layer_of
from engines.views._pieces import AXIS, Mask, bent, mask, outlines, reshaped

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Profile:
    """One head looking to the viewer's right. ``rule``: the table of profiles; ``middle``: the axis on the canvas."""

    front: Scene
    rule: Mapping[str, Any]
    middle: float

    def shapes(self) -> list[Placed]:
        head = next((one for one in self.front.shapes if one.layer == "head"), None)
        if head is None:
            return []
        back = Back(self.front).shapes()
        made = [*self._skull(head), *self._face(), *self._ears()]
        worn = [
            one
            for one in back
            if one.shape.follows in ("head", "hair") and kind_of(one) not in ("hair", "ears", "horns", "head")
        ]
        made += [moved for one in worn if (moved := self._worn(one)) is not None]
        made += self._over_face()
        return [*made, *self._hair()]

    def _canon(self, xy: Points) -> Points:
        """Canonical places of points of the head."""
        (x, y), (_, low), (wide, _) = self.front.at("head", np.array([[AXIS, 0.0], [AXIS, 100.0], [AXIS + 100.0, 0.0]]))
        return np.stack([(xy[:, 0] - x) / (wide - x) * 100 + AXIS, (xy[:, 1] - y) / (low - y) * 100], 1)

    def _placed(self, canon: Points) -> Points:
        """Where canonical places of the profile lie on the canvas."""
        (x, _) = self.front.at("head", np.array([[AXIS, 0.0]]))[0]
        xy = self.front.at("head", canon)
        shift = np.array([self.middle + self.rule["forwards"] * self.front.size - x, 0.0])
        return np.asarray(xy + shift)

    def _bent(self, one: Placed, across: Callable[[Points], Floats]) -> Placed:
        """The shape with its canonical x replaced."""

        def move(xy: Points) -> Points:
            canon = self._canon(xy)
            return self._placed(np.stack([across(canon), canon[:, 1]], 1))

        return bent(one, move)

    def _drawn(self, key: str, like: Placed, **changes: Any) -> Placed:
        curve = closed(parse(self.rule[key], 3, key, "side.toml"))
        made = reshaped(like, self._placed(curve.xy), curve.lifted, inside=(), marks=())
        return replace(made, **changes)

    def _skull(self, head: Placed) -> Iterator[Placed]:
        nose = self._drawn("nose", head, lines=0.0, fill=step(head.fill, -1))
        skull = self._drawn("outline", head)
        yield replace(skull, inside=(replace(nose, shape=replace(nose.shape, shade=0.0)),))
        if not any(kind_of(one) == "ears" for one in self.front.shapes):
            fold = self._drawn("ear_fold", head, lines=0.0, fill=step(head.fill, -1))
            ear = self._drawn("ear", head, layer="ears", lines=head.lines * 0.7)
            yield replace(
                ear, inside=(replace(fold, shape=replace(fold.shape, shade=0.0)),), shape=replace(ear.shape, shade=4.0)
            )

    def _face(self) -> Iterator[Placed]:
        rule = self.rule
        for one in self.front.shapes:
            kind, left = kind_of(one), self._canon(one.xy)[:, 0].mean() < AXIS - 2
            if kind in ("eyes", "brows") or (one.layer in ("face", "eyes") and kind != "headgear"):
                if left:
                    yield self._bent(one, lambda at: rule["eye"] + (at[:, 0] - rule["eye_from"]) * rule["eye_flat"])
            elif kind in ("mouth", "beard") and (near := self._near_half(one)) is not None:
                flat = rule[f"{kind}_flat"]
                yield self._bent(near, lambda at, flat=flat: rule["mouth"] + (at[:, 0] - AXIS) * flat)  # type: ignore[misc]

    def _over_face(self) -> Iterator[Placed]:
        """Glasses and masks: their near half."""
        rule = self.rule
        for one in self.front.shapes:
            if one.layer == "face_over" and kind_of(one) != "beard" and (near := self._near_half(one)) is not None:
                yield self._bent(near, lambda at: rule["mouth"] + at[:, 0] - AXIS)

    def _ears(self) -> Iterator[Placed]:
        """Ears and horns: the near one comes to the middle of the head, the far one behind it, where it stands on the head."""
        rule = self.rule
        for one in self.front.shapes:
            if kind_of(one) not in ("ears", "horns"):
                continue
            x, y = self._canon(one.xy).mean(0)
            high = y < 185 or kind_of(one) == "horns"
            shift = rule["top_ears"] if high else rule["ear_at"]
            if abs(x - AXIS) < 20:
                yield self._bent(one, lambda at: at[:, 0] + 58)
            elif x < AXIS:
                yield self._bent(one, lambda at, shift=shift: at[:, 0] + shift)  # type: ignore[misc]
            elif high:
                moved = self._bent(one, lambda at, shift=shift: at[:, 0] - shift + 12)  # type: ignore[misc]
                yield replace(moved, layer="far_ear")

    def _worn(self, one: Placed) -> Placed | None:
        """Headgear as it is in front, without what Back leaves out; the face stays free, and ornaments of the far side aren't seen."""
        canon = self._canon(one.xy)
        aside = float(canon[:, 0].mean()) - AXIS
        if np.ptp(canon[:, 0]) < self.rule["half"] and abs(aside) > self.rule["half"] / 3:
            return self._bent(one, lambda at: at[:, 0] + self.rule["top_ears"]) if aside < 0 else None
        moved = self._bent(one, lambda at: at[:, 0] + self.rule["skull"] + 6)
        covers = canon[:, 1].max() > 290 and canon[:, 1].min() < 160
        return next(self._open(moved), moved) if covers else moved

    def _open(self, one: Placed, face: str = "face") -> Iterator[Placed]:
        seen = mask([one]) & ~self._free(face)
        for xy in outlines(seen, 400.0)[:1]:
            yield reshaped(one, xy)

    def _free(self, face: str) -> Mask:
        """Where hair and hoods leave the face free."""
        curve = closed(parse(self.rule[face], 3, face, "side.toml"))
        found = next(one for one in self.front.shapes if one.layer == "head")
        return mask([reshaped(found, self._placed(curve.xy))])

    def _hair(self) -> Iterator[Placed]:
        """A cap on the whole skull that leaves the face free, over it the near half of what is in front, and what hangs down."""
        hair = [one for one in self.front.shapes if kind_of(one) == "hair"]
        solid = [one for one in hair if not one.shape.free and not one.shape.soft]
        if not solid:
            return
        long = max(self._canon(one.xy)[:, 1].max() for one in solid) > self.rule["long"]
        for one in Back(self.front).cap(solid, rounded=long, even=True):
            moved = self._bent(one, lambda at: at[:, 0] + self.rule["skull"])
            yield from (replace(piece, layer="cap") for piece in self._open(moved, "face" if long else "face_short"))
        wide = self._width(solid)
        for one in hair:
            yield from self._lock(one, wide)

    def _width(self, solid: list[Placed]) -> Floats:
        """Half-width of the hair on canonical heights 0, 10, 20 ..."""
        found = np.full(40, self.rule["half"], float)
        for one in solid:
            canon = self._canon(one.xy)
            rows = np.clip((canon[:, 1] / 10).round().astype(int), 0, 39)
            if layer_of(one) != "hair_back":
                np.maximum.at(found, rows, np.clip(np.abs(canon[:, 0] - AXIS), 0, 1.7 * self.rule["half"]))
        return np.convolve(np.pad(found, 2, mode="edge"), np.ones(5) / 5, "valid")

    def _lock(self, one: Placed, wide: Floats) -> Iterator[Placed]:
        rule = self.rule
        canon = self._canon(one.xy)
        (x, y), (left, _), (right, _) = canon.mean(0), canon.min(0), canon.max(0)
        off = abs(x - AXIS) > 0.98 * rule["half"] and (right - left) < 2.4 * rule["half"]
        if off and y > 120:
            if x < AXIS:
                yield replace(self._bent(one, lambda at: at[:, 0] + 58), layer="hair_over")
            elif not one.shape.mirrored:
                yield self._bent(one, lambda at: AXIS - 18 - np.abs(at[:, 0] - AXIS) * 0.9)
        elif y < 98:
            yield self._bent(one, lambda at: (at[:, 0] - AXIS) * 0.92 + AXIS + rule["skull"])
        elif layer_of(one) == "hair_back":
            yield self._bent(one, lambda at: AXIS + rule["hair_back"] + (at[:, 0] - AXIS) * rule["hair_flat"])
        elif (near := self._near_half(one)) is not None:
            yield self._bent(near, self._round(wide))

    def _round(self, wide: Floats) -> Callable[[Points], Floats]:
        """The near half of what goes round the skull: its side comes to the middle, its middle to the front, as far as hair is wide."""
        rule = self.rule

        def across(at: Points) -> Floats:
            half = np.interp(at[:, 1], np.arange(40) * 10.0, wide)
            share = (at[:, 0] - AXIS) / half
            inside = np.clip(share, -1, 0)
            ahead = AXIS + rule["skull"] + half * np.sqrt(1 - inside**2) * rule["deep"] + (share - inside) * half * 0.8
            ahead = np.minimum(ahead, np.interp(at[:, 1], rule["limit_rows"], rule["limit"]))
            beside = np.minimum(rule["lock"] + (at[:, 0] - AXIS + half) * rule["lock_flat"], rule["limit"][-1])
            low = np.clip((at[:, 1] - rule["lock_rows"][0]) / (rule["lock_rows"][1] - rule["lock_rows"][0]), 0, 1)
            ahead = ahead * (1 - low) + beside * low
            level = AXIS + rule["skull"] + (at[:, 0] - AXIS)
            above = np.clip((100 - at[:, 1]) / 24, 0, 1)
            return np.asarray(ahead * (1 - above) + level * above)

        return across

    def _near_half(self, one: Placed) -> Placed | None:
        """The part of a shape that lies on the near side of the head's axis, or nothing."""
        x = float(self._placed_axis())
        xy = one.xy
        if (xy[:, 0] >= x).all():
            return None
        if (xy[:, 0] <= x).all():
            return one
        after, lifted = np.roll(xy, -1, axis=0), one.shape.curve.lifted
        kept: list[Points] = []
        bare: list[bool] = []
        for here, there, lift in zip(xy, after, lifted, strict=True):
            crossing = (here[0] <= x) != (there[0] <= x)
            if here[0] <= x:
                kept.append(here)
                bare.append(bool(lift))
            if crossing:
                kept.append(here + (there - here) * (x - here[0]) / (there[0] - here[0]))
                bare.append(bool(lift))
        inside = tuple(half for inner in one.inside if (half := self._near_half(inner)) is not None)
        if all(bare):
            return reshaped(one, np.array(kept), inside=inside, lines=0.0)
        return reshaped(one, np.array(kept), np.array(bare), inside=inside)

    def _placed_axis(self) -> float:
        return float(self.front.at("head", np.array([[AXIS, 0.0]]))[0, 0])
