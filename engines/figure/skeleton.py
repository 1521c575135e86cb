"""The mannequin's joints as the 18 key points of OpenPose (COCO order), and their picture as ControlNet's pose models take it.

Colours and order: Cao et al., OpenPose (2019), as ``draw_bodypose`` of lllyasviel's annotators draws them (Apache-2.0).
"""

from collections.abc import Mapping

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.figure.curves import Points
from engines.figure.drawing import HEIGHT, WIDTH
from engines.figure.library import Library
from engines.figure.placing import DROPPED, EYE, Scene
from engines.figure.stance import ARM_X, LEG_X, MIDDLE

KEY_POINTS = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255),
    (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
NOSE, EAR = (500.0, 268.0), (428.0, 248.0)
THICK, DIM = 4 / 512, 0.6
"""Width of a limb as a share of the shorter side, and how much darker limbs are than joints."""


def key_points(placed: Scene, data: Library) -> Points:
    """(18, 2) in canvas units, in the order of KEY_POINTS; left and right are the figure's own."""
    canon, drop = data.canon, placed.stance.body.face["drop"]
    found: dict[str, Points] = {"nose": _at(placed, "head", NOSE, drop * DROPPED["nose"])}
    top = canon.height["shoulder"]
    for side, mine, sign in (("l", "right", -1), ("r", "left", 1)):
        x, leg = MIDDLE + sign * ARM_X, MIDDLE + sign * LEG_X
        lengths = (0.0, canon.arm["upper"], canon.arm["upper"] + canon.arm["fore"])
        arm = {name: (x, top + length) for name, length in zip(("shoulder", "elbow", "wrist"), lengths, strict=True)}
        legs = {name: (leg, canon.height[name]) for name in ("hip", "knee", "ankle")}
        found |= {f"{mine}_{name}": _at(placed, f"arm_{side}", place) for name, place in arm.items()}
        found |= {f"{mine}_{name}": _at(placed, f"leg_{side}", place) for name, place in legs.items()}
        for name, (across, down), fall in (("eye", EYE, drop), ("ear", EAR, 0.0)):
            found[f"{mine}_{name}"] = _at(placed, "head", (MIDDLE + sign * (MIDDLE - across), down), fall)
    found["neck"] = (found["right_shoulder"] + found["left_shoulder"]) / 2
    return np.array([found[name] for name in KEY_POINTS])


def pose_map(points: Points, height: int) -> Bytes:
    """The key points joined on black, uint8 HxWx3, ``height`` pixels high; those that are nan aren't seen."""
    width = round(height * WIDTH / HEIGHT)
    scaled = points * (height / HEIGHT)
    thick = max(round(min(width, height) * THICK), 1)
    canvas = np.zeros((height, width, 3), np.uint8)
    for (one, other), colour in zip(LIMBS, COLOURS, strict=False):
        middle, away = (scaled[one] + scaled[other]) / 2, scaled[other] - scaled[one]
        if np.isnan(away).any():
            continue
        angle = float(np.degrees(np.arctan2(away[1], away[0])))
        axes = (int(np.hypot(*away) / 2), thick)
        outline = cv2.ellipse2Poly((round(middle[0]), round(middle[1])), axes, round(angle), 0, 360, 1)
        cv2.fillConvexPoly(canvas, outline, colour)
    canvas = (canvas * DIM).astype(np.uint8)
    for (x, y), colour in zip(scaled, COLOURS, strict=True):
        if not np.isnan(x):
            cv2.circle(canvas, (round(x), round(y)), thick, colour, -1)
    return canvas


def told(points: Points, height: int) -> Mapping[str, tuple[float, float]]:
    """The key points by name, in pixels of a picture ``height`` pixels high."""
    pixels = (points * (height / HEIGHT)).round(1).tolist()
    return {name: (x, y) for name, (x, y) in zip(KEY_POINTS, pixels, strict=True)}


def _at(placed: Scene, follow: str, place: tuple[float, float], fall: float = 0.0) -> Points:
    return placed.at(follow, np.array([[place[0], place[1] + fall]]))[0]
