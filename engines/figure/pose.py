"""Poses: what a body does, as angles that are the same for every body type."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.figure.reading import need, one_of, only, read

SIDES = ("l", "r")
ORDERS = ("behind", "beside", "front")
ARM_KEYS = ("upper", "fore", "hand", "upper_length", "fore_length", "shape", "order", "grip", "lift")
LEG_KEYS = ("thigh", "shin", "foot", "thigh_length", "shin_length")


@dataclass(frozen=True)
class ArmPose:
    """Angles in degrees from straight down, positive away from the body; lengths as shares of the full (foreshortening).

    ``shape`` is the hand's drawing, ``order`` where the arm lies (behind the body, beside it, in front of the head and hair),
    ``grip`` the turn of a held item (0: upright), ``lift`` raises the shoulder, in canvas units.
    """

    upper: float
    fore: float
    hand: float
    upper_length: float
    fore_length: float
    shape: str
    order: str
    grip: float
    lift: float


@dataclass(frozen=True)
class LegPose:
    """Angles in degrees from straight down, positive outwards; lengths as shares of the full."""

    thigh: float
    shin: float
    foot: float
    thigh_length: float
    shin_length: float


@dataclass(frozen=True)
class Pose:
    """``spine``: the lean of hip-waist, waist-chest, chest-neck in degrees, positive towards the viewer's right; ``hips``, ``shoulders``
    and ``head``: turn, positive clockwise; ``shift``: the pelvis sideways in canvas units; ``near``: the leg in front."""

    name: str
    label: Mapping[str, str]
    tags: tuple[str, ...]
    spine: tuple[float, float, float]
    hips: float
    shoulders: float
    head: float
    nod: float
    shift: float
    near: str
    arms: Mapping[str, ArmPose]
    legs: Mapping[str, LegPose]


def read_pose(path: Path, shapes: tuple[str, ...]) -> Pose:
    """The pose in the file; ``shapes`` are the names of the hand shapes that there are."""
    table, file = read(path), path.name
    only(
        table,
        (
            "label",
            "tags",
            "spine",
            "hips",
            "shoulders",
            "head",
            "nod",
            "shift",
            "near",
            *(f"{limb}_{s}" for limb in ("arm", "leg") for s in SIDES),
        ),
        file,
    )
    arms = {side: _arm(need(table, f"arm_{side}", file), shapes, file) for side in SIDES}
    legs = {side: _leg(need(table, f"leg_{side}", file), file) for side in SIDES}
    bend = [float(v) for v in table.get("spine", (0, 0, 0))]
    return Pose(
        name=path.stem,
        label=need(table, "label", file),
        tags=tuple(table.get("tags", ())),
        spine=(bend[0], bend[1], bend[2]),
        hips=float(table.get("hips", 0)),
        shoulders=float(table.get("shoulders", 0)),
        head=float(table.get("head", 0)),
        nod=float(table.get("nod", 0)),
        shift=float(table.get("shift", 0)),
        near=one_of(table.get("near", "l"), SIDES, "near", file),
        arms=arms,
        legs=legs,
    )


def _arm(table: Mapping[str, Any], shapes: tuple[str, ...], file: str) -> ArmPose:
    only(table, ARM_KEYS, file)
    return ArmPose(
        upper=float(table.get("upper", 12)),
        fore=float(table.get("fore", 6)),
        hand=float(table.get("hand", table.get("fore", 6))),
        upper_length=float(table.get("upper_length", 1)),
        fore_length=float(table.get("fore_length", 1)),
        shape=one_of(table.get("shape", "relaxed"), shapes, "shape", file),
        order=one_of(table.get("order", "beside"), ORDERS, "order", file),
        grip=float(table.get("grip", 0)),
        lift=float(table.get("lift", 0)),
    )


def _leg(table: Mapping[str, Any], file: str) -> LegPose:
    only(table, LEG_KEYS, file)
    return LegPose(*(float(table.get(key, 1 if key.endswith("length") else 0)) for key in LEG_KEYS))
