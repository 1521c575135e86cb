"""The library as word lists for other programs, read again by them and by us; and the command that writes them."""

import json
import zipfile

import pytest
from dynamicprompts.generators import RandomPromptGenerator
from dynamicprompts.wildcards import WildcardManager

from engines.words.tags import library
from engines.words.wildcards import Entry, read_files
from studio.cli import DONE, FAILED, main


def test_text_files_are_read_by_dynamic_prompts_and_by_us(tmp_path, capsys):
    assert main(["tags", "--export", "wildcards", "-o", str(tmp_path / "all")]) == DONE
    files = capsys.readouterr().out.split()
    assert len(files) == len(library().categories) == len(list((tmp_path / "all").glob("*.txt")))
    theirs = WildcardManager(tmp_path / "all")
    known = {tag.english for tag in library().of("hair_style") if tag.weight}
    assert set(theirs.get_all_values("hair_style")) == known
    (said,) = RandomPromptGenerator(theirs, seed=3).generate("a __weapon__", 1)
    assert said.removeprefix("a ") in {tag.english for tag in library().of("weapon")}
    ours = read_files({"x/weapon.txt": tmp_path / "all" / "weapon.txt"})
    assert ours.named["x/weapon"] == tuple(Entry(tag.english) for tag in library().of("weapon") if tag.weight)


def test_a_zip_and_a_yaml_hold_what_was_chosen(tmp_path, capsys):
    chosen = ["--category", "hair_style", "--category", "weapon", "--json"]
    assert main(["tags", "--export", "wildcards", "-o", str(tmp_path / "w.zip"), *chosen]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [str(tmp_path / "w.zip")]
    assert zipfile.ZipFile(tmp_path / "w.zip").namelist() == ["hair_style.txt", "weapon.txt"]
    assert set(read_files({"w.zip": tmp_path / "w.zip"}).named) == {"hair_style", "weapon"}
    assert main(["tags", "--export", "yaml", "-o", str(tmp_path / "w.yaml"), *chosen]) == DONE
    weights = {tag.english: tag.weight for tag in library().of("weapon") if tag.weight}
    named = read_files({"w.yaml": tmp_path / "w.yaml"}).named
    assert {entry.text: entry.weight for entry in named["weapon"]} == weights
    assert len(WildcardManager(tmp_path).get_all_values("weapon")) == len(weights)


def test_ones_own_lists_are_merged_in(tmp_path, capsys):
    (tmp_path / "weapon.txt").write_text("tin spoon\nlongbow\n", encoding="utf-8")
    (tmp_path / "more.yaml").write_text("soup: [leek, pea]\n", encoding="utf-8")
    lists = ["--lists", str(tmp_path / "weapon.txt"), "--lists", str(tmp_path / "more.yaml")]
    assert main(["tags", "--export", "yaml", "-o", str(tmp_path / "w.yaml"), "--category", "weapon", *lists]) == DONE
    named = read_files({"w.yaml": tmp_path / "w.yaml"}).named
    texts = [entry.text for entry in named["weapon"]]
    assert texts.count("longbow") == texts.count("tin spoon") == 1 and "katana" in texts
    assert [entry.text for entry in named["soup"]] == ["leek", "pea"]


def test_what_is_in_the_library_is_told(capsys):
    assert main(["tags", "--json", "--language", "ru"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["tags"] == len(library().tags) and told["languages"] == ["en", "zh-CN", "ru"]
    assert {row["name"]: row["tags"] for row in told["categories"]}["presence"] == 6
    assert {row["name"]: row["title"] for row in told["categories"]}["presence"] == "Кто изображён"
    assert {row["name"] for row in told["styles"]} == set(library().styles)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--category", "hairstyle"], "hair_style"),
        (["--lists", "nowhere.txt"], "nowhere.txt"),
        (["-o", "/proc/no/x.zip"], "x.zip"),
    ],
)
def test_what_cannot_be_written_is_said(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tags", "--export", "wildcards", *arguments]) == FAILED
    told = capsys.readouterr()
    assert words in told.err and not told.out and not list(tmp_path.iterdir())
