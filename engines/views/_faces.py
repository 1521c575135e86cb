"""Expressions: the same bust with another face."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engines.figure.library import Library
from engines.figure.placing import Placed, Scene, scene
from engines.views._details import Detail, rules
from engines.views._posed import posed, stage
from studio.tasks._figure import Character as Named

FACE = ("head", "eyes", "brows", "nose", "mouth")
CROWN, CHIN = 110.0, 323.0
MIDDLE = 0.58
"""How far down from crown to chin the middle of a bust lies."""
AWAY = ("held", "fingers", "aura")


def faces(who: Named, front: Scene, count: int, language: str) -> list[Detail]:
    """``count`` expressions on the front view's head, the first one calm."""
    data = stage()
    (x, crown), (_, chin) = front.at("head", np.array([[500.0, CROWN], [500.0, CHIN]])).tolist()
    half = (chin - crown) * rules()["bust"]
    y = crown + (chin - crown) * MIDDLE
    area = (x - half, y - half, x + half, y + half)
    bust = [one for one in front.shapes if not one.layer.startswith(AWAY) and float(one.xy[:, 1].min()) < area[3]]
    rest = [one for one in bust if not _of_face(one)]
    ranks = _ranks(data, front)
    wanted = [name for name in rules()["expressions"] if name in data.expressions]
    found = []
    for name in wanted[:count]:
        face = _face(who, name, front, data)
        shapes = tuple(sorted([*rest, *face], key=lambda one: ranks[one.layer]))
        found.append(Detail(shapes, area, data.expressions[name].label[language], (x, y)))
    return found


def _face(who: Named, name: str, front: Scene, data: Library) -> list[Placed]:
    """The shapes of the face alone, as large and where the front view has it."""
    parts = tuple(part for part in who.parts if part.partition("/")[0] in FACE)
    alone = scene(replace(posed(who, name), parts=parts), data)
    grown = front.size / alone.size

    def moved(one: Placed) -> Placed:
        xy = (one.xy - np.array(alone.shift)) * grown + np.array(front.shift)
        return replace(one, xy=xy, inside=tuple(map(moved, one.inside)))

    return [moved(one) for one in alone.shapes if _of_face(one)]


def _of_face(one: Placed) -> bool:
    return one.part.partition("/")[0] in FACE


def _ranks(data: Library, front: Scene) -> Mapping[str, int]:
    """The order of layers: as the front view has them, and those that only a face has."""
    known = list(dict.fromkeys(one.layer for one in front.shapes))
    order = data.layers.order
    for name in order:
        if name not in known:
            before = [one for one in order[: order.index(name)] if one in known]
            known.insert(known.index(before[-1]) + 1 if before else 0, name)
    return {name: number for number, name in enumerate(known)}
