"""The figure from the side: garments as wide as the body is deep, limbs as columns, the head in profile."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.figure.curves import Points
from engines.figure.placing import Placed, Scene
from engines.views._back import Back, kind_of, layer_of
from engines.views._pieces import AXIS, FINE, LOW, bent, box, by, mask
from engines.views._profile import Profile
from studio.paths import ASSETS

Floats = NDArray[np.float64]
TRUNK = ("torso", "skirt", "neck", "drape")
CAPES = ("cape_back", "cape_front")
NEAR, FAR = "l", "r"


@cache
def rules() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "views" / "side.toml").read_text(encoding="utf-8"))


def side(front: Scene) -> tuple[Placed, ...]:
    """The shapes of the side view, from the farthest to the nearest, in the front view's canvas units."""
    return Side(front).shapes()


@dataclass(frozen=True, eq=False)
class Side:
    """Turns one figure quite to the viewer's right."""

    front: Scene
    middle: float = field(init=False)
    _ahead: Floats = field(init=False)
    _behind: Floats = field(init=False)
    _wide: Floats = field(init=False)
    _cape: Floats = field(init=False)

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "middle", float(self.front.at("torso", np.array([[AXIS, 470.0]]))[0, 0]))
        body, worn, capes = (self._half(group) for group in self._groups())
        build = self.front.stance.body.build
        table = rules()["body"]
        rows = self._torso_y(np.array(table["rows"], float))
        across = np.arange(len(body)) * FINE + LOW[1]
        scale = self._depth(np.array(table["rows"], float))
        extra = np.maximum(worn - body, 0) * table["room"]
        start, end = self._torso_y(np.array(table["round_rows"], float))
        skirt = np.clip((across - start) / (end - start), 0, 1) * worn
        for key, reach, share in (
            ("_ahead", table[build], table["round"][0]),
            ("_behind", table["back"], table["round"][1]),
        ):
            bare = np.interp(across, rows, np.array(reach) * scale)
            set_field(self, key, np.maximum(bare + extra, skirt * share))
        set_field(self, "_wide", np.maximum(worn, body))
        set_field(self, "_cape", np.maximum(capes, 1.0))

    def _groups(self) -> Iterator[list[Placed]]:
        solid = [one for one in self.front.shapes if not one.shape.free and not one.shape.soft]
        trunk = [one for one in solid if one.shape.follows in TRUNK and layer_of(one) not in (*CAPES, "back")]
        legs = [one for one in solid if one.part == "body/body" and one.shape.follows[:-2] in ("leg", "foot")]
        yield [*(one for one in trunk if kind_of(one) == "body"), *legs]
        yield trunk
        yield [one for one in solid if layer_of(one) in CAPES]

    def _half(self, shapes: list[Placed]) -> Floats:
        """Half-width of these shapes in each row of masks; between and beyond them as at the nearest."""
        seen = mask(shapes)
        across = np.abs(np.arange(seen.shape[1]) * FINE + LOW[0] - self.middle)
        wide = np.where(seen, across[None], 0).max(1)
        rows = np.flatnonzero(wide)
        if not rows.size:
            return np.zeros(len(wide))
        filled = np.interp(np.arange(len(wide)), rows, wide[rows])
        reach = round(16 * self.front.size / FINE)
        return np.convolve(np.pad(filled, reach, mode="edge"), np.ones(2 * reach + 1) / (2 * reach + 1), "valid")

    def _torso_y(self, rows: Floats) -> Floats:
        """Where canonical heights lie: of the trunk above the crotch, of the leg below it."""
        trunk = self.front.at("torso", np.stack([np.full(len(rows), AXIS), rows], 1))[:, 1]
        leg = self.front.at("leg_l", np.stack([np.full(len(rows), AXIS - 44), rows], 1))[:, 1]
        return np.where(rows <= 760, trunk, leg)

    def _depth(self, rows: Floats) -> Floats:
        """How deep this body is beside the canonical one, as it is wide beside it."""
        edge = np.stack([np.full(len(rows), AXIS + 60), rows], 1)
        wide = np.abs(self.front.at("torso", edge)[:, 0] - self.middle) / 60
        leg = np.stack([np.full(len(rows), AXIS - 20), rows], 1)
        limb = np.abs(self.front.at("leg_l", leg)[:, 0] - self.front.at("leg_l", leg - [24, 0])[:, 0]) / 24
        return np.where(rows <= 760, wide, limb)

    def shapes(self) -> tuple[Placed, ...]:
        order = {name: number for number, name in enumerate(rules()["order"])}
        trunk = [one for one in Back(self.front).shapes() if one.shape.follows in TRUNK and layer_of(one) != "back"]
        made = [bent(one, self._mover(layer_of(one))) for one in trunk]
        made += self._limbs()
        made += self._rear()
        made += Profile(self.front, rules()["head"], self.middle).shapes()
        return tuple(sorted((one for one in made if layer_of(one) in order), key=lambda one: order[layer_of(one)]))

    def _at(self, table: Floats, y: Floats) -> Floats:
        return np.interp(y, np.arange(len(table)) * FINE + LOW[1], table)

    def _trunk(self, xy: Points) -> Points:
        share = (xy[:, 0] - self.middle) / np.maximum(self._at(self._wide, xy[:, 1]), 1)
        ahead, behind = self._at(self._ahead, xy[:, 1]), self._at(self._behind, xy[:, 1])
        return np.stack([self.middle + (ahead - behind) / 2 + share * (ahead + behind) / 2, xy[:, 1]], 1)

    def _mover(self, layer: str) -> Callable[[Points], Points]:
        return self._caped if layer in CAPES else self._neck if layer == "neck" else self._trunk

    def _neck(self, xy: Points) -> Points:
        """As thick as in front, leaning towards the head."""
        top, low = self.front.at("neck", np.array([[AXIS, 318.0], [AXIS, 375.0]]))[:, 1]
        lean = np.clip((low - xy[:, 1]) / (low - top), 0, 1.3) * rules()["head"]["forwards"] * self.front.size
        most = float(self.front.at("neck", np.array([[AXIS + 27.0, 330.0]]))[0, 0]) - self.middle
        across = np.clip(xy[:, 0] - self.middle, -most, most)
        return np.stack([self.middle - 4 + lean + across * rules()["body"]["neck"], xy[:, 1]], 1)

    def _caped(self, xy: Points) -> Points:
        """A cape hangs from the shoulders, behind the arm."""
        rule = rules()["cape"]
        wide = self._at(self._cape, xy[:, 1])
        share = np.clip((xy[:, 0] - self.middle) / wide, -1.05, 1.05)
        more = np.maximum(wide - self._at(self._wide, xy[:, 1]), 0) * 0.45
        behind = self._at(self._behind, xy[:, 1]) + more + 5
        edge = np.interp(xy[:, 1], self._torso_y(np.array(rule["rows"], float)), rule["edge"])
        ahead = np.where(edge > 0, edge * self._at(self._ahead, xy[:, 1]), edge * self._at(self._behind, xy[:, 1]))
        return np.stack([self.middle + (ahead - behind) / 2 + share * (ahead + behind) / 2, xy[:, 1]], 1)

    def _limbs(self) -> Iterator[Placed]:
        hand = self._arm(self.front.at("arm_l", np.array([[398.0, 757.0]]))) - self.front.at(
            "arm_l", np.array([[398.0, 757.0]])
        )
        joint = self.front.at("arm_l", np.array([[398.0, 398.0]]))
        shoulder = self._arm(joint) - joint
        for one in self.front.shapes:
            stem, _, where = one.shape.follows.rpartition("_")
            if stem in ("leg", "foot"):
                far = where == FAR
                moved = bent(one, lambda xy, far=far, where=where: self._leg(xy, where, far=far))  # type: ignore[misc]
                yield replace(moved, layer="far_leg") if far else moved
            elif where == NEAR and stem == "arm":
                yield bent(one, self._arm)
            elif where == NEAR and stem in ("hand", "grip", "shoulder"):
                shift = shoulder if stem == "shoulder" else hand
                yield bent(one, lambda xy, shift=shift: xy + shift)  # type: ignore[misc]
            elif layer_of(one) == "shoulder" and one.xy[:, 0].mean() < self.middle:
                yield bent(one, lambda xy: xy + shoulder)

    def _arm(self, xy: Points) -> Points:
        rule = rules()["arm"]
        line = self.front.at("arm_l", np.array([[398.0, y] for y in range(380, 820, 20)]))
        at = np.interp(xy[:, 1], line[:, 1], line[:, 0])
        rows = self.front.at("arm_l", np.array([[398.0, y] for y in rule["rows"]]))[:, 1]
        place = np.interp(xy[:, 1], rows, np.array(rule["place"]) * self.front.size)
        return np.stack([xy[:, 0] - at + self.middle + place, xy[:, 1]], 1)

    def _leg(self, xy: Points, where: str, *, far: bool) -> Points:
        rule = rules()["leg"]
        x = AXIS + (44 if where == FAR else -44)
        line = self.front.at(f"leg_{where}", np.array([[x, y] for y in range(700, 1440, 20)]))
        at = np.interp(xy[:, 1], line[:, 1], line[:, 0])
        rows = self.front.at(f"leg_{where}", np.array([[x, y] for y in rule["rows"]]))[:, 1]
        place = np.interp(xy[:, 1], rows, rule["place"])
        low, high = self.front.at(f"leg_{where}", np.array([[x, rule["from"]], [x, rule["to"]]]))[:, 1]
        down = np.clip((xy[:, 1] - low) / (high - low), 0, 1) ** 1.3
        across = (xy[:, 0] - at) * (1 + rule["longer"] * down)
        place = place + rule["forwards"] * down + (rule["far"] if far else 0)
        return np.stack([self.middle + across + place * self.front.size, xy[:, 1]], 1)

    def _rear(self) -> Iterator[Placed]:
        """Wings spread backwards, what is carried on the back is seen from its side, tails swing backwards."""
        rule = rules()["rear"]
        on_back = [one for one in self.front.shapes if layer_of(one) == "back"]
        for group in by(on_back, lambda one: one.part):
            left, _, right, _ = box(group)
            winged = min(self.middle - left, right - self.middle) > rule["wing"] * self.front.size
            tail = kind_of(group[0]) == "tail"
            for one in group:
                far = one.xy[:, 0].mean() > self.middle
                share = 0.9 if tail else (rule["far"] if far else rule["near"]) if winged else rule["flat"]
                start = self._behind_at(715.0 if tail else 450.0)
                move = partial(self._carried, share=share, start=start, fold=tail or winged)
                moved = bent(one, move)
                yield replace(moved, layer="back_far") if far and winged else moved

    def _behind_at(self, y: float) -> float:
        return float(self._at(self._behind, self._torso_y(np.array([y])))[0])

    def _carried(self, xy: Points, *, share: float, start: float, fold: bool) -> Points:
        across = xy[:, 0] - self.middle
        away = 0.0 if fold else rules()["rear"]["away"] * self.front.size
        place = -np.abs(across) * share - start * 0.7 if fold else across * share - start - away
        return np.stack([self.middle + place, xy[:, 1]], 1)
