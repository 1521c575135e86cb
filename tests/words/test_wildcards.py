"""Word lists: text files and collections."""

import json

import pytest
import yaml

from engines.words.wildcards import Entry, read_collection, read_files, read_list, write_collection, write_list
from studio.errors import BadInput


def test_a_text_file_holds_one_a_line():
    text = "\ufeff# colours\nred\r\n\n  2::blue sky \n0.5::{a|b}\nred\n::x\n2023::\n"
    assert read_list(text) == (Entry("red"), Entry("blue sky", 2), Entry("{a|b}", 0.5), Entry("::x"))


def test_a_list_is_written_and_read_again():
    entries = (
        Entry("a"),
        Entry("b c", 2.5),
        Entry("1::2"),
        Entry("# no comment"),
        Entry("红色", 0.001),
        Entry("{x|y}", 0),
    )
    assert read_list(write_list(entries)) == entries
    assert write_list([Entry("two\nlines"), Entry(" ")]) == "two lines\n"


def test_a_collection_holds_lists_in_folders():
    text = 'hair:\n  colour: [red, "2::blue", no, 12:30, {text: grey, weight: 3}]\n  one: alone\nempty:\nn: [1, 2]\n'
    expected = {
        "hair/colour": (Entry("red"), Entry("blue", 2), Entry("no"), Entry("12:30"), Entry("grey", 3)),
        "hair/one": (Entry("alone"),),
        "n": (Entry("1"), Entry("2")),
    }
    assert read_collection(text, "x.yaml") == expected
    assert read_collection(write_collection(expected), "y.yaml") == expected
    assert read_collection(json.dumps({"a": {"b": ["c", {"content": "d", "weight": 2}]}}), "x.json") == {
        "a/b": (Entry("c"), Entry("d", 2))
    }
    assert read_collection('["a", "b"]', "plain.json") == {"plain": (Entry("a"), Entry("b"))}


@pytest.mark.parametrize(
    "text",
    [
        "a: [b", "[" * 200_000, "a: &x [b]\nc: *x", "&a [*a]", "- " * 60_000, "just text", "{" * 200_000, "a: !!python/object:os.system [x]\nb: }",
        "\x00", "a: &a {k: [v]}\nb: {<<: *a}",
    ],
)  # fmt: skip
def test_a_collection_that_cant_be_read_is_told(text):
    for name in ("bad.yaml", "bad.json"):
        with pytest.raises(BadInput) as caught:
            read_collection(text, name)
        assert name in str(caught.value)


def test_nothing_in_a_collection_is_run():
    assert read_collection("a: [!!python/object/apply:os.getcwd [], x]", "a.yaml") == {"a": (Entry("x"),)}
    assert yaml.safe_load("a: 1") == {"a": 1}


def test_names_patterns_and_folders(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "c.yaml").write_text("beast: [wolf]\n")
    (tmp_path / "none.txt").write_text("# nothing\n")
    lists = read_files(
        {
            "a/x.txt": tmp_path / "x.txt",
            "b\\x.txt": tmp_path / "x.txt",
            "z/c.yaml": tmp_path / "c.yaml",
            "none.txt": tmp_path / "none.txt",
        }
    )
    assert set(lists.named) == {"a/x", "b/x", "z/beast", "none"}
    assert len(lists.matching("*")) == 3
    assert len(lists.matching("x")) == 2
    assert lists.matching("/a//x ") == ((Entry("x"),),)
    assert lists.matching("b\\x") == lists.matching("[ab]/x")[1:]
    assert lists.matching("beast") == ((Entry("wolf"),),)
    assert lists.matching("none") == lists.matching("y") == lists.matching("") == ()
