"""Draws from the real library: valid, alike for one seed, and as wide as was asked."""

import numpy as np
import pytest

from engines.words.draw import Wish, distance, draw
from engines.words.tags import Category, Tag, TagLibrary, library

STYLE = "cyberpunk-neon"
KNOWN = ["a2 b2 c2", "b3 c2", "a2 b2 c2", "a2 b2", "a2 b2 c2", "a2 b1 c2"]


def test_a_thousand_sheets_break_no_exclusion_and_name_nothing_twice():
    own = library()
    for tags in draw(own, Wish(spread=0.8), 11, 1000):
        numbers = [own.number[tag.english] for tag in tags]
        assert len({tag.category for tag in tags}) == len(tags) >= 10
        assert own.apart[numbers][:, numbers].nnz == 0
        assert all(tag.weight > 0 for tag in tags)


def test_one_seed_gives_one_sheet_however_many_are_asked_for():
    own, wish = library(), Wish(own_place(), 0.5)
    many = draw(own, wish, 7, 30)
    assert draw(own, wish, 7, 1, first=23) == many[23:24]
    assert draw(own, wish, 8, 1, first=23) != many[23:24]
    assert len({tuple(tag.english for tag in tags) for tags in many}) == 30


def test_known_numbers_come_out_on_any_machine():
    """Another machine or another numpy can't change old seeds unnoticed."""
    categories = tuple(Category(name, "subject", 0.8, {}) for name in "abc")
    tags = tuple(
        Tag(f"{name}{number}", name, {}, {}, place=(float(number - 2),) * 16) for name in "abc" for number in range(5)
    )
    small = TagLibrary(categories, tags, {})
    assert [" ".join(tag.english for tag in drawn) for drawn in draw(small, Wish(spread=2.0), 7, 6)] == KNOWN


def own_place():
    return library().styles[STYLE].place


def mean_distance(spread, count=200):
    own = library()
    return np.mean([distance(own, tags, own_place()) for tags in draw(own, Wish(own_place(), spread), 3, count)])


def test_the_spread_is_how_far_draws_lie_from_the_style():
    small, usual, large = (mean_distance(spread) for spread in (0.1, 0.5, 1.5))
    assert small < usual < large and large > 1.25 * small


def test_a_small_spread_stays_in_style():
    own = library()
    machine = [
        np.mean([tag.place[13] for tags in draw(own, Wish(place, 0.1), 5, 100) for tag in tags])
        for place in (own_place(), (0.0,) * 16)
    ]
    assert machine[0] > 4 * machine[1]


def test_kept_tags_exclude_and_befriend():
    own = library()
    bald = own.tags[own.number["bald head"]]
    skip = frozenset({"hair_style"})
    for tags in draw(own, Wish(kept=(bald,), skip=skip), 2, 200):
        assert not {"hair_colour", "hair_length", "hair_ornament", "hair_style"} & {tag.category for tag in tags}
    pair = next((tag, own.tags[own.number[tag.goes_with[0]]]) for tag in own.tags if tag.goes_with)
    usual, befriended = (
        sum(pair[1] in tags for tags in draw(own, Wish(kept=kept, always=frozenset({pair[1].category})), 4, 400))
        for kept in ((), (pair[0],))
    )
    assert befriended > 1.5 * max(usual, 1)


def test_who_is_avoided_never_comes_and_who_is_wanted_always():
    own = library()
    weapons = [tag.english for tag in own.of("weapon")]
    wish = Wish(avoid=weapons[1:], always=frozenset({"weapon"}))
    for tags in draw(own, wish, 9, 50):
        assert [tag.english for tag in tags if tag.category == "weapon"] == weapons[:1]


@pytest.mark.parametrize("axis", [0, 13])
def test_chances_follow_weights_where_places_are_alike(axis):
    own = library()
    colours = [tag for tag in own.of("eye_colour") if tag.weight and not any(tag.place)]
    drawn = [tag for tags in draw(own, Wish(spread=0.0, always=frozenset({"eye_colour"})), axis, 3000) for tag in tags]
    counts = np.array([sum(one is tag for one in drawn) for tag in colours], float)
    weights = np.array([tag.weight for tag in colours])
    assert np.corrcoef(counts, weights)[0, 1] > 0.8
