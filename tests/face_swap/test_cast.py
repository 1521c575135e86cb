"""Who gets whose face, and that it stays so."""

import numpy as np
import pytest

from engines.face_swap._cast import Anyone, ByIdentity, Cast, rule_by_order, rule_by_place
from engines.face_swap._take import Take
from studio.errors import BadInput
from tests.face_swap.takes import WIDTH, scene, seen

LIMIT = 0.5


def at(distance: float) -> np.ndarray:
    """An embedding so far from ``ANNA``'s, and 1 - that far from ``BOB``'s."""
    place = np.zeros(128, np.float32)
    place[0] = distance
    return place


PEOPLE = ByIdentity({"anna": [at(0.0)], "bob": [at(1.0)]}, LIMIT)


def cast_of(take: Take) -> dict[int, str]:
    return {role.seen.id: role.who for role in take.roles}


def one(cast: Cast, *args: object, **more: object) -> dict[int, str]:
    (made,) = cast(scene(*args, **more))  # type: ignore[arg-type]
    return cast_of(made)


def test_everyone_gets_the_one_source():
    cast = Cast(Anyone(), [""])
    assert one(cast, 0, seen(1, 10), seen(2, 90)) == {1: "", 2: ""}
    assert one(cast, 1) == {}


def test_people_get_theirs_and_others_keep_their_own_unless_there_is_one_for_all():
    faces = seen(1, 10, at(0.1)), seen(2, 60, at(0.95)), seen(3, 110, at(5.0))
    assert one(Cast(PEOPLE, ["anna"]), 0, *faces) == {1: "anna"}
    assert one(Cast(PEOPLE, ["anna", ""]), 0, *faces) == {1: "anna", 2: "", 3: ""}


def test_nobody_is_in_a_frame_twice():
    assert one(Cast(PEOPLE, ["anna"]), 0, seen(1, 10, at(0.3)), seen(2, 60, at(0.1))) == {2: "anna"}


def test_recognition_has_some_stick():
    cast = Cast(PEOPLE, ["anna", "bob"])
    assert one(cast, 0, seen(1, 10, at(0.52))) == {1: "bob"}
    assert one(cast, 1, seen(1, 10, at(0.48))) == {1: "bob"}, "a little nearer to anna: no change"
    assert one(cast, 2, seen(1, 10, at(0.3))) == {1: "anna"}, "clearly nearer"
    assert one(Cast(PEOPLE, ["anna"]), 0, seen(1, 10, at(-0.55))) == {}
    stays = Cast(PEOPLE, ["anna"])
    assert one(stays, 0, seen(1, 10, at(-0.45))) == {1: "anna"}
    assert one(stays, 1, seen(1, 10, at(-0.55))) == {1: "anna"}, "just beyond the limit, but known"
    assert one(stays, 2, seen(1, 10, at(-0.6))) == {}


def test_order_is_from_the_left_and_stays_with_the_faces():
    cast = Cast(rule_by_order(["1", "2"]), ["1", "2"])
    assert one(cast, 0, seen(5, 100), seen(6, 10)) == {5: "2", 6: "1"}
    assert one(cast, 1, seen(5, 5), seen(6, 100)) == {5: "2", 6: "1"}, "they cross"
    assert one(cast, 2, seen(5, 5)) == {5: "2"}, "one is lost for a moment"
    assert one(cast, 3, seen(5, 5), seen(6, 100), seen(7, 50)) == {5: "1", 7: "2"}, "somebody comes"


def test_places_take_the_nearest_and_hold_it():
    cast = Cast(rule_by_place(["20,40", " 80, 40 "]), ["20,40", " 80, 40 "])
    left, right = 0.2 * WIDTH - 20, 0.8 * WIDTH - 20
    assert one(cast, 0, seen(1, right), seen(2, left), seen(3, left + 30)) == {1: " 80, 40 ", 2: "20,40"}
    assert one(cast, 1, seen(1, left), seen(2, right)) == {1: " 80, 40 ", 2: "20,40"}
    assert one(cast, 2, seen(8, left), seen(9, right), cut=True) == {8: "20,40", 9: " 80, 40 "}


@pytest.mark.parametrize("name", ["", "first", "0", "-1", "1.5"])
def test_order_takes_numbers_only(name):
    with pytest.raises(BadInput, match="isn.t a number"):
        rule_by_order([name])


@pytest.mark.parametrize("name", ["left", "10", "10,", "120,50", "10;20", "1,2,3"])
def test_places_are_two_percentages(name):
    with pytest.raises(BadInput, match="isn.t a place"):
        rule_by_place([name])


def test_whose_look_does_not_fit_is_left_alone_and_asked_once():
    asked = []

    def fits(rgb, face):
        asked.append(face.box[0])
        return face.box[0] > 50

    cast = Cast(Anyone(), [""], fits)
    assert one(cast, 0, seen(1, 10), seen(2, 90)) == {2: ""}
    assert one(cast, 1, seen(1, 90), seen(2, 10)) == {2: ""}
    assert asked == [10, 90]


def test_an_interrupted_cast_goes_on_the_same():
    first, second = Cast(PEOPLE, ["anna", "bob"], lambda rgb, face: True), Cast(PEOPLE, ["anna", "bob"])
    one(first, 0, seen(1, 10, at(0.52)), seen(2, 60, at(0.0)))
    second.restore({key: np.asarray(value) for key, value in first.state().items()})
    assert second.state() == first.state()
    assert one(second, 1, seen(1, 10, at(0.48))) == {1: "bob"}
