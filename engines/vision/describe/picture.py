"""All that can be told of one picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.vision.describe.clothes import clothes
from engines.vision.describe.composition import composition, framing
from engines.vision.describe.fact import Findings
from engines.vision.describe.head import Segment, head_facts, head_of
from engines.vision.describe.light import light, light_on
from engines.vision.describe.medium import medium
from engines.vision.describe.palette import palette
from engines.vision.describe.people import main_face, people, seen_faces
from engines.vision.describe.pose import Poses, pose_facts
from engines.vision.describe.view import View, lab, view_of
from engines.vision.faces.face import Face, Found
from engines.vision.faces.find import find_faces
from engines.vision.faces.finder import Finder

LEAST_SIDE = 48
HAIR = 0.6
"""Width of the hair about a face, in sizes of the face."""
SURE_FACE = 0.82
"""Score of a detection: folds of cloth and hands are taken for a face with less."""


@dataclass(frozen=True)
class Eyes:
    """What looks: a finder of faces, a segmentation of people, and one of poses."""

    finder: Finder
    segment: Segment
    poses: Poses


def sure_faces(rgb: Bytes, finder: Finder) -> list[Face]:
    """The faces of a picture (uint8 HxWx3) of which the detector is sure, the surest first."""

    def surely(picture: Bytes, *, thorough: bool) -> list[Found]:
        return [found for found in finder.detector(picture, thorough=thorough) if found.score >= SURE_FACE]

    return find_faces(rgb, surely, finder.mesh, thorough=True)


def look_at(picture: Bytes, file: Path, eyes: Eyes) -> Findings:
    """What a picture surely shows. ``picture`` uint8 HxWx3 or HxWx4, as it was read from ``file``."""
    view = view_of(picture)
    found = composition(view)
    for part in (medium(view, file), palette(view), light(view)):
        found.add(part)
    if min(view.rgb.shape[:2]) >= LEAST_SIDE:
        _add_people(found, view, eyes)
    return found


def _add_people(found: Findings, view: View, eyes: Eyes) -> None:
    faces = sure_faces(view.rgb, eyes.finder)
    found.add(people(view, faces))
    face = main_face(view, faces)
    if face is None:
        return
    found.head = _around(face, view.rgb)
    pose = eyes.poses(view.rgb) if len(seen_faces(view, faces)) == 1 else None
    found.add(framing(view, face, pose))
    if pose is not None:
        found.add(pose_facts(pose))
    found.add(light_on(face, _lightness(view)))
    head = head_of(view.rgb, face, eyes.segment)
    if head is not None:
        found.add(head_facts(head))
    found.add(clothes(view.rgb, head, pose))


def _around(face: Face, rgb: Bytes) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a face with what is about it, in pixels."""
    least, most = face.points[:, :2].min(axis=0), face.points[:, :2].max(axis=0)
    margin = HAIR * float((most - least).max())
    left, top = (max(int(value - margin), 0) for value in least)
    right, bottom = (min(int(value + margin) + 1, side) for value, side in zip(most, rgb.shape[1::-1], strict=True))
    return left, top, right, bottom


def _lightness(view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return lab(view.rgb)[..., 0]
