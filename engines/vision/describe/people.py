"""The people in a picture by their faces: how many, and of the main one turn, tilt, eyes, mouth, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.arrays import Floats
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.view import View
from engines.vision.faces.face import Face, inside
from engines.vision.faces.layout import LEFT_EYE_RING, RIGHT_EYE_RING
from engines.vision.faces.openings import opening

LEAST_SIZE = 24
READABLE = 64
CHIEF = 0.6
WHOLE = 0.9
WORDS = {1: "people.one", 2: "people.two", 3: "people.three"}
MANY = "people.many"
LIPS, CORNERS = (13, 14), (61, 291)
UPPER_LIP = 0
RIGHT_IRIS, LEFT_IRIS = 468, 473


@dataclass(frozen=True)
class Mouth:
    """In distances between the eyes: ``gap`` between the lips, ``width`` between the corners, ``lift`` of the corners above
    the upper lip's upper edge (negative below it).
    """

    gap: float
    width: float
    lift: float


def people(view: View, faces: Sequence[Face]) -> Findings:
    """How many faces, and what the main one does. ``faces`` in pixels of the view."""
    found = Findings()
    seen = seen_faces(view, faces)
    found.measures["faces"] = str(len(seen))
    if not seen:
        return found
    found.tell(WORDS.get(len(seen), MANY), ramp(min(face.size for face in seen), LEAST_SIZE / 2, LEAST_SIZE))
    face = main_face(view, faces)
    if face is not None:
        found.measures["turn"] = f"{face.turn:+.2f}"
        found.measures["tilt"] = f"{np.degrees(face.tilt):+.0f}°"
        _head(found, face)
        if face.size >= READABLE and abs(face.turn) < 0.55:
            _eyes(found, face)
            _mouth(found, face)
    return found


def seen_faces(view: View, faces: Sequence[Face]) -> list[Face]:
    """Those that are large enough and wholly in the picture, the largest first."""
    kept = [face for face in faces if face.size >= LEAST_SIZE and inside(face, view.rgb.shape) >= WHOLE]
    return sorted(kept, key=lambda face: -face.size)


def main_face(view: View, faces: Sequence[Face]) -> Face | None:
    """The face that the picture is about: the only one, or one far larger than the others."""
    seen = seen_faces(view, faces)
    if not seen or (len(seen) > 1 and seen[1].size > CHIEF * seen[0].size):
        return None
    return seen[0]


def mouth_of(face: Face) -> Mouth:
    """``face`` not in profile."""
    points = face.points[:, :2]
    right, left = face.eyes
    unit = max(float(np.linalg.norm(left - right)), 1e-3)
    up = np.array([np.sin(face.tilt), -np.cos(face.tilt)])
    corners = points[list(CORNERS)]
    lift = float((corners.mean(axis=0) - points[UPPER_LIP]) @ up) / unit
    gap = float(np.linalg.norm(points[LIPS[0]] - points[LIPS[1]])) / unit
    return Mouth(gap, float(np.linalg.norm(corners[0] - corners[1])) / unit, lift)


def gaze(face: Face) -> float:
    """Where the irises stand between the corners of the eyes: 0 in the middle, -0.5 and 0.5 at the viewer's left and right."""
    return float(np.mean([_iris(face.points, 33, 133, RIGHT_IRIS), _iris(face.points, 362, 263, LEFT_IRIS)]))


def _iris(points: Floats, outer: int, inner: int, iris: int) -> float:
    across = points[inner, :2] - points[outer, :2]
    return float((points[iris, :2] - points[outer, :2]) @ across / max(float(across @ across), 1e-6)) - 0.5


def _head(found: Findings, face: Face) -> None:
    turn, tilt = abs(face.turn), abs(float(np.degrees(face.tilt)))
    found.tell("view.front", ramp(turn, 0.16, 0.1))
    found.tell("view.three_quarter", ramp(turn, 0.13, 0.23) * ramp(turn, 0.62, 0.52))
    found.tell("view.profile", ramp(turn, 0.62, 0.75))
    if turn > 0.15:
        side = "view.to_left" if face.turn < 0 else "view.to_right"
        found.tell(side, ramp(turn, 0.13, 0.23))
    if tilt < 60:
        found.tell("view.tilted", ramp(tilt, 8, 14))


def _eyes(found: Findings, face: Face) -> None:
    rings = [opening(face.points[:, :2], ring) for ring in (RIGHT_EYE_RING, LEFT_EYE_RING)]
    found.measures["eyes"] = f"open {rings[0]:.2f} and {rings[1]:.2f}"
    if max(rings) < 0.2:
        found.tell("face.eyes_closed", ramp(max(rings), 0.2, 0.02))
    elif min(rings) > 0.8 and abs(face.turn) < 0.12:
        aside = abs(gaze(face))
        found.measures["gaze"] = f"{gaze(face):+.2f}"
        found.tell("face.at_viewer", ramp(aside, 0.09, 0.05))


def _mouth(found: Findings, face: Face) -> None:
    """A smile is wide and lifts its corners; a shout is only open. Faces that turn away look narrower than they are."""
    mouth = mouth_of(face)
    found.measures["mouth"] = f"gap {mouth.gap:.2f}, width {mouth.width:.2f}, lift {mouth.lift:+.2f}"
    smile = ramp(mouth.width, 0.8, 0.92) * ramp(mouth.lift, -0.16, -0.1) * ramp(mouth.gap, 0.5, 0.35)
    found.measures["smile"] = f"{smile:.2f}"
    found.tell("face.smile_open" if mouth.gap > 0.1 else "face.smile", smile)
    if smile < 0.5:
        found.tell("face.mouth_wide", ramp(mouth.gap, 0.35, 0.5))
        found.tell("face.mouth_open", ramp(mouth.gap, 0.1, 0.18) * ramp(mouth.gap, 0.5, 0.35))
