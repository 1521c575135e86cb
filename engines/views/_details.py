"""What is worth a closer look: the held item, headgear, trims; where it is, and how near one goes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engines.figure.library import Library
from engines.figure.placing import Scene
from engines.views._pieces import box
from engines.views._posed import Seen
from studio.paths import ASSETS

MOST = 4
NEAREST = 90.0
"""The smallest box that is magnified, in canvas units."""


@cache
def rules() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "views" / "sheet.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, eq=False)
class Detail(Seen):
    """``shapes`` seen through the square ``area``; ``place``: the point of the front view that it belongs to."""

    name: str
    place: tuple[float, float]


def details(front: Scene, data: Library, language: str) -> list[Detail]:
    """Up to MOST details in the order of their importance, each of another part."""
    found = []
    for kind, rule in rules()["details"].items():
        parts = list(dict.fromkeys(one.part for one in front.shapes if one.part.startswith(f"{kind}/")))
        if parts:
            found.append(_detail(front, parts[0], rule, data, language))
    return sorted(found[:MOST], key=lambda one: one.place[1])


def _detail(front: Scene, part: str, rule: Mapping[str, Any], data: Library, language: str) -> Detail:
    own = [one for one in front.shapes if one.part == part and not one.shape.soft]
    alone = bool(rule.get("alone"))
    trunk = [one for one in own if one.shape.follows[-2:] not in ("_l", "_r")]
    left, top, right, bottom = box(trunk or [one for one in own if one.shape.follows.endswith("_l")] or own)
    if not alone:
        most = rule["side"] * front.size
        middle = (left + right) / 2
        high = top + (bottom - top) * rule.get("at", 0.5)
        side = max(NEAREST, min(most, max(right - left, bottom - top)))
    else:
        middle, high = (left + right) / 2, (top + bottom) / 2
        side = max(right - left, bottom - top) * 0.98
    half = side / 2
    area = (middle - half, high - half, middle + half, high + half)
    points = np.concatenate([one.xy for one in trunk or own])
    inside = points[(points >= area[:2]).all(1) & (points <= area[2:]).all(1)]
    place = (inside if len(inside) else points).mean(0)
    if rule.get("edge"):
        place = np.array([place[0] + rule["edge"] * (left - place[0]), place[1]])
    shown = tuple(own) if alone else front.shapes
    return Detail(shown, area, data.part(part).label[language], (float(place[0]), float(place[1])))
