"""What a source wears or does for the moment isn't laid over others: glasses, an open mouth, paint."""

import cv2
import numpy as np

from engines.vision.faces.face import Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.frames import glasses
from engines.vision.faces.layout import INNER_LIPS, LEFT_BROW, LEFT_EYE_RING, RIGHT_BROW, RIGHT_EYE_RING
from engines.vision.faces.openings import opening
from engines.vision.faces.source import source_of
from engines.vision.faces.swap import laid, swap
from tests.vision.test_shape import sitter

PAINT = (40, 90, 230)


def with_glasses(rgb: np.ndarray, face: Face) -> np.ndarray:
    """Dark rims around the eyes, joined over the nose."""
    worn, size = rgb.copy(), face.size
    middles = [face.points[list(ring), :2].mean(axis=0) for ring in (RIGHT_EYE_RING, LEFT_EYE_RING)]
    radius = round(0.16 * size)
    for x, y in middles:
        cv2.circle(worn, (round(float(x)), round(float(y + 0.03 * size))), radius, (30, 25, 20), 2, cv2.LINE_AA)
    a, b = (tuple(int(v) for v in middle) for middle in middles)
    cv2.line(worn, (a[0] + radius, a[1]), (b[0] - radius, b[1]), (30, 25, 20), 2, cv2.LINE_AA)
    return worn


def _brows(face: Face, shape: tuple[int, ...]) -> np.ndarray:
    """1 on brows and eyes: rims that cross them are left."""
    found = np.zeros(shape, np.uint8)
    for ring in (RIGHT_BROW, LEFT_BROW, RIGHT_EYE_RING, LEFT_EYE_RING):
        cv2.fillConvexPoly(found, cv2.convexHull(np.rint(face.points[list(ring), :2]).astype(np.int32)), 1)
    return found


def test_rims_of_glasses_stay_with_their_owner():
    rgb, face = sitter()
    worn = with_glasses(rgb, face)
    target = np.ascontiguousarray(rgb[:, ::-1])
    there = Finder().faces(target)[0]
    plain, bare = (
        laid(target, swap(target, there, source_of([(picture, face)]))).astype(int) for picture in (rgb, worn)
    )
    rims = np.abs(worn.astype(int) - rgb).max(axis=2) > 60
    seen = np.abs(bare - plain).max(axis=2)[:, ::-1]
    worn_off = rims & (cv2.dilate(_brows(face, rims.shape), np.ones((9, 9), np.uint8)) == 0)
    assert np.abs(worn.astype(int) - rgb).max(axis=2)[worn_off].mean() > 80
    assert seen[worn_off].mean() < 25


def test_a_face_without_glasses_has_none():
    rgb, face = sitter()
    source = source_of([(rgb, face)])
    assert glasses(source.skins[0].own[..., 0]) is None


def test_the_mouth_counts_as_open_by_its_height():
    _, face = sitter()
    points = face.points[:, :2].copy()
    middle = points[list(INNER_LIPS), 1].mean()
    shut, wide = points.copy(), points.copy()
    shut[list(INNER_LIPS), 1] = middle
    wide[list(INNER_LIPS), 1] = middle + 4 * (points[list(INNER_LIPS), 1] - middle)
    assert opening(shut, INNER_LIPS) == 0 and opening(wide, INNER_LIPS) == 1


def test_paint_on_a_face_is_brought_near_to_what_skin_may_be():
    rgb, face = sitter()
    painted = rgb.copy()
    x, y = (int(v) for v in face.points[50, :2])
    cv2.circle(painted, (x, y), round(0.08 * face.size), PAINT, -1)
    own = source_of([(painted, face)]).skins[0].own[..., 1:]
    assert np.hypot(own[..., 0], own[..., 1]).max() <= 0.06
