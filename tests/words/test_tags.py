"""The tag library's own data: complete, without duplicates, and true to its form; and tables that are not."""

import collections
import csv
import re
import tomllib

import pytest

from engines.words.tags import AXES, FOLDER, HEAD, LANGUAGES, STATES, WHOLE, library, read_library, read_place
from studio.errors import BadInput

SECTIONS = {"subject", "face", "hair", "body", "outfit", "held", "pose", "setting", "style", "quality", "negative"}
ALPHABET = {"en": r"[a-z0-9]", "zh-CN": r"[\u4e00-\u9fff]", "ru": r"[а-яё]"}
MARK = ",;，；"


def test_it_is_as_large_as_promised_and_no_category_is_empty():
    own = library()
    assert len(own.tags) >= 1500 and len(own.categories) >= 25 and len(own.styles) >= 40
    assert {table.stem for table in FOLDER.glob("*.csv")} == {category.name for category in own.categories}
    assert min(span.stop - span.start for span in own.span.values()) >= 6
    assert sum(span.stop - span.start for span in own.span.values()) == len(own.tags)
    assert {category.section for category in own.categories} <= SECTIONS
    assert all(0 < category.chance <= 1 for category in own.categories)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_name_is_unique_in_its_language_and_written_in_it(lang):
    names = [name.casefold() for tag in library().tags for name in (tag.names[lang], *tag.aliases[lang])]
    assert [name for name, times in collections.Counter(names).items() if times > 1] == []
    foreign = [name for name in names if not re.search(ALPHABET[lang], name)]
    assert foreign == [] and not any(mark in name for name in names for mark in MARK)


def test_what_tags_refer_to_exists():
    own = library()
    known = {tag.english for tag in own.tags} | {WHOLE + category.name for category in own.categories}
    lost = {name for tag in own.tags for name in (*tag.excludes, *tag.goes_with)} - known
    assert lost == set()
    assert all(tag.english == tag.english.lower() for tag in own.tags)
    assert all(0 <= tag.weight <= 5 for tag in own.tags)


def test_styles_state_what_makes_them():
    for style in library().styles.values():
        assert set(style.states) == set(STATES) and style.negative, style.name
        assert set(style.title) == set(LANGUAGES)
    stated = collections.Counter((style.states["line"], style.states["palette"]) for style in library().styles.values())
    assert max(stated.values()) == 1


def test_who_is_excluded_is_so_both_ways():
    own = library()
    assert (own.apart != own.apart.T).nnz == 0 and not own.apart.diagonal().any()
    bald, braids = own.number["bald head"], own.number["twin braids"]
    assert (
        own.apart[[bald]].toarray()[0, own.span["hair_colour"]].all() and own.category("hair_style").section == "hair"
    )
    assert own.tags[braids].category == own.tags[bald].category
    assert own.friends.nnz and (own.friends != own.friends.T).nnz == 0


def test_the_data_says_under_which_licence_it_stands():
    data = tomllib.loads((FOLDER / "licence.toml").read_text(encoding="utf-8"))
    assert data["licence"] == "Apache-2.0" and data["author"]


def test_a_style_is_found_by_its_name_and_titles():
    own = library()
    name, style = next(iter(own.styles.items()))
    assert all(own.style(title.upper()) is style for title in (name, *style.title.values()))
    with pytest.raises(BadInput, match="ligne-claire"):
        own.style("nothing of the kind")


def table(folder, *rows, name="hat"):
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def test_other_folders_add_to_it_and_override(tmp_path):
    row = ["paper crown", "纸王冠", "бумажная корона", "", "", "", "2", "", "", "charm+1"]
    known = ["knightly longsword", "剑", "меч", "", "", "", "", "", "", ""]
    table(tmp_path, HEAD, row, name="crowns")
    table(tmp_path, HEAD, known, name="weapon")
    own = read_library((FOLDER, tmp_path))
    assert own.categories[-1].name == "crowns" and own.of("crowns")[0].english == "paper crown"
    assert own.tags[own.number["knightly longsword"]].names["ru"] == "меч"
    assert own.places[own.number["paper crown"]][AXES.index("charm")] == 1


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([["en", "zh"]], 1),
        ([HEAD, ["a", "b"]], 2),
        ([HEAD, ["a", "b", "c", "", "", "", "heavy", "", "", ""]], 2),
        ([HEAD, ["a", "b", "c", "", "", "", "", "", "", ""], ["d", "e", "f", "", "", "", "", "", "", "size+1"]], 3),
    ],
)
def test_a_bad_table_is_told_with_its_line(tmp_path, rows, line):
    table(tmp_path, *rows)
    with pytest.raises(BadInput) as told:
        read_library((tmp_path,))
    assert told.value.key == "prompt.bad_table"
    assert (told.value.params["name"], told.value.params["line"]) == ("hat.csv", line)


@pytest.mark.parametrize("text", ["era", "era+3", "nothing+1", "era+1,mood+1"])
def test_a_place_is_within_the_space(text):
    with pytest.raises(ValueError):
        read_place(text)
