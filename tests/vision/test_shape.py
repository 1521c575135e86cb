"""Faces take on another's proportions: the same in every pose, calm, and only inside the face."""

from functools import cache

import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.faces.bend import Bent, bent, moves
from engines.vision.faces.face import OVAL, Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.shape import ANCHORS, Push, Shapes, shape_of
from engines.vision.faces.swap import Patch
from engines.vision.faces.track import LOST
from studio.paths import ASSETS

RIGHT, LEFT = 0, 1
"""The anchors of the eyes."""


@cache
def sitter() -> tuple[np.ndarray, Face]:
    rgb = np.ascontiguousarray(read_picture(ASSETS / "samples" / "astronaut.jpg")[..., :3])
    return rgb, Finder().faces(rgb)[0]


def turned(face: Face, yaw: float, roll: float = 0.0, scale: float = 1.0) -> Face:
    """The same head in another pose (radians), larger or smaller."""
    c, s = np.cos(yaw), np.sin(yaw)
    around = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    c, s = np.cos(roll), np.sin(roll)
    around = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ around
    middle = face.points.mean(axis=0)
    return Face(((face.points - middle) @ around.T * scale + middle).astype(np.float32))


def with_eyes_apart(face: Face, more: float) -> Face:
    """The right eye moved by ``more`` pixels to the picture's left, the left one to its right."""
    points = face.points.copy()
    points[list(ANCHORS[RIGHT]), 0] -= more
    points[list(ANCHORS[LEFT]), 0] += more
    return Face(points)


def push(face: Face, wanted: Face, amount: float = 1.0) -> Push:
    return Shapes(amount)({0: (face, shape_of([wanted]))}, True)[0]


@pytest.mark.parametrize(("yaw", "roll", "scale"), [(0.0, 0.0, 1.0), (0.4, 0.0, 2.0), (-0.3, 0.5, 0.6)])
def test_a_face_has_its_own_shape_in_every_pose(yaw, roll, scale):
    _, face = sitter()
    assert np.abs(push(face, turned(face, yaw, roll, scale)).by).max() < 0.01 * face.size


def test_features_go_where_the_source_has_them():
    _, face = sitter()
    more = 0.05 * face.size
    wanted = with_eyes_apart(face, more)
    whole, half = push(face, wanted).by, push(face, wanted, 0.5).by
    assert whole[RIGHT, 0] < -0.7 * more and whole[LEFT, 0] > 0.7 * more
    assert np.allclose(half, whole / 2)
    assert np.abs(whole[:, 1]).max() < 0.2 * more


def test_a_mouth_that_opens_and_shuts_pushes_nothing_about():
    _, face = sitter()
    shapes, wanted, jaw = Shapes(1.0), shape_of([face]), [17, 18, 200, 152]
    pushes = []
    for frame in range(60):
        points = face.points.copy()
        points[jaw, 1] += 0.1 * face.size * (frame % 2)
        pushes.append(shapes({0: (Face(points), wanted)}, frame == 0)[0].by[: len(ANCHORS)])
    late = np.array(pushes[-10:])
    assert np.ptp(late, axis=0).max() < 0.005 * face.size


def test_profiles_are_left_alone():
    _, face = sitter()
    wanted = with_eyes_apart(face, 0.05 * face.size)
    side = turned(face, 1.2)
    assert abs(side.turn) > 0.65
    assert np.abs(push(side, wanted).by).max() == 0


def test_what_is_known_of_a_track_goes_with_a_cut_and_after_a_while_and_can_be_handed_on():
    _, face = sitter()
    wanted = shape_of([with_eyes_apart(face, 10)])
    shapes = Shapes(1.0)
    shapes({3: (face, wanted)}, True)
    again = Shapes(1.0)
    again.restore({key: np.asarray(value) for key, value in shapes.state().items()})
    first, second = (one({3: (turned(face, 0.1), wanted)}, False)[3] for one in (shapes, again))
    assert (first.by == second.by).all() and (first.at == second.at).all()
    for _ in range(LOST + 1):
        shapes({}, False)
    assert not shapes.state()
    again({}, True)
    assert not again.state()


def made() -> tuple[np.ndarray, Face, Bent]:
    rgb, face = sitter()
    part = bent(rgb, face, push(face, with_eyes_apart(face, 0.05 * face.size)))
    assert part is not None
    return rgb, face, part


def test_only_what_is_inside_the_face_moves():
    rgb, face, part = made()
    height, width = part.share.shape
    before = rgb[part.top : part.top + height, part.left : part.left + width]
    assert (part.rgb[part.share == 0] == before[part.share == 0]).all()
    assert np.abs(part.rgb[part.share == 1].astype(int) - before[part.share == 1]).mean() > 1
    rim = part.face.points[list(OVAL), :2] + [part.left, part.top]
    assert np.abs(rim - face.points[list(OVAL), :2]).max() < 0.02 * face.size


def test_landmarks_and_pixels_move_together():
    _, face, part = made()
    again = max(Finder().faces(part.rgb), key=lambda one: one.size)
    for anchor in ANCHORS[:2]:
        told, read, old = (one.points[list(anchor), 0].mean() for one in (part.face, again, face))
        assert abs(told - read) < 0.65 * abs(told + part.left - old)


def test_a_patch_over_a_bent_part_leaves_the_part_where_it_is_thin():
    _, _, part = made()
    rgb = np.full((30, 40, 3), 200, np.uint8)
    alpha = np.zeros((30, 40), np.float32)
    alpha[10:20, 10:30] = 1
    whole = part.under(Patch(20, 25, rgb, alpha))
    assert (whole.left, whole.top) == (part.left, part.top)
    assert (whole.rgb[35:45, 30:50] == 200).all()
    rest = np.ones(part.share.shape, bool)
    rest[35:45, 30:50] = False
    assert (whole.rgb[rest] == part.rgb[rest]).all() and (whole.alpha[rest] == part.share[rest]).all()
    assert (part.under(None).alpha == part.share).all()


def test_nothing_to_move_is_nothing_to_bend():
    rgb, face = sitter()
    still = Push(np.zeros((4, 2)), np.zeros((4, 2)))
    assert bent(rgb, face, still) is None
    away = Face(face.points + np.array([5000, 0, 0], np.float32))
    assert bent(rgb, away, push(face, with_eyes_apart(face, 10))) is None


def test_moves_are_those_of_the_anchors_near_them():
    at = np.array([[0.0, 0.0], [100.0, 0.0]])
    by = np.array([[4.0, 0.0], [0.0, 0.0]])
    x = moves(at, by, np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]]), 100.0)[:, 0]
    assert x[0] > 3.9 and abs(x[1] - 2) < 0.01 and x[2] < 0.1
