"""Light: key, contrast, and from which side a face is lit."""

import numpy as np

from engines.arrays import Floats
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.view import View
from engines.vision.faces.face import Face

RIGHT_CHEEK = (50, 117, 118, 101, 205, 36)
LEFT_CHEEK = (280, 346, 347, 330, 425, 266)
LEAST_FACE = 60
FRONTAL = 0.15


def light(view: View) -> Findings:
    """How light the picture is as a whole; a drawing's white paper counts as light."""
    found = Findings()
    lightness = view.lab[..., 0][view.shown]
    if not lightness.size:
        return found
    low, middle, high = (float(value) for value in np.quantile(lightness, [0.05, 0.5, 0.95]))
    found.measures["lightness"] = f"dark {low:.0f}, middle {middle:.0f}, light {high:.0f}"
    found.tell("light.low_key", ramp(middle, 24, 14))
    found.tell("light.high_key", ramp(middle, 78, 86) * ramp(low, 20, 40))
    if middle >= 24:
        found.tell("light.strong_contrast", ramp(high - low, 84, 92))
    found.tell("light.soft_contrast", ramp(high - low, 40, 28) * ramp(high - low, 2, 8))
    return found


def light_on(face: Face, lightness: Floats) -> Findings:
    """From which side a frontal face is lit, if one cheek is clearly brighter. ``lightness`` float32 HxW, L of 0..100.

    Left and right are the viewer's.
    """
    found = Findings()
    if face.size < LEAST_FACE or abs(face.turn) > FRONTAL:
        return found
    left, right = (_cheek(face, lightness, points) for points in (RIGHT_CHEEK, LEFT_CHEEK))
    if left is None or right is None:
        return found
    found.measures["cheeks"] = f"left {left:.0f}, right {right:.0f}"
    found.tell("light.from_left", ramp(left - right, 12, 18))
    found.tell("light.from_right", ramp(right - left, 12, 18))
    return found


def _cheek(face: Face, lightness: Floats, points: tuple[int, ...]) -> float | None:
    reach = max(round(face.size / 40), 1)
    values = []
    for x, y in np.rint(face.points[list(points), :2]).astype(int):
        part = lightness[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
        if part.size:
            values.append(float(np.median(part)))
    return float(np.median(values)) if len(values) > len(points) // 2 else None
