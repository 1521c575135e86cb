"""Faces on the sample pictures: found whichever way they are turned, and told apart."""

import cv2
import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.faces.detect import Detector
from engines.vision.faces.face import LANDMARKS
from engines.vision.faces.find import find_faces
from engines.vision.faces.identity import SAME_PERSON, Identity, distance
from engines.vision.faces.mesh import Mesh
from studio.paths import ASSETS

NAMES = ("astronaut", "girl_with_a_pearl_earring", "mona_lisa")


@pytest.fixture(scope="module")
def tools():
    return Detector(), Mesh(), Identity()


@pytest.fixture(scope="module")
def faces(tools):
    detector, mesh, _ = tools
    pictures = {name: read_picture(ASSETS / "samples" / f"{name}.jpg") for name in NAMES}
    return {name: (picture, mesh(picture, detector(picture)[0])) for name, picture in pictures.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_face_is_found_with_its_landmarks(faces, name):
    picture, face = faces[name]
    assert face.points.shape == (LANDMARKS, 3)
    left, top, right, bottom = face.box
    assert 0 <= left < right <= picture.shape[1] and 0 <= top < bottom <= picture.shape[0]
    (right_x, right_y), (left_x, left_y) = face.eyes
    assert right_x < left_x and max(right_y, left_y) < face.five[2, 1] < face.five[3, 1]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_heads(tools, faces, quarters):
    detector, mesh, _ = tools
    picture, upright = faces["astronaut"]
    turned = np.ascontiguousarray(np.rot90(picture, quarters))
    face = mesh(turned, detector(turned, thorough=True)[0])
    assert face is not None
    assert abs((face.tilt + quarters * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi - upright.tilt) < 0.1
    assert abs(face.size - upright.size) < 0.1 * upright.size


def test_a_small_face_is_found_in_a_large_picture(tools):
    detector = tools[0]
    small = cv2.resize(read_picture(ASSETS / "samples" / "astronaut.jpg"), (110, 110), interpolation=cv2.INTER_AREA)
    scene = np.full((1080, 1920, 3), 150, np.uint8)
    scene[700:810, 1500:1610] = small
    found = detector(scene, thorough=True)
    assert 1500 < found[0].x < 1610 and 700 < found[0].y < 810
    assert all(1500 < face.x < 1610 and 700 < face.y < 810 for face in found)


def test_no_face_where_there_is_none(tools):
    noise = np.random.default_rng(4).integers(0, 255, (300, 400, 3), np.uint8)
    assert find_faces(noise, *tools[:2], thorough=True) == []


def test_one_person_is_nearer_than_another(tools, faces):
    detector, mesh, identity = tools
    known = {name: identity(*faces[name]) for name in NAMES}
    picture = faces["astronaut"][0]
    darker = cv2.GaussianBlur(cv2.convertScaleAbs(picture[:, ::-1], alpha=0.7), (0, 0), 1.2)
    again = identity(darker, mesh(darker, detector(darker)[0]))
    assert distance(again, known["astronaut"]) < SAME_PERSON
    assert all(distance(again, known[name]) > SAME_PERSON for name in NAMES if name != "astronaut")
