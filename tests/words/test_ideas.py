"""Ideas as artists type them, in three languages, and the English lines that they become; what is denied has a minus."""

import csv
from pathlib import Path

import pytest

from engines.prompt._ideas import FOREIGN, Ideas
from engines.prompt.composer import run as compose
from engines.words.parse import lexicon
from engines.words.phrases import plural
from engines.words.tags import library
from studio.run import Run
from studio.tasks.prompt import PromptRequest

TABLE = list(
    csv.DictReader((Path(__file__).parent / "ideas.tsv").open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)
)


def read(idea, lang="en"):
    lines = Ideas(library(), lexicon(library()), lang).lines(idea)
    return [("-" if line.section == "negative" else "") + line.said for line in lines]


@pytest.mark.parametrize("lang", ["en", "zh-CN", "ru"])
def test_ideas_become_these_lines(lang):
    rows = [row for row in TABLE if row["language"] == lang]
    assert len(rows) >= 60
    wrong = {
        row["idea"]: read(row["idea"], lang) for row in rows if " | ".join(read(row["idea"], lang)) != row["lines"]
    }
    assert wrong == {}
    assert not any(FOREIGN.search(line) for row in rows for line in read(row["idea"], lang))


def test_the_readers_words_stay_beside_the_english():
    (line,) = Ideas(library(), lexicon(library()), "ru").lines("длинный красный плащ")
    assert (line.text, line.english, line.slot, line.section) == (
        "длинный красный плащ",
        "long red cloak",
        "outerwear",
        "outfit",
    )
    (line,) = Ideas(library(), lexicon(library()), "en").lines("a long red cloak")
    assert (line.text, line.english) == ("long red cloak", "")


@pytest.mark.parametrize(
    ("idea", "lines"),
    [
        ("рыцарь без шлема и щита", ["knight", "-helmet", "-shield"]),
        ("рыцарь без шлема в красном плаще", ["knight", "-helmet", "red cloak"]),
        ("不戴帽子的女巫", ["-hat", "witch"]),
        ("у неё кот", ["cat"]),
        ("три волка", ["three wolves"]),
        ("三匹狼", ["three wolves"]),
    ],
)
def test_denials_and_numbers(idea, lines):
    assert read(idea) == lines


def test_plurals():
    said = ["cat", "small fox", "lady", "boy", "wolf", "boots", "witch", "man", "mouse", "dress"]
    assert [plural(each) for each in said] == [
        "cats", "small foxes", "ladies", "boys", "wolves", "boots", "witches", "men", "mice", "dress",
    ]  # fmt: skip


def test_what_has_no_english_is_kept_and_remarked_once(tmp_path):
    run = Run.local(tmp_path / "work", tmp_path / "out", seed=7)
    made = compose(PromptRequest(idea="рыцарь и бздынь, 魑魅 с мечом", count=60), run).prompts
    assert all("бздынь" in prompt.prompt and "魑魅" in prompt.prompt for prompt in made)
    (note,) = [params for key, params in run.host.notes if key == "prompt.foreign"]
    assert "бздынь" in note["phrases"] and "魑魅" in note["phrases"]
    quiet = Run.local(tmp_path / "work", tmp_path / "out", seed=7)
    compose(PromptRequest(idea="рыцарь в красном плаще"), quiet)
    assert quiet.host.notes == []


def test_what_is_drawn_keeps_to_what_a_line_says_more_of(tmp_path):
    run = Run.local(tmp_path / "work", tmp_path / "out", seed=7)
    for prompt in compose(PromptRequest(idea="мальчик с золотой бородой, лысая голова", count=40), run).prompts:
        slots = [line.slot for line in prompt.sheet.lines]
        assert slots.count("facial_hair") == 1 and not {"hair_colour", "hair_length"} & set(slots)
