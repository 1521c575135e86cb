"""The figure turned by a third: round shapes are turned as ellipses, so that their near side widens and their far side narrows."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.figure.curves import Points
from engines.figure.placing import Placed, Scene
from engines.views._pieces import AXIS, FINE, LOW, bent, mask
from studio.paths import ASSETS

Floats = NDArray[np.float64]
Move = Callable[[Points], Points]
TRUNK = ("torso", "skirt", "drape", "neck")
FACE = ("head", "eyes", "brows", "nose", "mouth", "beard", "marks")
REAR = ("coat_back", "skirt_back", "cape_back")
GRID = np.linspace(-1, 1, 401)
ROUND = 0.7
"""How round the front is: 0.5 is an ellipse, whose rim would be stretched without end."""


@cache
def rules() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "views" / "turned.toml").read_text(encoding="utf-8"))


def turned(front: Scene) -> tuple[Placed, ...]:
    """The shapes of the three-quarter view, from the farthest to the nearest, in the front view's canvas units."""
    return Turn(front).shapes()


@dataclass(frozen=True, eq=False)
class Turn:
    """Turns one figure to the viewer's right."""

    front: Scene
    middle: float = field(init=False)
    _wide: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "middle", float(self.front.at("torso", np.array([[AXIS, 470.0]]))[0, 0]))
        object.__setattr__(self, "_wide", self._widths())

    def shapes(self) -> tuple[Placed, ...]:
        moved = [bent(one, self._move(one)) for one in self.front.shapes]
        return tuple(self._ordered(moved))

    def _ordered(self, shapes: list[Placed]) -> list[Placed]:
        """The far arm goes behind the trunk, the near ear before the head."""
        order = rules()["order"]
        limb = set(self.front.stance.follows) & {f"{name}_r" for name in ("arm", "shoulder", "hand", "grip")}
        far = [one for one in shapes if one.shape.follows in limb]
        ears = [one for one in shapes if one.layer == order["near_ear"] and one.xy[:, 0].mean() < self.middle]
        hidden = [one for one in shapes if self._far_ear(one)]
        rest = [one for one in shapes if one not in far and one not in ears and one not in hidden]
        start = next((n for n, one in enumerate(rest) if one.layer == order["far_arm_before"]), 0)
        rest[start:start] = far
        last = max((n for n, one in enumerate(rest) if one.layer == order["near_ear_after"]), default=len(rest) - 1)
        rest[last + 1 : last + 1] = ears
        first = next((n for n, one in enumerate(rest) if one.layer == order["far_ear_before"]), len(rest))
        rest[first:first] = hidden
        return rest

    def _far_ear(self, one: Placed) -> bool:
        """Ears at the head's far side, not those on top of it."""
        top = self.front.at("head", np.array([[AXIS, rules()["order"]["side_ears"]]]))[0, 1]
        x, y = one.xy.mean(0)
        return one.part.startswith("ears/") and one.layer != "ears" and bool(x > self.middle and y > top)

    def _move(self, one: Placed) -> Move:
        kind, layer, follows = one.part.partition("/")[0], one.layer.partition(" ")[0], one.shape.follows
        if layer == "back" or follows == "back":
            return self._on_back
        if follows in ("head", "hair"):
            return lambda xy: self._head(xy, kind, layer, one)
        if follows in TRUNK:
            return lambda xy: self._trunk(xy, rear=layer in REAR)
        side = follows[-1]
        if follows[:-2] in ("leg", "foot"):
            return lambda xy: self._leg(xy, side)
        if follows[:-2] == "arm":
            return lambda xy: self._arm(xy, side)
        joint = {"shoulder": 398.0}.get(follows[:-2], 757.0)
        anchor = self.front.at(f"arm_{side}", np.array([[AXIS + (102 if side == "r" else -102), joint]]))
        shift = self._arm(anchor, side) - anchor
        return lambda xy: np.asarray(xy + shift)

    def _widths(self) -> Floats:
        """For each row of masks the half-width of what surrounds the trunk, smoothed."""
        trunk = [one for one in self.front.shapes if one.shape.follows in TRUNK and "back" not in one.layer]
        seen = mask(one for one in trunk if not one.shape.free)
        across = np.abs(np.arange(seen.shape[1]) * FINE + LOW[0] - self.middle)
        wide = np.where(seen, across[None], 0).max(1)
        rows = np.flatnonzero(wide)
        wide = np.interp(np.arange(len(wide)), rows, wide[rows])
        reach = round(rules()["trunk"]["even"] * self.front.size / FINE / 2)
        around = np.pad(wide, reach, mode="edge")
        return np.convolve(around, np.ones(2 * reach + 1) / (2 * reach + 1), "valid")

    def _trunk(self, xy: Points, *, rear: bool) -> Points:
        wide = np.interp(xy[:, 1], np.arange(len(self._wide)) * FINE + LOW[1], self._wide)
        share = (xy[:, 0] - self.middle) / wide
        place = -_turned(-share, "trunk", 1.0) if rear else _turned(share, "trunk", 1.0)
        return np.stack([self.middle + place * wide, xy[:, 1]], 1)

    def _head(self, xy: Points, kind: str, layer: str, one: Placed) -> Points:
        rule = rules()["head"]
        ends = self.front.at("head", np.array([[AXIS, 0.0], [AXIS, 100.0], [AXIS + rule["half"], 0.0]]))
        y = (xy[:, 1] - ends[0, 1]) / (ends[1, 1] - ends[0, 1]) * 100
        half = ends[2, 0] - ends[0, 0]
        share = (xy[:, 0] - ends[0, 0]) / half
        depth = np.interp(y, rule["rows"], rule["depth"])
        if layer in ("hair_back", "hat_back"):
            place = share - 0.30 * depth * np.maximum(1 - np.abs(share) * 0.3, 0.4)
        elif kind in FACE or layer in ("face", "face_over"):
            jaw = np.interp(y, rule["face_rows"], rule["face"])
            place = _turned(share / jaw, "head", depth, jaw) * jaw
            place = place + (rule["nose"] if kind == "nose" else 0.0)
        elif layer in ("ears", "horns") or kind == "ears":
            place = share * np.where(share < 0, 0.90, 0.84) + (0.05 if layer == "ears" else 0.06) * (share < 0)
        else:
            place = _turned(share, "head", depth)
        longer = np.clip(y - rule["jaw"], 0, 330 - rule["jaw"]) * rule["longer"] if kind in FACE else np.zeros(len(y))
        return np.stack([ends[0, 0] + place * half, xy[:, 1] + longer * (ends[1, 1] - ends[0, 1]) / 100], 1)

    def _arm(self, xy: Points, side: str) -> Points:
        rule = rules()["limbs"]
        line = self.front.at(
            f"arm_{side}", np.array([[AXIS + (102 if side == "r" else -102), y] for y in range(380, 820, 20)])
        )
        at = np.interp(xy[:, 1], line[:, 1], line[:, 0])
        share = rule["far" if side == "r" else "near"]
        return np.stack([xy[:, 0] - (at - self.middle) * (1 - share), xy[:, 1]], 1)

    def _leg(self, xy: Points, side: str) -> Points:
        rule = rules()["limbs"]
        hip = self.front.at(f"leg_{side}", np.array([[AXIS + (44 if side == "r" else -44), rule["from"]]]))[0]
        share = rule["far" if side == "r" else "near"]
        low = self.front.at(f"leg_{side}", np.array([[AXIS, rule["to"]]]))[0, 1]
        down = np.clip((xy[:, 1] - hip[1]) / (low - hip[1]), 0, 1.2)
        toes = rule["toes_far" if side == "r" else "toes_near"] * self.front.size * down**1.5
        outer = np.clip((xy[:, 0] - hip[0]) / (30 * self.front.size), -1, 1)
        toes = toes * (0.62 + 0.38 * outer)
        return np.stack([xy[:, 0] - (hip[0] - self.middle) * (1 - share) + toes, xy[:, 1]], 1)

    def _on_back(self, xy: Points) -> Points:
        rule = rules()["rear"]
        across = xy[:, 0] - self.middle
        place = np.where(across < 0, across * rule["near"], across * rule["far"]) - rule["away"] * self.front.size
        return np.stack([self.middle + place, xy[:, 1]], 1)


def _turned(share: Floats, rule: str, depth: Floats | float, wide: Floats | float = 1.0) -> Floats:
    """Where a place across an ellipse's front (-1..1) comes to lie when it is turned; beyond its rim it goes on straight.

    ``depth`` is how deep the ellipse is here beside the rule's; ``wide`` its half-width beside that of the whole.
    """
    level = np.broadcast_to(np.asarray(depth, float), share.shape)
    narrow = np.broadcast_to(np.asarray(wide, float), share.shape)
    flat, full = _table(rule)
    inside = np.clip(share, -1, 1)
    bow = (np.interp(inside, GRID, full) - np.interp(inside, GRID, flat)) * level / narrow
    return np.asarray(np.interp(inside, GRID, flat) + bow + (share - inside) * 0.95)


@cache
def _table(name: str) -> tuple[Floats, Floats]:
    """For GRID the places without depth and with all of it; neither ever runs back."""
    rule = rules()[name]
    turn = np.deg2rad(rule["turn"])
    flat = GRID * np.cos(turn) - rule["rear"] * np.sin(turn) * np.abs(GRID) ** 6
    bow = rule["deep"] * (1 - GRID**2) ** ROUND * np.sin(turn)
    full = np.maximum.accumulate(flat + bow) + 0.02 * GRID
    return flat, full
