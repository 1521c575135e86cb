"""A hand before a face stays there: Mona Lisa's own, laid over another sitter's mouth."""

from functools import cache

import cv2
import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.faces.face import Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.hands import CLOSELY, EVERY, Hands, HandsInFront, silhouette
from engines.vision.faces.reading import measured, with_hands
from engines.vision.faces.source import source_of
from engines.vision.faces.swap import patch_of
from engines.vision.faces.track import LOST
from studio.paths import ASSETS

LISA = ASSETS / "samples" / "mona_lisa.jpg"
WHERE = slice(900, 1180), slice(200, 500)
"""Of her hands, one."""


@cache
def hands() -> Hands:
    return Hands()


def lisa() -> np.ndarray:
    return np.ascontiguousarray(read_picture(LISA)[..., :3])


@cache
def behind_a_hand() -> tuple[np.ndarray, Face, np.ndarray]:
    """A face behind a hand, the face, and where the hand is (bool HxW)."""
    picture = lisa()
    whole = Face(np.array([[150, 850, 0], [520, 1200, 0]] * 239, np.float32))
    (own,) = hands()(picture, whole)
    shape = silhouette([own], *picture.shape[:2])
    rgb = np.ascontiguousarray(read_picture(ASSETS / "samples" / "astronaut.jpg")[..., :3])
    rgb = np.asarray(cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    face = Finder().faces(rgb)[0]
    left, _, right, bottom = face.box
    scale = 1.1 * (right - left) / (WHERE[1].stop - WHERE[1].start)
    part, share = (
        cv2.resize(one[WHERE], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in (picture, shape)
    )
    y, x = int(bottom - 0.75 * part.shape[0]), int(left)
    there = slice(y, y + part.shape[0]), slice(x, x + part.shape[1])
    rgb[there] = np.rint(rgb[there] + (part - rgb[there].astype(np.float32)) * share[..., None])
    held = np.zeros(rgb.shape[:2], bool)
    held[there] = cv2.erode(share, np.ones((5, 5))) > 0.9
    return rgb, face, held


def test_a_hand_before_a_face_stays_in_front():
    rgb, face, held = behind_a_hand()
    source = source_of([(lisa(), max(Finder().faces(lisa()), key=lambda one: one.size))])
    reading = measured(rgb, face, source)
    found = hands()(rgb, face)
    assert len(found) == 1 and reading is not None
    patches = [patch_of(one, source) for one in (reading, with_hands(reading, found))]
    seen = []
    for patch in patches:
        assert patch is not None
        alpha = np.zeros(rgb.shape[:2], np.float32)
        height, width = patch.alpha.shape
        alpha[patch.top : patch.top + height, patch.left : patch.left + width] = patch.alpha
        seen.append((alpha[held].mean(), alpha[~held].sum()))
    assert seen[0][0] > 0.15, "without looking for hands the face is laid over it"
    assert seen[1][0] < 0.25 * seen[0][0]
    assert seen[1][1] > 0.75 * seen[0][1], "beside the hand the new face is still there"


def test_a_face_alone_has_no_hands_before_it():
    rgb = np.ascontiguousarray(read_picture(ASSETS / "samples" / "astronaut.jpg")[..., :3])
    assert hands()(rgb, Finder().faces(rgb)[0]) == []


def test_a_face_outside_the_picture_has_none():
    rgb, face, _ = behind_a_hand()
    assert hands()(rgb, Face(face.points + np.array([9000, 0, 0], np.float32))) == []


class Counting:
    """Stands for ``Hands`` where only the looks are counted: a hand is there from one call to another."""

    def __init__(self, there: range) -> None:
        self.calls, self._there = 0, there

    def __call__(self, rgb: np.ndarray, face: Face) -> list[np.ndarray]:
        self.calls += 1
        return [np.full((21, 2), self.calls, np.float32)] if self.calls in self._there else []


FACE = Face(np.zeros((478, 3), np.float32))
EMPTY = np.zeros((4, 4, 3), np.uint8)


def watched(counting: Counting, frames: int, **more: object) -> tuple[HandsInFront, list[int]]:
    inside = HandsInFront(counting)  # type: ignore[arg-type]
    return inside, [len(inside(EMPTY, {1: FACE}, frame == 0)[1]) for frame in range(frames)]


def test_hands_are_looked_for_now_and_then_and_closely_while_there_are_any():
    none = Counting(range(0))
    watched(none, 4 * EVERY)
    assert none.calls == 4
    some = Counting(range(1, 99))
    assert watched(some, 4 * CLOSELY)[1] == [1] * (4 * CLOSELY)
    assert some.calls == 4


def test_a_cut_and_a_lost_face_begin_anew():
    counting = Counting(range(0))
    inside, _ = watched(counting, 1)
    inside(EMPTY, {1: FACE}, True)
    assert counting.calls == 2
    for _ in range(LOST + 1):
        inside(EMPTY, {}, False)
    assert not inside.state()


@pytest.mark.parametrize("there", [range(0), range(1, 99)])
def test_an_interrupted_watch_goes_on_the_same(there):
    inside, _ = watched(Counting(there), 5)
    again = HandsInFront(Counting(there))  # type: ignore[arg-type]
    again.restore({key: np.asarray(value) for key, value in inside.state().items()})
    assert {key: np.asarray(value).tolist() for key, value in again.state().items()} == {
        key: np.asarray(value).tolist() for key, value in inside.state().items()
    }


def test_what_is_of_another_colour_stays_in_front_even_over_the_mouth():
    rgb = read_picture(ASSETS / "samples" / "astronaut.jpg")[..., :3].copy()
    face = Finder().faces(np.ascontiguousarray(rgb))[0]
    left, top, right, bottom = (int(v) for v in face.box)
    cup = (
        slice(top + round(0.68 * (bottom - top)), bottom + 20),
        slice(left + (right - left) // 4, right - (right - left) // 4),
    )
    rgb[cup] = (40, 90, 160)
    rgb = np.ascontiguousarray(rgb)
    source = source_of([(lisa(), max(Finder().faces(lisa()), key=lambda one: one.size))])
    patch = patch_of(measured(rgb, face, source), source)
    assert patch is not None
    alpha = np.zeros(rgb.shape[:2], np.float32)
    alpha[patch.top : patch.top + patch.alpha.shape[0], patch.left : patch.left + patch.alpha.shape[1]] = patch.alpha
    inner = alpha[cup][6:, 6:-6]
    assert inner.mean() < 0.08
