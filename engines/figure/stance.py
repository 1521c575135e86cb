"""A body type in a pose: where each point of the canonical figure goes, by what it follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engines.figure.chains import Chain, Frame, chain, frame, smooth
from engines.figure.curves import Points
from engines.figure.mannequin import Mannequin
from engines.figure.pose import Pose

Follow = Callable[[Points], Points]
SIDED = ("arm", "shoulder", "hand", "grip", "leg", "foot")
WHOLE = ("torso", "neck", "head", "hair", "skirt", "drape", "back", "stage", "ground")
FOLLOWS = (*WHOLE, *(f"{name}_{side}" for name in SIDED for side in "lr"))
MIDDLE = 500.0
ARM_X, LEG_X = 102.0, 44.0
GROUND = 1430.0
GRIP_Y = 757.0
CAP_TURN = 0.4


@dataclass(frozen=True, eq=False)
class Stance:
    """``follows``: for each name in FOLLOWS the map of (n, 2) canonical points; ``pose`` and ``body`` it was made from."""

    body: Mannequin
    pose: Pose
    follows: Mapping[str, Follow]


def stand(body: Mannequin, pose: Pose, canon: Mannequin) -> Stance:
    """The stance of ``body`` in ``pose``; ``canon`` is the body on which parts are drawn."""
    pelvis = np.array([MIDDLE + pose.shift * body.half["hip"] / canon.half["hip"], body.height["hip"]])
    legs = _legs(body, pose, canon, pelvis)
    soles = [float(leg.map(np.array([[leg.x, canon.height["sole"]]]))[0, 1]) for leg in legs.values()]
    pelvis = pelvis + _down(GROUND - max(soles))
    legs = _legs(body, pose, canon, pelvis)
    torso = _torso(body, pose, canon, pelvis)
    head = _head(body, pose, canon, torso)
    follows: dict[str, Follow] = {"torso": torso.map, "head": head.map, "stage": np.asarray}
    for side, sign in (("l", -1), ("r", 1)):
        arm = _arm(body, pose, canon, torso, side, sign)
        follows[f"arm_{side}"] = arm.map
        follows[f"shoulder_{side}"] = _cap(body, pose, canon, arm, side, sign).map
        hand = _hand(body, pose, canon, arm, side, sign)
        follows[f"hand_{side}"] = hand.map
        follows[f"grip_{side}"] = _grip(pose, hand, side, sign).map
        follows[f"leg_{side}"] = legs[side].map
        follows[f"foot_{side}"] = legs[side].map
    hang = partial(_hang, body=body, canon=canon, torso=torso)
    follows["skirt"] = partial(_skirt, torso=torso, hang=hang, legs=legs)
    follows["drape"] = partial(_blend, upper=torso.map, lower=hang, start=470, end=700)
    follows["neck"] = partial(_blend, upper=head.map, lower=torso.map, start=318, end=362)
    follows["hair"] = partial(_blend, upper=head.map, lower=partial(_locks, head=head, hang=hang), start=300, end=420)
    follows["back"] = _back(body, pose, canon, torso).map
    feet = np.mean([leg.map(np.array([[leg.x, canon.height["ankle"]]]))[0, 0] for leg in legs.values()])
    follows["ground"] = frame((MIDDLE, GROUND), (feet, GROUND), 0, body.half["hip"] / canon.half["hip"], 1).map
    return Stance(body, pose, follows)


def _down(length: float) -> Points:
    return np.array([0.0, length])


def _torso(body: Mannequin, pose: Pose, canon: Mannequin, pelvis: Points) -> Chain:
    names = ("neck", "shoulder", "chest", "waist", "hip", "crotch")
    leans = dict(zip(("waist", "chest", "shoulder", "neck"), (*pose.spine, pose.spine[2]), strict=True))
    places = {"hip": pelvis, "crotch": pelvis + _down(body.height["crotch"] - body.height["hip"])}
    below = "hip"
    for name, lean in leans.items():
        length = body.height[below] - body.height[name]
        places[name] = places[below] + (np.sin(np.deg2rad(lean)) * length, -np.cos(np.deg2rad(lean)) * length)
        below = name
    middle = (pose.hips + pose.shoulders) / 2
    angles = [pose.shoulders * 0.6, pose.shoulders, pose.shoulders * 0.8, middle, pose.hips, pose.hips]
    widths = [
        (canon.height[name], body.half[name] / canon.half[name])
        for name in ("neck", "shoulder", "chest", "waist", "hip")
    ]
    return chain(
        MIDDLE,
        [canon.height[name] for name in names],
        np.array([places[name] for name in names]),
        widths,
        rounding=30,
        angles=angles,
    )


def _legs(body: Mannequin, pose: Pose, canon: Mannequin, pelvis: Points) -> dict[str, Chain]:
    knots = [canon.height[name] for name in ("hip", "knee", "ankle", "sole")]
    legs = {}
    for side, sign in (("l", -1), ("r", 1)):
        bend = pose.legs[side]
        tilt = np.deg2rad(pose.hips)
        place = pelvis + sign * body.half["leg"] * np.array([np.cos(tilt), np.sin(tilt)])
        targets = [place]
        for low, high, angle, share in (
            ("hip", "knee", bend.thigh, bend.thigh_length),
            ("knee", "ankle", bend.shin, bend.shin_length),
            ("ankle", "sole", bend.foot, 1.0),
        ):
            length = (body.height[high] - body.height[low]) * share
            place = place + length * np.array([sign * np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
            targets.append(place)
        widths = [
            (y, body.leg[key] / canon.leg[key])
            for y, key in (
                (760, "thigh_width"),
                (1050, "knee_width"),
                (1140, "calf_width"),
                (1345, "ankle_width"),
                (1400, "foot_width"),
            )
        ]
        legs[side] = chain(MIDDLE + sign * LEG_X, knots, np.array(targets), widths, rounding=34)
    return legs


def _arm(body: Mannequin, pose: Pose, canon: Mannequin, torso: Chain, side: str, sign: int) -> Chain:
    bend, x = pose.arms[side], MIDDLE + sign * ARM_X
    top = canon.height["shoulder"]
    elbow = top + canon.arm["upper"]
    wrist = elbow + canon.arm["fore"]
    place = torso.map(np.array([[x, top]]))[0] - _down(bend.lift)
    targets = [place]
    for length, angle in (
        (body.arm["upper"] * bend.upper_length, bend.upper),
        (body.arm["fore"] * bend.fore_length, bend.fore),
        (body.arm["hand"], bend.hand),
    ):
        place = place + length * np.array([sign * np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
        targets.append(place)
    widths = [
        (y, body.arm[key] / canon.arm[key])
        for y, key in (
            (top, "shoulder_width"),
            (elbow, "elbow_width"),
            (wrist, "wrist_width"),
            (wrist + 50, "hand_width"),
        )
    ]
    return chain(x, [top, elbow, wrist, wrist + canon.arm["hand"]], np.array(targets), widths, rounding=26)


def _cap(body: Mannequin, pose: Pose, canon: Mannequin, arm: Chain, side: str, sign: int) -> Frame:
    """What lies on the shoulder: it turns with the arm, but less."""
    joint = (arm.x, canon.height["shoulder"])
    size = body.arm["shoulder_width"] / canon.arm["shoulder_width"]
    turn = pose.shoulders * 0.5 - sign * CAP_TURN * pose.arms[side].upper
    return frame(joint, arm.map(np.array([joint]))[0], turn, size, (1 + size) / 2)


def _hand(body: Mannequin, pose: Pose, canon: Mannequin, arm: Chain, side: str, sign: int) -> Frame:
    wrist = (arm.x, canon.height["shoulder"] + canon.arm["upper"] + canon.arm["fore"])
    target = arm.map(np.array([wrist]))[0]
    across, along = body.arm["hand_width"] / canon.arm["hand_width"], body.arm["hand"] / canon.arm["hand"]
    return frame(wrist, target, -sign * pose.arms[side].hand, across, along)


def _grip(pose: Pose, hand: Frame, side: str, sign: int) -> Frame:
    place = (MIDDLE + sign * ARM_X, GRIP_Y)
    size = float(np.sqrt(abs(np.linalg.det(hand.turn))))
    return frame(place, hand.map(np.array([place]))[0], sign * pose.arms[side].grip, size, size)


def _head(body: Mannequin, pose: Pose, canon: Mannequin, torso: Chain) -> Frame:
    neck = torso.map(np.array([[MIDDLE, canon.height["neck"]]]))[0]
    lean = np.deg2rad(pose.spine[2] + pose.head * 0.5)
    length = body.height["neck"] - body.height["chin"]
    chin = neck + length * np.array([np.sin(lean), -np.cos(lean)]) + _down(pose.nod)
    along = (body.height["chin"] - body.height["crown"]) / (canon.height["chin"] - canon.height["crown"])
    return frame((MIDDLE, canon.height["chin"]), chin, pose.head, body.half["head"] / canon.half["head"], along)


def _back(body: Mannequin, pose: Pose, canon: Mannequin, torso: Chain) -> Frame:
    chest = (MIDDLE, canon.height["chest"])
    size = (body.height["sole"] - body.height["crown"]) / (canon.height["sole"] - canon.height["crown"])
    return frame(chest, torso.map(np.array([chest]))[0], pose.shoulders * 0.7, size, size)


def _hang(points: Points, *, body: Mannequin, canon: Mannequin, torso: Chain) -> Points:
    """Straight down from the body: across by the hips' and shoulders' widths, down by the body's own heights."""
    names = ("shoulder", "hip", "sole")
    known = [canon.height[name] for name in names]
    ankle = torso.map(np.array([[MIDDLE, known[1]]]))[0]
    down = np.interp(
        points[:, 1], known, [float(torso.map(np.array([[MIDDLE, known[0]]]))[0, 1]), float(ankle[1]), GROUND]
    )
    down = down + np.maximum(points[:, 1] - known[-1], 0)
    middle = np.interp(points[:, 1], known[:2], [float(torso.map(np.array([[MIDDLE, y]]))[0, 0]) for y in known[:2]])
    scale = np.interp(points[:, 1], known[:2], [body.half[n] / canon.half[n] for n in names[:2]])
    return np.stack([middle + (points[:, 0] - MIDDLE) * scale, down], 1)


def _blend(points: Points, *, upper: Follow, lower: Follow, start: float, end: float) -> Points:
    share = smooth(points[:, 1], start, end)[:, None]
    return np.asarray(upper(points) * (1 - share) + lower(points) * share)


def _locks(points: Points, *, head: Frame, hang: Follow) -> Points:
    """Long hair: as wide as on the head, hanging from it, as long as the body under it."""
    fallen = hang(points)
    scale = head.turn[0, 0]
    middle = np.full(len(points), head.target[0])
    return np.stack([middle + (points[:, 0] - MIDDLE) * scale, fallen[:, 1]], 1)


def _skirt(points: Points, *, torso: Chain, hang: Follow, legs: Mapping[str, Chain]) -> Points:
    """Cloth round both legs: the torso down to the hips, then between hanging straight and going with the nearer leg."""
    y = points[:, 1]
    side = smooth(points[:, 0], 400, 600)[:, None]
    with_legs = _shifted(points, legs["l"], hang) * (1 - side) + _shifted(points, legs["r"], hang) * side
    share = (0.55 * smooth(y, 720, 1200))[:, None]
    below = hang(points) * (1 - share) + with_legs * share
    start = smooth(y, 690, 790)[:, None]
    return np.asarray(torso.map(points) * (1 - start) + below * start)


def _shifted(points: Points, leg: Chain, hang: Follow) -> Points:
    """Where the cloth hangs, moved as far as the leg under it has moved from hanging straight."""
    line = np.stack([np.full(len(points), leg.x), points[:, 1]], 1)
    moved: NDArray[np.float64] = leg.map(line) - hang(line)
    return hang(points) + moved * (1.0, 0.35)
