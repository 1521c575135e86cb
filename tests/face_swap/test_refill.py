"""Short gaps are filled along the straight way; longer ones, cuts and ends aren't."""

from collections.abc import Sequence

import numpy as np
import pytest

from engines.face_swap._refill import Refill
from engines.face_swap._take import Take
from engines.media.flow_control import Fold, Mark, folded
from engines.media.segments import Place
from engines.vision.faces.track import LOST
from tests.face_swap.takes import take

Way = list[list[tuple[int, float]]]


def filled(takes: Sequence[Take]) -> list[Take]:
    refill = Refill()
    return [made for one in takes for made in refill(one)] + list(refill.flush())


def way(takes: Sequence[Take]) -> Way:
    return [[(role.seen.id, round(role.seen.face.box[0], 3)) for role in one.roles] for one in takes]


def gap(missing: int) -> list[Take]:
    return [take(0, (1, 0.0)), *(take(1 + i) for i in range(missing)), take(1 + missing, (1, 80.0))]


def test_a_lost_face_goes_straight_to_where_it_comes_back():
    assert way(filled(gap(3))) == [[(1, 0.0)], [(1, 20.0)], [(1, 40.0)], [(1, 60.0)], [(1, 80.0)]]


@pytest.mark.parametrize("missing", [LOST, LOST + 1])
def test_gaps_are_filled_up_to_as_long_as_a_track_lives(missing):
    inner = way(filled(gap(missing)))[1:-1]
    assert all(inner) if missing == LOST else not any(inner)


def test_nothing_is_filled_over_a_cut_or_at_the_end():
    takes = [take(0, (1, 0.0)), take(1), take(2, (1, 80.0), cut=True), take(3)]
    assert way(filled(takes)) == [[(1, 0.0)], [], [(1, 80.0)], []]


def test_gaps_of_two_faces_may_overlap():
    takes = [
        take(0, (1, 0.0), (2, 90.0)),
        take(1, (2, 90.0)),
        take(2),
        take(3, (1, 30.0)),
        take(4, (1, 30.0), (2, 90.0)),
    ]
    made = filled(takes)
    assert way(made) == [[(1, x), (2, 90.0)] for x in (0.0, 10.0, 20.0, 30.0, 30.0)]
    assert [one.frame.index for one in made] == [0, 1, 2, 3, 4]


def test_frames_wait_no_longer_than_a_gap_may_be_and_without_one_not_at_all():
    refill = Refill()
    for index in range(3):
        assert len(list(refill(take(index, (1, 0.0))))) == 1
    for index in range(40):
        list(refill(take(3 + index, *([(2, 0.0)] if index % 3 == 0 else []))))
        assert refill.held() <= LOST


def test_the_roles_are_counted_with_those_that_were_filled_in():
    refill = Refill()
    for one in gap(3):
        list(refill(one))
    assert refill.swapped == 5


def marked(takes: Sequence[Take], at: int, refill: Refill) -> list[Take | Mark]:
    items: list[Take | Mark] = [*takes[:at], Mark(Place(at, at, 0)), *takes[at:]]
    return list(folded(Fold(refill, refill.held), items))


@pytest.mark.parametrize("at", range(1, 9))
def test_a_mark_passes_behind_what_came_before_it_and_what_follows_goes_on_the_same(at):
    def takes() -> list[Take]:
        return [*gap(4), take(6, (1, 85.0)), take(7), take(8, (1, 95.0))]

    whole = way(filled(takes()))
    items = marked(takes(), at, Refill())
    (place,) = [number for number, item in enumerate(items) if isinstance(item, Mark)]
    assert place == at
    mark = items[place]
    assert isinstance(mark, Mark)
    again = Refill()
    again.restore({key: np.asarray(value) for key, value in mark.states[0].items()})
    rest = [made for one in takes()[at:] for made in again(one)] + list(again.flush())
    before = [item for item in items if isinstance(item, Take)]
    assert way(before) == whole
    assert way(rest) == whole[at:]
