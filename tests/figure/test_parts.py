"""Every part on every body in every pose: its shapes stay whole and lie where they belong; every part can be drawn and seen."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from engines.figure.character import Character, chance
from engines.figure.drawing import labels, picture
from engines.figure.layers import REGIONS
from engines.figure.library import library
from engines.figure.part import Part, Shape, mirrored
from engines.figure.placing import scene
from engines.figure.stance import stand

WHERE = {
    "hair": ("head", (500, 180)),
    "face": ("head", (500, 245)),
    "torso": ("torso", (500, 520)),
    "arms": ("arm_l", (398, 560)),
    "hands": ("hand_l", (398, 757)),
    "legs": ("leg_l", (456, 860)),
    "feet": ("leg_l", (456, 1400)),
    "held": ("grip_l", (398, 757)),
    "back": ("torso", (500, 480)),
    "background": ("stage", (500, 750)),
}
NEAR = 260.0
EACH = 60
"""A part is tried on every so many of the pairs of a body and a pose."""
PARTS = sorted(name for name, part in library().parts.items() if part.kind != "body")
KINDS = sorted({name.partition("/")[0] for name in PARTS})
BODIES = sorted(library().bodies)
POSES = sorted(library().poses)


def _all_shapes(part: Part) -> list[Shape]:
    return [shape for shape in part.shapes if not shape.clip]


@pytest.mark.parametrize("body", BODIES)
def test_shapes_stay_whole_and_in_place(body: str) -> None:
    """Each part on as many bodies and poses as ``EACH`` lets, all of these with many parts."""
    data = library()
    for pose, (build, mannequin) in product(POSES, data.bodies[body].items()):
        turn = BODIES.index(body) * len(POSES) + POSES.index(pose)
        stance = stand(mannequin, data.poses[pose], data.canon)
        for name in PARTS[turn % EACH :: EACH]:
            part = data.parts[name]
            follow, point = WHERE[part.region]
            anchor = stance.follows[follow](np.array([point], float))[0]
            nearest = np.inf
            for shape in _all_shapes(part):
                xy = stance.follows[shape.follows](shape.curve.xy)
                assert np.isfinite(xy).all(), (name, build)
                size, before = np.ptp(xy, axis=0).max(), np.ptp(shape.curve.xy, axis=0).max()
                assert size < 1.9 * before + 40, (name, shape.name, build)
                outside = np.maximum(np.maximum(xy.min(0) - anchor, anchor - xy.max(0)), 0)
                nearest = min(nearest, float(np.hypot(*outside)))
            assert nearest < NEAR, (name, build, nearest)


@pytest.mark.parametrize("kind", KINDS)
def test_each_part_of_a_kind_is_seen_in_its_region(kind: str) -> None:
    data = library()
    for number, part in enumerate(data.of_kind(kind)):
        name = f"{kind}/{part.name}"
        pose = "holding" if part.wants else POSES[number % len(POSES)]
        character = _wearing(name, BODIES[number % len(BODIES)], pose, ("feminine", "masculine")[number % 2])
        placed = scene(character, data)
        seen = labels(placed, 240)
        if kind == "background":
            assert (seen == REGIONS.index("background")).mean() > 0.3, name
            continue
        own = [one for one in placed.shapes if one.part == name and one.alpha > 0.5 and not one.shape.soft]
        assert own, name
        inside = sum(bool(_under(one.xy, seen, REGIONS.index(one.shape.region))) for one in own)
        assert inside >= 0.4 * len(own), (name, inside, len(own))
        if number % len(BODIES) == 0:
            assert picture(placed, data, 60).any(), name


@pytest.mark.parametrize("kind", KINDS)
def test_mirroring_twice_gives_the_same_shape(kind: str) -> None:
    for part in library().of_kind(kind)[::4]:
        for shape in part.shapes[::3]:
            again = mirrored(mirrored(shape))
            assert np.allclose(again.curve.xy, shape.curve.xy)
            assert (again.curve.lifted == shape.curve.lifted).all()
            assert (again.follows, again.layer) == (shape.follows, shape.layer)


def _wearing(name: str, body: str, pose: str, build: str) -> Character:
    data = library()
    kind = name.partition("/")[0]
    fixed = {"body": body, "pose": pose, "build": build}
    if kind == "mouth":
        fixed["expression"] = next(e.name for e in data.expressions.values() if f"mouth/{e.mouth}" == name)
    elif kind == "hands":
        fixed["pose"] = next(
            p.name for p in data.poses.values() if any(f"hands/{a.shape}" == name for a in p.arms.values())
        )
    wear = [] if kind in ("mouth", "hands") else [name]
    plain = chance(data, 3, {"expression": "calm", **fixed})
    return replace(plain, parts=(*wear, "head/oval") if kind != "head" else (name,))


def _under(xy: np.ndarray, seen: np.ndarray, region: int) -> bool:
    """Whether anywhere within the shape's box its region is what is seen."""
    scale = seen.shape[0] / 1500
    left, top = np.maximum((xy.min(0) * scale).astype(int), 0)
    right, bottom = (xy.max(0) * scale).astype(int) + 2
    return bool((seen[top:bottom, left:right] == region).any())
