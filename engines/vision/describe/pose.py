"""A body's pose by BlazePose (Bazarevsky et al. 2020), as the mediapipe wheel carries it, and what of it is sure."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.describe.fact import Findings, ramp
from engines.vision.faces.lent import Lent

POSES = "pose"
"""Its key among the resident models."""
NOSE, SHOULDERS, ELBOWS, WRISTS = 0, (11, 12), (13, 14), (15, 16)
HIPS, KNEES, ANKLES = (23, 24), (25, 26), (27, 28)
DETECTION = 0.6
SEEN = 0.8
JOINTS = 33


@dataclass(frozen=True)
class Pose:
    """``points`` float32 33x2 in parts of the picture's width and height; ``seen`` float32 33, 0..1: how surely each shows.

    ``space`` float32 33x3: the same joints in metres around the hips, x to the right, y down, z away.
    """

    points: Floats
    seen: Floats
    space: Floats

    def shows(self, *joints: int) -> float:
        """How surely all of these lie in the picture, 0..1."""
        return float(min(self.seen[joint] * self._within(joint) for joint in joints))

    def either(self, joints: tuple[int, int]) -> float:
        """How surely one of two lies in the picture, 0..1."""
        return max(self.shows(joint) for joint in joints)

    def _within(self, joint: int) -> float:
        x, y = self.points[joint]
        return float(0 <= x <= 1 and 0 <= y <= 1)


class Poses:
    """The pose of the most prominent body in a picture. Any thread may call it; the result depends on the picture alone."""

    def __init__(self) -> None:
        self._graphs = Lent(_graph)

    def __call__(self, rgb: Bytes) -> Pose | None:
        """``rgb`` uint8 HxWx3; None where nobody's body is found."""
        with self._graphs.one() as graph:
            result = graph.process(np.ascontiguousarray(rgb))
        if not result.pose_landmarks:
            return None
        marks = result.pose_landmarks.landmark
        space = result.pose_world_landmarks.landmark
        return Pose(
            np.array([(mark.x, mark.y) for mark in marks], np.float32),
            np.array([mark.visibility for mark in marks], np.float32),
            np.array([(mark.x, mark.y, mark.z) for mark in space], np.float32),
        )


def pose_facts(pose: Pose) -> Findings:
    """Standing, sitting, and what the arms do, each only where all the joints that it needs are seen."""
    found = Findings()
    found.measures["joints"] = f"{int(sum(pose.shows(joint) > SEEN for joint in range(JOINTS)))} of {JOINTS}"
    _legs(found, pose)
    _arms(found, pose)
    return found


def _legs(found: Findings, pose: Pose) -> None:
    sides = [
        (hip, knee, ankle)
        for hip, knee, ankle in zip(HIPS, KNEES, ANKLES, strict=True)
        if pose.shows(hip, knee, ankle) > SEEN
    ]
    if len(sides) < 2:
        return
    thighs = [_from_down(pose.space[hip], pose.space[knee]) for hip, knee, _ in sides]
    bends = [_angle(pose.space[hip], pose.space[knee], pose.space[ankle]) for hip, knee, ankle in sides]
    spine = _from_down(pose.space[list(SHOULDERS)].mean(axis=0), pose.space[list(HIPS)].mean(axis=0))
    found.measures["legs"] = f"thighs {max(thighs):.0f}° from upright, knees {min(bends):.0f}°, back {spine:.0f}°"
    upright = ramp(spine, 45, 30)
    found.tell("pose.standing", ramp(max(thighs), 45, 30) * ramp(min(bends), 130, 150) * upright)
    found.tell("pose.sitting", ramp(min(thighs), 50, 65) * ramp(max(bends), 135, 115) * upright)
    found.tell("pose.lying", ramp(spine, 60, 75) * ramp(min(thighs), 50, 65))


def _arms(found: Findings, pose: Pose) -> None:
    if pose.shows(*SHOULDERS) < SEEN:
        return
    points = pose.points
    high = [
        pose.shows(elbow, wrist) > SEEN
        and bool(points[wrist, 1] < points[NOSE, 1] and points[wrist, 1] < points[elbow, 1])
        for elbow, wrist in zip(ELBOWS, WRISTS, strict=True)
    ]
    if all(high):
        found.tell("pose.arms_raised")
    elif any(high):
        found.tell("pose.arm_raised")
    elif pose.shows(*ELBOWS, *WRISTS) > SEEN:
        bends = [_angle(*(pose.space[joint] for joint in arm)) for arm in zip(SHOULDERS, ELBOWS, WRISTS, strict=True)]
        aside = [
            _from_down(pose.space[shoulder], pose.space[wrist])
            for shoulder, wrist in zip(SHOULDERS, WRISTS, strict=True)
        ]
        found.tell(
            "pose.arms_spread", ramp(min(bends), 135, 155) * ramp(min(aside), 55, 70) * ramp(max(aside), 125, 110)
        )


def _angle(a: Floats, corner: Floats, b: Floats) -> float:
    """The angle at a joint in degrees; 180 is straight."""
    one, other = a - corner, b - corner
    lengths = max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-6)
    return float(np.degrees(np.arccos(np.clip(float(one @ other) / lengths, -1, 1))))


def _from_down(start: Floats, end: Floats) -> float:
    """How far a limb points away from straight down, in degrees 0..180."""
    limb = end - start
    return float(np.degrees(np.arccos(np.clip(float(limb[1]) / max(float(np.linalg.norm(limb)), 1e-6), -1, 1))))


def _graph() -> Any:
    from mediapipe.python.solutions.pose import Pose as Network

    return Network(static_image_mode=True, model_complexity=1, min_detection_confidence=DETECTION)
