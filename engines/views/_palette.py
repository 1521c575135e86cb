"""The colours of a figure: those that cover most of it, each once, with the name of what has it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engines.figure.colours import Rgb, lab, step
from engines.figure.library import Library
from engines.figure.placing import Placed, Scene
from engines.views._posed import Box
from studio.texts import text

SAME = 0.05
"""Difference, as the eye sees it, below which two colours are one."""
SOLID = 0.9
RAMP = (-3, -2, -1, 1, 2, 3)
BODILY = ("body", "head", "hands", "eyes", "mouth", "brows", "nose")
LEAST = 0.0015
"""Share of the figure below which a colour doesn't count; eyes count always."""


@dataclass(frozen=True)
class Colour:
    """A colour 0..1, what has it, and the share of the figure that it covers."""

    rgb: Rgb
    name: str
    share: float

    @property
    def hex(self) -> str:
        return "#" + "".join(f"{round(value * 255):02x}" for value in self.rgb)


def palette(front: Scene, data: Library, language: str, area: Box, most: int) -> list[Colour]:
    """At most ``most`` colours of the front view within ``area``, skin, hair and eyes first, then the most seen."""
    owners: list[tuple[Rgb, str]] = []
    seen = np.zeros((round(area[3] - area[1]), round(area[2] - area[0])), np.int32)
    for one in front.shapes:
        _fill(seen, one, owners, area)
    counts = np.bincount(seen.ravel(), minlength=len(owners) + 1)[1:]
    total = max(int(counts.sum()), 1)
    found: list[Colour] = []
    told = [front.roles["skin"], front.roles["hair"]]
    for index in sorted(np.argsort(-counts, kind="stable"), key=lambda index: owners[index][0] not in told):
        fill, part = owners[index]
        share = float(counts[index] / total)
        same = next(
            (n for n, one in enumerate(found) if one.rgb == fill or (fill not in told and _alike(one.rgb, fill))), None
        )
        if share >= LEAST and same is None and (fill in told or part.partition("/")[0] not in BODILY):
            found.append(Colour(fill, _name(fill, part, front.roles, data, language), share))
        elif same is not None:
            found[same] = replace(found[same], share=found[same].share + share)
    eyes = [index for index, (_, part) in enumerate(owners) if part.startswith("eyes/") and counts[index]]
    iris = [index for index in eyes if owners[index][0] in {step(front.roles["iris"], n) for n in (0, *RAMP)}]
    if iris:
        plain = [index for index in iris if owners[index][0] == front.roles["iris"]]
        fill = owners[max(plain or iris, key=lambda index: counts[index])][0]
        found = [Colour(fill, text("views.iris", language), 0.0), *(one for one in found if one.rgb != fill)]
    return sorted(found, key=lambda one: (_rank(one, front.roles), -one.share))[:most]


def _alike(one: Rgb, other: Rgb) -> bool:
    """Whether the second colour is the first to the eye, or its shadow or light."""
    return lab(one).far(lab(other)) < SAME or other in {step(one, number) for number in RAMP}


def _fill(seen: np.ndarray, one: Placed, owners: list[tuple[Rgb, str]], area: Box) -> None:  # type: ignore[type-arg]
    if not one.shape.soft and one.alpha >= SOLID:
        key = (one.fill, one.part)
        if key not in owners:
            owners.append(key)
        pixels = np.round(one.xy - area[:2]).astype(np.int32)
        cv2.fillPoly(seen, [pixels], owners.index(key) + 1)
    for inner in one.inside:
        _fill(seen, inner, owners, area)


def _rank(one: Colour, roles: Mapping[str, Rgb]) -> int:
    if not one.share:
        return 2
    return next((number for number, role in enumerate(("skin", "hair")) if one.rgb == roles[role]), 9)


def _name(fill: Rgb, part: str, roles: Mapping[str, Rgb], data: Library, language: str) -> str:
    for role in ("skin", "hair"):
        if fill == roles[role]:
            return text(f"views.{role}", language)
    return data.part(part).label[language]
