"""The canonical figure under a grid of canvas units, to draw parts on.

Run as ``python -m tests.figure_template out.png``; ``--wear top/shirt`` shows parts on it, ``--box 380,80,620,420`` one place enlarged.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from engines.figure.character import chance
from engines.figure.drawing import picture
from engines.figure.library import library
from engines.figure.mannequin import Mannequin
from engines.figure.placing import Placed, Scene, scene
from engines.figure.pose import ArmPose, LegPose, Pose

STRAIGHT = Pose(
    name="straight",
    label={},
    tags=(),
    spine=(0, 0, 0),
    hips=0,
    shoulders=0,
    head=0,
    nod=0,
    shift=0,
    near="l",
    arms={side: ArmPose(0, 0, 0, 1, 1, "relaxed", "beside", 0, 0) for side in "lr"},
    legs={side: LegPose(0, 0, 0, 1, 1) for side in "lr"},
)
HEIGHT = 3000


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--wear", nargs="*", default=[])
    parser.add_argument("--box", default="250,50,750,1450")
    options = parser.parse_args(arguments)
    left, top, right, bottom = (int(v) for v in options.box.split(","))
    image = gridded(picture(canonical(options.wear), library(), HEIGHT), 10 if right - left < 300 else 50)
    cv2.imwrite(str(options.target), image[top * 2 : bottom * 2, left * 2 : right * 2])


def canonical(wear: list[str]) -> Scene:
    """The scene of the canonical body standing straight, in canvas units as parts are drawn."""
    data = library()
    plain: dict[str, dict[str, Mannequin]] = {"canon": {"feminine": data.canon}}
    data = replace(data, bodies=plain, poses={"straight": STRAIGHT})
    fixed = {"body": "canon", "build": "feminine", "pose": "straight", "expression": "calm", "skin": "fair"}
    character = replace(
        chance(data, 1, fixed), parts=(*wear, "head/oval", "ears/human", "eyes/bright", "brows/soft", "nose/small")
    )
    found = scene(character, data)
    return replace(found, shapes=tuple(unframed(one, found) for one in found.shapes), size=1.0, shift=(0.0, 0.0))


def unframed(one: Placed, found: Scene) -> Placed:
    inside = tuple(unframed(child, found) for child in one.inside)
    return replace(one, xy=(one.xy - found.shift) / found.size, inside=inside)


def gridded(rgba: np.ndarray, step: int) -> np.ndarray:
    """(h, w, 3) BGR with a line each ``step`` units, numbered."""
    alpha = rgba[..., 3:] / 255.0
    image = np.ascontiguousarray((rgba[..., 2::-1] * alpha + 240 * (1 - alpha)).astype(np.uint8))
    scale = HEIGHT // 1500
    for value in range(0, 1500, step):
        strong = value % (step * (5 if step == 10 else 2)) == 0
        colour = (200, 120, 60) if strong else (220, 190, 160)
        cv2.line(image, (0, value * scale), (image.shape[1], value * scale), colour, 1)
        cv2.line(image, (value * scale, 0), (value * scale, image.shape[0]), colour, 1)
        if strong:
            for x in range(0, 1000, 250 if step == 50 else 50):
                cv2.putText(
                    image, str(value), (x * scale + 2, value * scale - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (90, 40, 0), 1
                )
            for y in range(50, 1500, 250 if step == 50 else 50):
                cv2.putText(
                    image,
                    str(value),
                    (value * scale + 2, y * scale + 12),
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.4,
                    (0, 0, 140),
                    1,
                )
    return image


if __name__ == "__main__":
    main(sys.argv[1:])
