"""People in real pictures that were mirrored, turned, shrunk and put together; poses of drawn skeletons."""

import cv2
import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.describe.fact import LEAST_SURE, Findings, ramp
from engines.vision.describe.head import head_facts, head_of
from engines.vision.describe.people import people, seen_faces
from engines.vision.describe.picture import Eyes, look_at, sure_faces
from engines.vision.describe.pose import ANKLES, ELBOWS, HIPS, KNEES, NOSE, SHOULDERS, WRISTS, Pose, Poses, pose_facts
from engines.vision.describe.view import View, view_of
from engines.vision.faces.finder import Finder
from engines.vision.selfie import Selfie
from studio.paths import ASSETS
from tests.describe.drawn import keys

ASTRONAUT = ASSETS / "samples" / "astronaut.jpg"
GIRL = ASSETS / "samples" / "girl_with_a_pearl_earring.jpg"


@pytest.fixture(scope="module")
def eyes():
    return Eyes(Finder(), Selfie(), Poses())


@pytest.fixture(scope="module")
def look(eyes):
    return lambda picture: look_at(picture, ASTRONAUT, eyes)


def test_a_mirrored_picture_turns_to_the_other_side(look):
    girl = read_picture(GIRL)
    as_is, mirrored = keys(look(girl)), keys(look(np.ascontiguousarray(girl[:, ::-1])))
    assert "view.to_left" in as_is and "view.to_right" not in as_is
    assert "view.to_right" in mirrored and "view.to_left" not in mirrored


def test_light_from_a_side_is_seen_and_mirrors(look):
    astronaut = read_picture(ASTRONAUT)
    dim = np.linspace(1.0, 0.1, 160)[None, :, None]
    part = astronaut[60:320, 120:360].astype(np.float32)
    part = (part * cv2.resize(dim[..., 0], (240, 260))[..., None]).astype(np.uint8)
    assert "light.from_left" in keys(look(part))
    assert "light.from_right" in keys(look(np.ascontiguousarray(part[:, ::-1])))
    assert not {"light.from_left", "light.from_right"} & keys(look(astronaut))


def test_a_tilted_head_is_said(look):
    astronaut = read_picture(ASTRONAUT)
    turn = cv2.getRotationMatrix2D((224, 124), 25, 1)
    tilted = cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    assert "view.tilted" in keys(look(tilted)) and "view.tilted" not in keys(look(astronaut))


def test_a_crop_changes_the_framing_and_a_small_copy_keeps_the_person(look):
    astronaut = read_picture(ASTRONAUT)
    assert "framing.close_up" in keys(look(np.ascontiguousarray(astronaut[50:220, 140:310])))
    assert "people.one" in keys(look(cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)))


def test_of_two_alike_people_only_their_number_is_said(look):
    astronaut = read_picture(ASTRONAUT)
    said = keys(look(np.hstack([astronaut, astronaut[:, ::-1]])))
    assert "people.two" in said
    assert not [
        key for key in said if key.startswith(("face.", "view.", "hair.", "skin.", "pose.", "framing.", "clothes."))
    ]


def test_a_scarf_of_another_colour_is_never_taken_for_hair(eyes):
    """Painted over the astronaut's hair: no hair has such a colour by nature."""
    astronaut = read_picture(ASTRONAUT)
    (face,) = seen_faces(view_of(astronaut), sure_faces(astronaut, eyes.finder))
    left, top, right, _ = (round(value) for value in face.box)
    for colour in ((59, 95, 168), (192, 32, 48), (47, 122, 74)):
        painted = astronaut.copy()
        painted[5 : top + 4, left - 25 : right + 25] = colour
        head = head_of(painted, face, eyes.segment)
        assert head is not None
        found = head_facts(head)
        assert not [fact for fact in found.said if fact.key.startswith("hair.")], found.measures


def test_folds_of_cloth_are_no_face(eyes):
    """What the detector takes for a large face in a small or turned copy is the suit."""
    astronaut = read_picture(ASTRONAUT)
    small = cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)
    assert len(eyes.finder.faces(small)) == 2 and len(sure_faces(small, eyes.finder)) == 1


def test_nobody_is_seen_where_nobody_is(look):
    noise = np.random.default_rng(3).integers(0, 255, (300, 300, 3), np.uint8)
    for picture in (noise, np.full((200, 320, 3), 90, np.uint8)):
        assert not [key for key in keys(look(picture)) if key.startswith(("people.", "pose.", "face."))]


def test_faces_that_are_cut_off_do_not_count(eyes):
    astronaut = read_picture(ASTRONAUT)
    half = np.ascontiguousarray(astronaut[:, :222])
    view = View(half, None, (222, 512))
    assert "people.one" not in keys(people(view, sure_faces(half, eyes.finder)))


def skeleton(**moved) -> Pose:
    """Somebody who stands with the arms down, in metres; ``moved``: other places of pairs of joints, or None for unseen."""
    space = np.zeros((33, 3), np.float32)
    places = {
        "shoulders": (SHOULDERS, (0.2, -0.5, 0)), "elbows": (ELBOWS, (0.25, -0.2, 0)), "wrists": (WRISTS, (0.25, 0.05, 0)),
        "hips": (HIPS, (0.12, 0, 0)), "knees": (KNEES, (0.13, 0.42, 0)), "ankles": (ANKLES, (0.13, 0.85, 0)),
    }  # fmt: skip
    seen = np.ones(33, np.float32)
    for name, (joints, usual) in places.items():
        place = moved.get(name, usual)
        if place is None:
            seen[list(joints)] = 0.1
            place = usual
        for joint, side in zip(joints, (1, -1), strict=True):
            space[joint] = (side * place[0], place[1], place[2])
    space[NOSE] = (0, -0.7, 0)
    points = space[:, :2] / 2.4 + np.array([0.5, 0.55], np.float32)
    return Pose(points.astype(np.float32), seen, space)


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ({}, {"pose.standing"}),
        ({"knees": (0.13, 0.05, -0.42), "ankles": (0.13, 0.47, -0.42)}, {"pose.sitting"}),
        ({"wrists": (0.3, -0.9, 0), "elbows": (0.35, -0.6, 0)}, {"pose.standing", "pose.arms_raised"}),
        ({"wrists": (0.75, -0.5, 0), "elbows": (0.48, -0.5, 0)}, {"pose.standing", "pose.arms_spread"}),
        ({"ankles": None}, set()),
        ({"knees": None, "wrists": (0.3, -0.9, 0), "elbows": (0.35, -0.6, 0)}, {"pose.arms_raised"}),
        ({"wrists": None}, {"pose.standing"}),
        ({"knees": (0.13, 0.3, -0.3), "ankles": (0.13, 0.6, -0.1)}, set()),
    ],
)
def test_poses_are_said_where_their_joints_are_seen(moved, said):
    assert keys(pose_facts(skeleton(**moved))) == said


def test_what_is_unsure_is_not_said():
    found = Findings()
    found.tell("pose.standing", LEAST_SURE - 0.01)
    found.tell("pose.sitting", LEAST_SURE)
    found.tell("pose.sitting", LEAST_SURE)
    assert [fact.key for fact in found.said] == ["pose.sitting"]
    assert ramp(5, 0, 10) == ramp(5, 10, 0) == 0.5 and ramp(12, 0, 10) == 1 and ramp(12, 10, 0) == 0
