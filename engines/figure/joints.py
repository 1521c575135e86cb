"""Where the joints of a figure are: the eighteen points by which poses are commonly told (COCO's, with a neck)."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from engines.figure.curves import Points
from engines.figure.mannequin import Mannequin
from engines.figure.placing import EYE, Scene
from engines.figure.stance import ARM_X, LEG_X, MIDDLE

SIDES: Mapping[str, tuple[str, int]] = MappingProxyType({"right": ("l", -1), "left": ("r", 1)})
"""The figure faces us: its right is at our left."""
NOSE_Y = 270.0
NAMES = (
    "nose",
    "neck",
    *(f"right_{name}" for name in ("shoulder", "elbow", "wrist")),
    *(f"left_{name}" for name in ("shoulder", "elbow", "wrist")),
    *(f"right_{name}" for name in ("hip", "knee", "ankle")),
    *(f"left_{name}" for name in ("hip", "knee", "ankle")),
    *(f"{side}_{name}" for name in ("eye", "ear") for side in ("right", "left")),
)


def joints(placed: Scene, canon: Mannequin, height: int) -> dict[str, tuple[float, float]]:
    """Name, in the order of NAMES, -> x and y in pixels of a drawing ``height`` pixels high."""
    shoulder = canon.height["shoulder"]
    elbow = shoulder + canon.arm["upper"]
    found = {
        "nose": _at(placed, "head", MIDDLE, NOSE_Y),
        "neck": _at(placed, "torso", MIDDLE, shoulder),
    }
    for name, (side, sign) in SIDES.items():
        arm, leg = MIDDLE + sign * ARM_X, MIDDLE + sign * LEG_X
        for joint, y in (("shoulder", shoulder), ("elbow", elbow), ("wrist", elbow + canon.arm["fore"])):
            found[f"{name}_{joint}"] = _at(placed, f"arm_{side}", arm, y)
        for joint in ("hip", "knee", "ankle"):
            found[f"{name}_{joint}"] = _at(placed, f"leg_{side}", leg, canon.height[joint])
        found[f"{name}_eye"] = _at(placed, "head", MIDDLE + sign * (MIDDLE - EYE[0]), EYE[1])
        found[f"{name}_ear"] = _at(placed, "head", MIDDLE + sign * canon.half["head"], EYE[1])
    unit = height / 1500
    return {name: (float(found[name][0] * unit), float(found[name][1] * unit)) for name in NAMES}


def _at(placed: Scene, follow: str, x: float, y: float) -> Points:
    return placed.at(follow, np.array([[x, y]]))[0]
