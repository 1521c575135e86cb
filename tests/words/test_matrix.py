"""Combinations of lines, all or a sample."""

from collections import Counter
from itertools import product

import pytest

from engines.words.matrix import alternatives, count, every, sample
from studio.errors import LimitReached

LINES = [("a", "b", "c"), ("d",), ("e", "f")]
HUGE = [tuple(range(1000))] * 40


def test_all_combinations_the_last_line_first():
    assert count(LINES) == 6
    assert list(every(LINES, most=6)) == list(product(*LINES))
    assert list(every([], most=1)) == [()]
    assert list(every([("a",), ()], most=1)) == []


def test_too_many_are_told_before_any_is_made():
    with pytest.raises(LimitReached) as caught:
        every(HUGE, most=1000)
    assert "1000" in str(caught.value)


def test_a_sample_has_no_repetition_and_is_the_same_for_a_seed():
    found = sample(HUGE, 500, seed=3)
    assert len(set(found)) == 500
    assert found == sample(HUGE, 500, seed=3) != sample(HUGE, 500, seed=4)
    assert sample(LINES, 3, seed=1) == [each for each in product(*LINES) if each in sample(LINES, 3, seed=1)]
    assert sample(LINES, 99, seed=1) == list(product(*LINES))
    assert sample(LINES, 0, seed=1) == []


def test_each_combination_is_as_likely():
    times = Counter(each for seed in range(3000) for each in sample(LINES, 2, seed=seed))
    assert set(times) == set(product(*LINES))
    assert all(850 < number < 1150 for number in times.values())


def test_alternatives_of_a_line():
    assert alternatives("{red|blue|red} hat") == ("red hat", "blue hat")
    assert alternatives("plain") == ("plain",)
    with pytest.raises(LimitReached):
        alternatives("{0|1|2|3|4|5|6|7|8|9}" * 9)
