"""One sheet in four dialects."""

import csv
import tomllib

import pytest

from engines.words.dialects import Said, Written, write_as
from engines.words.prose import with_article
from engines.words.weights import parse
from studio.paths import ASSETS

LINES = [
    Said("style", "ink wash", 1.3), Said("subject", "old knight"), Said("face", "scar across the cheek"), Said("face", "Amber Eyes", 1.2),
    Said("outfit", "kimono \\(clothes\\)", 0.8), Said("pose", "drawing a sword"), Said("quality", "fine details"), Said("setting", "ice cave", 0),
    Said("negative", "extra hands", 1.4), Said("negative", "blurry"),
]  # fmt: skip


def test_sd_writes_weights_in_the_order_of_the_lines():
    assert write_as("sd", LINES) == Written(
        "(ink wash:1.3), old knight, scar across the cheek, (Amber Eyes:1.2), (kimono \\(clothes\\):0.8), drawing a sword, fine details",
        "(extra hands:1.4), blurry",
    )


def test_sd_keeps_a_prompt_of_the_web_interface():
    prompt = "(masterpiece), [dull], a BREAK b, (c, d:1.3), [x:y:0.5]"
    assert write_as("sd", [Said("subject", part.text, part.weight) for part in parse(prompt)]).prompt == prompt


def test_prose_is_sentences_by_section_without_marks():
    prompt, negative = write_as("prose", LINES)
    assert prompt == (
        "The picture shows an old knight. The face shows a scar across the cheek and Amber Eyes. The outfit consists of kimono (clothes). "
        "The character is seen drawing a sword. It is drawn with an ink wash. The work is marked by fine details."
    )
    assert negative == "extra hands, blurry"


def test_a_sentence_stays_a_sentence():
    lines = [
        Said("subject", "She waits at the old gate."),
        Said("setting", "它在山上。"),
        Said("odd", "x"),
        Said("setting", "hill"),
    ]
    assert (
        write_as("prose", lines).prompt
        == "She waits at the old gate. The setting brings together a hill. 它在山上。 x."
    )


def test_midjourney_has_flags_and_no_weights():
    prompt, negative = write_as("midjourney", [*LINES, Said("style", "--stylize 200")], shape=(1920, 1080))
    assert prompt == (
        "ink wash, old knight, scar across the cheek, Amber Eyes, kimono (clothes), drawing a sword, fine details "
        "--stylize 200 --ar 16:9 --no extra hands, blurry"
    )
    assert negative == ""


def test_midjourney_lines_cant_become_flags_or_weights():
    lines = [Said("subject", "a fox::2 red --v 3"), Said("style", "--ar 1:2"), Said("negative", "text --no fox")]
    assert write_as("midjourney", lines, shape=(4, 3)).prompt == "a fox red v 3 --ar 1:2 --no text no fox"


def test_danbooru_has_small_letters_underscores_and_escaped_brackets():
    lines = [*LINES, Said("face", "saber_(fate)"), Said("face", "(Amber eyes, smile:1.2)"), Said("subject", "BREAK")]
    prompt, negative = write_as("danbooru", lines)
    assert prompt == (
        "ink_wash, old_knight, scar_across_the_cheek, amber_eyes, kimono_\\(clothes\\), drawing_a_sword, fine_details, saber_\\(fate\\), smile"
    )
    assert negative == "extra_hands, blurry"


@pytest.mark.parametrize("dialect", ["sd", "prose", "midjourney", "danbooru"])
def test_nothing_in_is_nothing_out(dialect):
    assert write_as(dialect, []) == Written("", "")
    assert write_as(dialect, [Said("subject", "  "), Said("subject", "x", 0)]) == Written("", "")


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("amber eyes", "amber eyes"), ("hourglass figure", "an hourglass figure"), ("unicorn", "a unicorn"), ("silver hair", "silver hair"),
        ("red dress", "a red dress"), ("no eyebrows", "no eyebrows"), ("people in the rain", "people in the rain"), ("1girl", "1girl"),
        ("fighting stance", "a fighting stance"), ("drawing a sword", "drawing a sword"), ("эльф", "эльф"), ("gloves of silk", "gloves of silk"),
    ],
)  # fmt: skip
def test_articles(phrase, written):
    assert with_article(phrase) == written


def test_every_tag_of_the_library_is_said_in_prose():
    categories = tomllib.loads((ASSETS / "tags" / "categories.toml").read_text(encoding="utf-8"))["category"]
    for category in categories:
        with (ASSETS / "tags" / f"{category['name']}.csv").open(encoding="utf-8") as table:
            for row in csv.DictReader(table):
                assert any(row["en"] in said for said in write_as("prose", [Said(category["section"], row["en"])]))
