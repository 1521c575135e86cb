"""How a picture is composed: its shape, framing, where the person stands, symmetry, and an empty background."""

import cv2
import numpy as np

from engines.vision.describe.colours import distance, name_of
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.pose import ANKLES, HIPS, KNEES, SEEN, SHOULDERS, Pose
from engines.vision.describe.view import View
from engines.vision.faces.face import Face

SQUARE, WIDE = 1.04, 1.9
EDGE = 0.06
TOLERANCE, TOLERANCE_BY_LIGHT = 4.0, 0.055
"""How far colours of one background lie apart (CIE94): less in the dark, where little is much."""
CLOSE, BUST = 0.42, 0.17
HEAD = 1.35
"""Heights of a face, from chin to forehead, in a whole head."""


def composition(view: View) -> Findings:
    """What the picture's frame and background tell, whoever is in it."""
    found = Findings()
    width, height = view.size
    found.measures["size"] = f"{width}×{height}"
    ratio = max(width, height) / min(width, height)
    if ratio <= SQUARE:
        found.tell("format.square")
    else:
        shape = ("format.panorama" if ratio > WIDE else "format.landscape") if width > height else "format.portrait"
        found.tell(shape)
    if min(view.small.shape[:2]) >= 16:
        _background(found, view)
        _symmetry(found, view)
    return found


def framing(view: View, face: Face | None, pose: Pose | None) -> Findings:
    """How much of one person is shown, and where they stand."""
    found = Findings()
    if face is None:
        return found
    height, width = view.rgb.shape[:2]
    left, top, right, bottom = face.box
    share = (bottom - top) / height
    found.measures["face height"] = f"{share:.0%}"
    _framed(found, share, (height - bottom) / max((bottom - top) * HEAD, 1), pose)
    middle = (left + right) / 2 / width
    found.measures["face place"] = f"{middle:.0%} from the left, {(top + bottom) / 2 / height:.0%} from the top"
    found.tell("place.centre", ramp(abs(middle - 0.5), 0.09, 0.05))
    found.tell("place.left", ramp(middle, 0.4, 0.34))
    found.tell("place.right", ramp(middle, 0.6, 0.66))
    return found


def _framed(found: Findings, share: float, heads_below: float, pose: Pose | None) -> None:
    """The lowest joints that are surely seen decide; without them, how many heads fit below the chin."""
    if share > CLOSE:
        found.tell("framing.close_up", ramp(share, CLOSE - 0.04, CLOSE + 0.03))
        return
    if pose is None or min(pose.shows(joint) for joint in SHOULDERS) < SEEN:
        found.tell("framing.bust", ramp(heads_below, 0.5, 0.7) * ramp(heads_below, 1.8, 1.4))
    elif pose.either(ANKLES) > SEEN:
        found.tell("framing.full", pose.either(ANKLES))
    elif pose.either(KNEES) > SEEN:
        found.tell("framing.knees", pose.either(KNEES))
    elif pose.either(HIPS) > SEEN - 0.1 and heads_below > 1.6:
        found.tell("framing.waist", ramp(heads_below, 1.6, 2.2) * ramp(heads_below, 4.5, 3.8))
    else:
        found.tell("framing.bust", ramp(heads_below, 0.25, 0.4) * ramp(heads_below, 2.2, 1.7))
    found.measures["heads below chin"] = f"{heads_below:.1f}"


def _background(found: Findings, view: View) -> None:
    """Plain where the upper part of the picture's rim has one colour; nothing is known of what is behind the person."""
    if view.see_through > 0.02:
        found.tell("background.none", ramp(view.see_through, 0.03, 0.1))
        return
    height, width = view.lab.shape[:2]
    deep = max(round(min(height, width) * EDGE), 1)
    upper = round(height * 0.6)
    sides = [view.lab[:deep], view.lab[:upper, :deep], view.lab[:upper, -deep:]]
    rim = np.concatenate([side.reshape(-1, 3) for side in sides])
    middle = np.median(rim, axis=0)
    tolerance = TOLERANCE + TOLERANCE_BY_LIGHT * float(middle[0])
    same = min(float((distance(middle, side.reshape(-1, 3)) < tolerance).mean()) for side in sides)
    found.measures["background"] = f"{same:.0%} of the rim is {name_of(middle)}"
    if float(view.lab.reshape(-1, 3).std(axis=0).max()) > 2:
        found.tell("background.plain", ramp(same, 0.75, 0.92), [name_of(middle)])


def _symmetry(found: Findings, view: View) -> None:
    """Correlation of a small grey copy with its mirror image."""
    grey = cv2.resize(view.lab[..., 0], (48, 48), interpolation=cv2.INTER_AREA).astype(np.float64)
    grey -= grey.mean()
    power = float((grey * grey).mean())
    alike = float((grey * grey[:, ::-1]).mean()) / power if power > 9 else 0.0
    found.measures["symmetry"] = f"{alike:.2f}"
    found.tell("composition.symmetrical", ramp(alike, 0.9, 0.97))
