"""Tricky inputs in three languages as they are said."""

from pathlib import Path

import pytest

from engines.speech.normalise import said

ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("said.tsv").read_text(encoding="utf-8").splitlines()
    if line
]


def test_there_are_enough_of_each_language() -> None:
    counts = {code: sum(row[0] == code for row in ROWS) for code in ("en", "zh", "ru")}
    assert sum(counts.values()) >= 150
    assert min(counts.values()) >= 50


@pytest.mark.parametrize(("language", "written", "spoken"), ROWS)
def test_said_right(language: str, written: str, spoken: str) -> None:
    assert said(written, language) == spoken


def test_figures_of_each_language_are_never_left_over() -> None:
    for language, written, _ in ROWS:
        assert not any(letter.isdecimal() for letter in said(written, language))


def test_the_order_of_day_and_month_goes_by_the_country() -> None:
    assert said("3/4/2024", "en-US").startswith("March fourth")
    assert said("3/4/2024", "en-GB").startswith("April third")
