"""Draws as an artist reads them: hardly a sheet holds two things that don't go together."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from engines.words.draw import ANYTHING_GOES, Wish, draw
from engines.words.rules import read_rules, sides
from engines.words.tags import FOLDER, Tag, TagLibrary, library
from studio.errors import BadInput

PAIRS = tomllib.loads((Path(__file__).parent / "clashes.toml").read_text(encoding="utf-8"))["pair"]
STYLES = 50
EACH = 6


def clashes(tags, spread):
    """What clashes on one sheet, in words."""
    said = [f"{tag.category}: {tag.english}" for tag in tags]
    for pair in PAIRS:
        if spread >= pair.get("below", 9):
            continue
        one, other = ([line for line in said if re.search(pair[side], line)] for side in ("one", "other"))
        if one and other and one != other:
            yield f"{pair['why']}: {one[0]} + {other[0]}"


def found(own, spread, skip=frozenset({"negative"})):
    """Clashes on sheets of many styles, and the number of sheets with any."""
    styles = list(own.styles.values())[:: max(1, len(own.styles) // STYLES)]
    sheets = [
        list(clashes(tags, spread))
        for style in styles
        for tags in draw(own, Wish(style.place, spread, skip=skip), 11, EACH)
    ]
    return [each for sheet in sheets for each in sheet], sum(map(bool, sheets)) / len(sheets)


@pytest.mark.parametrize("spread", [0.3, 0.7, 1.2])
def test_hardly_a_sheet_holds_a_clash(spread):
    told, rate = found(library(), spread)
    assert rate < 0.02, Counter(told).most_common(9)


def test_the_table_sees_the_clashes_that_come_without_rules():
    own = library()
    lawless = TagLibrary(own.categories, own.tags, own.styles)
    told, rate = found(lawless, 0.7)
    assert rate > 0.3 and len({each.split(":")[0] for each in told}) > 12


def test_seldom_is_a_lean_and_no_law():
    own = library()
    man = own.tags[own.number["man"]]
    gowns = {tag.english for tag in own.of("full_outfit") if "gown" in tag.english}

    def share(spread):
        drawn = draw(own, Wish(spread=spread, kept=(man,), always=frozenset({"full_outfit"})), 3, 600)
        return sum(tag.english in gowns for tags in drawn for tag in tags) / 600

    assert share(0.3) < 0.01 < share(ANYTHING_GOES)


def test_every_rule_speaks_of_tags_that_are_there():
    own = library()
    for rules in (own.rules.never, own.rules.seldom):
        assert all(these and those for these, those in sides(rules, own.rules.groups, own))


def test_nobody_is_ruled_out_altogether():
    """Each category can still be drawn beside each person and each age."""
    own = library()
    apart = own.apart.toarray()
    for name in (
        "woman",
        "man",
        "girl",
        "boy",
        "creature",
        "androgynous person",
        "small child",
        "elderly",
        "elf",
        "human",
    ):
        free = ~apart[own.number[name]]
        empty = [category for category, span in own.span.items() if not free[span].any()]
        assert set(empty) <= {"facial_hair", "makeup", "horns"}, (name, empty)


FOR_WOMEN = r"\b(maiden|swordswoman|sorceress|witch|nun|nun's|priestess|queen|queen's|princess|duchess|lady|maid|maid's|magical girl|woman warrior)\b"
FOR_MEN = r"\b(gentleman|emperor|king|prince|nobleman|butler|butler's|sumo|god)\b"
WORN = ("role", "full_outfit", "headgear")


def test_what_is_called_after_a_woman_or_a_man_is_theirs_alone():
    """By its name, in both ways: whoever isn't one doesn't get it. A witch's dress and hat aren't a witch."""
    own = library()
    apart = own.apart.toarray()
    worn = [
        tag.english
        for name in WORN
        for tag in own.of(name)
        if tag.english not in ("black witch dress", "pointed witch hat")
    ]
    womens, mens = ([name for name in worn if re.search(words, name)] for words in (FOR_WOMEN, FOR_MEN))
    assert len(womens) > 20 and len(mens) > 8
    for theirs, others in (
        (womens, ["man", "boy", "androgynous person", *mens]),
        (mens, ["woman", "girl", "androgynous person", *womens]),
    ):
        together = [(one, who) for one in theirs for who in others if not apart[own.number[one], own.number[who]]]
        assert together == []


def test_rules_are_read_in_order_and_bad_groups_told(tmp_path):
    tags = tuple(Tag(name, "hat", {}, {}) for name in ("red hat", "blue hat", "tall red hat", "cap"))
    small = TagLibrary((library().categories[0],), (), {})
    (tmp_path / "rules.toml").write_text(
        '[groups]\nred = ["category:hat/*red*", "-tall red hat"]\nturn = ["@turn"]\n'
        '[[never]]\nthese = ["category:hat", "-@red"]\nthose = ["@red"]\n[[seldom]]\nthese = ["@turn"]\nthose = ["cap"]\n',
        encoding="utf-8",
    )
    rules = read_rules(tmp_path / "rules.toml")

    class Own:
        number = {tag.english: place for place, tag in enumerate(tags)}
        span = {"hat": slice(0, 4)}

    assert list(sides(rules.never, rules.groups, Own())) == [([1, 2, 3], [0])]
    with pytest.raises(BadInput, match="@turn"):
        list(sides(rules.seldom, rules.groups, Own()))
    assert read_rules(tmp_path / "none.toml").never == () and small.rules.never == ()
    assert read_rules(FOLDER / "rules.toml") == library().rules
