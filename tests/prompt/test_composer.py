"""The embedded engine on the real library: ideas in three languages, draws, locks, variations and lists of one's own."""

import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydantic import ValidationError

from engines.prompt.composer import run as compose
from engines.words.tags import library
from studio.errors import BadInput, Unavailable
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.prompt import PromptRequest

PHOTO = ASSETS / "samples" / "mona_lisa.jpg"
FINISHED = "masterpiece, 1girl, twin braids, (silver rain:1.3), [dull sky], <lora:inked:0.8>, looking back \\(calm\\)"
AVOIDED = "(worst quality:1.4), extra fingers, text"
SETTINGS = "Steps: 28, Sampler: Euler a, CFG scale: 6, Seed: 123, Size: 832x1216"
IDEAS = {
    "en": "a red-haired girl with twin braids and a longsword in the rain, without freckles",
    "zh-CN": "一个红发少女，双辫，手持长剑，没有雀斑",
    "ru": "девочка с рыжими волосами и длинным мечом, без веснушек",
}


def composed(tmp_path, seed=7, **asked):
    run = Run.local(tmp_path / "work", tmp_path / "out", seed=seed)
    return compose(PromptRequest(**asked), run).prompts


def said(prompt, section=None):
    return [line.said for line in prompt.sheet.lines if section in (None, line.section)]


@pytest.mark.parametrize("lang", IDEAS)
def test_an_idea_becomes_lines_in_its_language(tmp_path, lang):
    (prompt,) = composed(tmp_path, idea=IDEAS[lang], language=lang, ask="apart")
    slots = {line.slot: line for line in prompt.sheet.lines if line.section != "negative"}
    assert {"presence", "hair_colour", "weapon"} <= set(slots)
    assert slots["hair_colour"].english == "ginger hair" and slots["weapon"].english == "knightly longsword"
    assert slots["weapon"].text == library().tags[library().number["knightly longsword"]].names[lang]
    (denied,) = [line for line in prompt.sheet.lines if line.section == "negative"]
    assert "freckles" in denied.english and "freckles" in prompt.negative and "freckles" not in prompt.prompt


def test_what_the_idea_does_not_say_is_drawn_and_never_against_it(tmp_path):
    for prompt in composed(tmp_path, idea=IDEAS["en"], count=40):
        slots = [line.slot for line in prompt.sheet.lines if line.section != "negative" and line.slot]
        assert len(slots) == len(set(slots)) >= 12
        assert not any("freckles" in line.english for line in prompt.sheet.lines if line.section != "negative")
        assert slots.count("hair_style") == 1 and "twin braids" in said(prompt, "hair")


def test_words_that_no_tag_says_stay_as_they_are(tmp_path):
    (prompt,) = composed(tmp_path, idea="an old wizard made of cheese", ask="apart")
    lines = {line.said: line for line in prompt.sheet.lines}
    assert lines["made of cheese"].section == "subject" and lines["wizard"].slot == "role"
    (weighed,) = composed(tmp_path, idea="an old wizard, (holding a jar of yesterdays:1.3)", ask="apart")
    assert weighed.prompt == "an old wizard, (holding a jar of yesterdays:1.3)"


def test_a_style_is_stated_not_named(tmp_path):
    style = library().styles["cyberpunk-neon"]
    (prompt,) = composed(tmp_path, draw=True, style="cyberpunk-neon")
    assert all(stated in prompt.prompt for stated in style.states.values())
    assert style.negative in prompt.negative and "cyberpunk-neon" not in prompt.prompt
    assert prompt.sheet.style == "cyberpunk-neon"
    with pytest.raises(BadInput):
        composed(tmp_path, draw=True, style="no such style")


def test_the_same_seed_gives_the_same_sheets_and_another_others(tmp_path):
    first, again, other = (composed(tmp_path, seed, draw=True, count=60) for seed in (7, 7, 8))
    assert first == again != other
    assert len({prompt.prompt for prompt in first}) == 60
    assert composed(tmp_path, 7, draw=True, count=55) == first[:55]


def test_locked_lines_stay_and_the_rest_is_drawn_anew(tmp_path):
    (start,) = composed(tmp_path, draw=True)
    kept = next(line for line in start.sheet.lines if line.slot == "role").model_copy(update={"locked": True})
    lines = [kept if line.slot == "role" else line for line in start.sheet.lines]
    sheet = start.sheet.model_copy(update={"lines": tuple(lines)}).model_dump_json()
    for prompt in composed(tmp_path, 9, sheet=sheet, draw=True, count=20):
        assert kept in prompt.sheet.lines and [line.slot for line in prompt.sheet.lines].count("role") == 1
        assert prompt.sheet != start.sheet


def test_variations_keep_most_and_directions_go_far(tmp_path):
    (start,) = composed(tmp_path, draw=True, style="storybook-watercolour", spread=0.3)
    given = {"sheet": start.sheet.model_dump_json(), "count": 30, "spread": 0.3}
    own = set(said(start))

    def shared(**asked):
        made = composed(tmp_path, 11, **given, **asked)
        return sum(len(own & set(said(prompt))) / len(own) for prompt in made) / len(made)

    assert shared(ask="vary") > 0.6 > shared(ask="directions", draw=True)


def test_a_matrix_is_all_combinations_or_a_sample_of_them(tmp_path):
    idea = "knight, {red|blue|green} cloak, {sword|bow} in hand, rain"
    every = composed(tmp_path, idea=idea, ask="matrix", count=6)
    wanted = {
        f"knight, {colour} cloak, {thing} in hand, rain"
        for colour in ("red", "blue", "green")
        for thing in ("sword", "bow")
    }
    assert len(every) == 6 and {prompt.prompt for prompt in every} == wanted
    some = composed(tmp_path, idea=idea, ask="matrix", count=4)
    assert len({prompt.prompt for prompt in some}) == 4 and {prompt.prompt for prompt in some} <= wanted
    assert composed(tmp_path, 8, sheet=every[0].sheet.model_dump_json(), ask="matrix") == (every[0],)
    with pytest.raises(BadInput):
        composed(tmp_path, idea="knight, {red|blue cloak, one, two", ask="matrix")


def test_lists_of_ones_own_take_part(tmp_path):
    words = tmp_path / "crowns.txt"
    words.write_text("# mine\npaper crown\n\ncrown of thorns and stars\n", encoding="utf-8")
    drawn = [line for prompt in composed(tmp_path, draw=True, lists=(str(words),), count=30) for line in said(prompt)]
    assert {"paper crown", "crown of thorns and stars"} <= set(drawn)
    (prompt,) = composed(tmp_path, idea="a queen with a paper crown", lists=(str(words),), ask="apart")
    assert "paper crown" in said(prompt)
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"table\.csv"):
        composed(tmp_path, draw=True, lists=(str(table),))


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({}, "prompt.nothing"),
        ({"sheet": "{"}, "prompt.bad_sheet"),
        ({"sheet": json.dumps({"lines": [{}]})}, "prompt.bad_sheet"),
    ],
)
def test_what_cannot_be_read_is_refused(asked, key):
    with pytest.raises(ValidationError, match=key):
        PromptRequest(**asked)


@pytest.mark.parametrize("asked", [{"ask": "translate"}, {"ask": "sharpen"}, {"picture": str(PHOTO)}])
def test_what_only_a_model_can_do_is_said(tmp_path, asked):
    with pytest.raises(Unavailable):
        composed(tmp_path, idea="a knight", **asked)


def test_a_finished_prompt_comes_back_word_for_word(tmp_path):
    (prompt,) = composed(tmp_path, idea=f"{FINISHED}\nNegative prompt: {AVOIDED}\n{SETTINGS}", ask="apart")
    assert (prompt.prompt, prompt.negative) == (FINISHED, AVOIDED)
    lines = {line.said: line for line in prompt.sheet.lines}
    assert lines["twin braids"].slot == "hair_style" and lines["silver rain"].weight == 1.3
    again = composed(tmp_path, idea=f"{prompt.prompt}\nNegative prompt: {prompt.negative}", ask="apart")
    assert again == [prompt] or again == (prompt,)


def test_the_prompt_in_a_picture_is_read(tmp_path):
    notes = PngInfo()
    notes.add_text("parameters", f"{FINISHED}\nNegative prompt: {AVOIDED}\n{SETTINGS}")
    Image.new("RGB", (8, 8)).save(tmp_path / "made.png", pnginfo=notes)
    (prompt,) = composed(tmp_path, picture=str(tmp_path / "made.png"), ask="apart")
    assert (prompt.prompt, prompt.negative) == (FINISHED, AVOIDED)


@pytest.mark.parametrize("idea", ["", " ", "，，，", "🦄", "(((", "a" * 4000, "red " * 900, "{a|b}"])
def test_any_idea_is_taken(tmp_path, idea):
    (prompt,) = composed(tmp_path, idea=idea, draw=True)
    assert prompt.prompt
