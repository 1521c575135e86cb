"""What a pose becomes with what is worn and held: a hand closed round an item, arms under a cape."""

from collections.abc import Sequence
from dataclasses import replace

from engines.figure.part import Part
from engines.figure.pose import Pose
from engines.figure.stance import GRIP_Y

CAPE = "cape_front"
SHOWN, SHORT = (28.0, 70.0, 64.0), 0.86
"""The arm that shows what stands in its hand, and how much of the forearm is seen."""
RAISED = 110.0
"""Degrees from which a forearm is raised before the head."""


def posed(pose: Pose, worn: Sequence[Part], side: str) -> Pose:
    """The pose of somebody who wears these parts; ``side``: the hand that holds what is held."""
    item = next((part for part in worn if part.wants), None)
    held = _holding(pose, item, side) if item else pose
    return _under_cape(held) if any(shape.layer == CAPE for part in worn for shape in part.shapes) else held


def _holding(pose: Pose, item: Part, side: str) -> Pose:
    """The hand closed round the item. Where the pose isn't made for holding, it hangs from the hand, or stands in the raised one."""
    arm = pose.arms[side]
    if arm.shape == item.wants:
        return pose
    held = replace(arm, shape=item.wants, grip=item.rest)
    if arm.order != "behind" and _stands(item):
        held = replace(held, upper=SHOWN[0], fore=SHOWN[1], hand=SHOWN[2], fore_length=SHORT, grip=0.0, order="front")
    return replace(pose, arms={**pose.arms, side: held})


def _stands(item: Part) -> bool:
    """Whether an item stands up in the hand, so that a lowered arm would hide it: one that hangs or points down doesn't."""
    above = [shape.curve.xy[:, 1].mean() < GRIP_Y for shape in item.shapes]
    return item.kind == "prop" and sum(above) > len(above) / 2


def _under_cape(pose: Pose) -> Pose:
    """Arms that are held out lie under what is round the shoulders, not over it."""
    out = {side: arm for side, arm in pose.arms.items() if arm.order == "front" and 0 < arm.fore < RAISED}
    return replace(pose, arms={**pose.arms, **{side: replace(arm, order="beside") for side, arm in out.items()}})
