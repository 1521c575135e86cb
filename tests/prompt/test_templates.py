"""Templates and word lists in the composer: what is drawn from them, and what is said where that can't be."""

import json
import zipfile
from collections import Counter
from types import SimpleNamespace

import pytest
from dynamicprompts.generators import CombinatorialPromptGenerator
from dynamicprompts.wildcards import WildcardManager

from engines.prompt.composer import run as compose
from engines.words.tags import library
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.sniff import look
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import PromptRequest


def composed(tmp_path, seed=7, **asked):
    run = Run.local(tmp_path / "work", tmp_path / "out", seed=seed)
    return SimpleNamespace(prompts=compose(PromptRequest(**asked), run).prompts, notes=run.host.notes)


def prompts(tmp_path, **asked):
    return [made.prompt for made in composed(tmp_path, **{"ask": "apart", **asked}).prompts]


def test_each_sheet_draws_the_idea_anew_and_the_same_for_a_seed(tmp_path):
    asked = {
        "idea": "a {3::knight|witch} with {amber eyes|violet eyes}, {2$$ and $$rain|snowfall|thick fog}",
        "count": 60,
    }
    made = prompts(tmp_path, **asked)
    assert made == prompts(tmp_path, **asked) != prompts(tmp_path, seed=8, **asked)
    assert prompts(tmp_path, **{**asked, "count": 9}) == made[:9]
    said = Counter(
        word for prompt in made for word in ("knight", "witch", "amber eyes", "violet eyes") if word in prompt
    )
    assert said["knight"] + said["witch"] == said["amber eyes"] + said["violet eyes"] == 60
    assert 0.6 * 60 < said["knight"] < 0.9 * 60
    assert not any(sign in prompt for prompt in made for sign in "{}|$")


def test_variables_hold_through_an_idea(tmp_path):
    for prompt in prompts(tmp_path, idea="${c=!{red|blue|green}} ${c} scarf of tin, ${c} hat of tin", count=20):
        colours = {colour for colour in ("red", "blue", "green") if colour in prompt}
        assert len(colours) == 1


def test_what_is_drawn_beside_a_template_does_not_go_against_it(tmp_path):
    own = library()
    made = composed(tmp_path, idea="a {bald head|twin braids} woman", count=40, draw=True).prompts
    for prompt in made:
        numbers = [
            own.number[line.said]
            for line in prompt.sheet.lines
            if line.section != "negative" and line.said in own.number
        ]
        assert own.apart[numbers][:, numbers].nnz == 0
    assert {"bald head", "twin braids"} <= {line.said for prompt in made for line in prompt.sheet.lines}


def test_every_category_is_a_word_list_with_its_weights_in_the_readers_language(tmp_path):
    known = {tag.names["zh-CN"]: tag for tag in library().of("hair_style")}
    made = composed(tmp_path, idea="__hair_style__", count=400, language="zh-CN", ask="apart").prompts
    drawn = Counter(line.text for prompt in made for line in prompt.sheet.lines)
    assert set(drawn) <= set(known) and len(drawn) > 50
    assert all(known[text].weight > 0 for text in drawn)
    often = [known[text].weight for text, _ in drawn.most_common(20)]
    assert sum(often) / 20 > 1.2 * sum(tag.weight for tag in known.values()) / len(known)
    both = prompts(tmp_path, idea="__hair_*__", count=100)
    assert {"hair_style", "hair_colour", "hair_length", "hair_ornament"} == {
        library().tags[library().number[prompt]].category for prompt in both
    }


def test_lists_of_ones_own_by_name(tmp_path):
    (tmp_path / "moods.txt").write_text("# mine\n9::tinjoy\ntinwoe{a|b}\n", encoding="utf-8")
    (tmp_path / "all.yaml").write_text(
        "metal:\n  soft: [tin, lead]\n  hard: [iron]\nhair_style: [tincurls]\n", encoding="utf-8"
    )
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("wildcards/beast/small.txt", "tinmouse\n")
        archive.writestr("wildcards/beast/deep.json", json.dumps({"more": ["__small__ x __metal/hard__"]}))
        archive.writestr("wildcards/readme.md", "nothing")
    lists = tuple(str(tmp_path / name) for name in ("moods.txt", "all.yaml", "packed.zip"))
    assert all(look(tmp_path / name, name, 9).kind == "file" for name in ("moods.txt", "all.yaml", "packed.zip"))

    def said(idea, count=30):
        return set(prompts(tmp_path, idea=idea, lists=lists, count=count))

    assert said("__moods__", 200) == {"tinjoy", "tinwoea", "tinwoeb"}
    assert said("__metal/*__") == {"tin", "lead", "iron"}
    assert said("__beast/more__") == {"tinmouse x iron"}
    assert said("__hair_style__") == {"tincurls"}


def test_a_list_that_the_idea_names_is_not_drawn_once_more(tmp_path):
    (tmp_path / "crown.txt").write_text("paper crown\ntin crown\n", encoding="utf-8")
    given = {"lists": (str(tmp_path / "crown.txt"),), "count": 20, "ask": "expand"}
    for idea, least, most in (("a queen with a __crown__", 1, 1), ("a queen", 1, 1)):
        for prompt in prompts(tmp_path, idea=idea, **given):
            assert least <= prompt.count("paper crown") + prompt.count("tin crown") <= most


def test_what_a_list_says_stays_whole(tmp_path):
    (tmp_path / "all.yaml").write_text("crown: [red paper crown]\n", encoding="utf-8")
    (made,) = composed(
        tmp_path, idea="a girl with a __crown__", lists=(str(tmp_path / "all.yaml"),), ask="apart"
    ).prompts
    assert {line.said for line in made.sheet.lines} == {"girl", "red paper crown"}


def test_a_locked_line_is_drawn_for_each_sheet_and_its_english_with_it(tmp_path):
    line = Line(section="outfit", text="{红|蓝}锡帽", english="{red|blue} tin hat", locked=True)
    sheet = Sheet(lines=(line,)).model_dump_json()
    made = composed(tmp_path, sheet=sheet, draw=True, count=30).prompts
    pairs = {(found.text, found.english) for prompt in made for found in prompt.sheet.lines if found.locked}
    assert pairs == {("红锡帽", "red tin hat"), ("蓝锡帽", "blue tin hat")}


def test_a_matrix_of_an_idea_is_what_dynamic_prompts_makes_of_it(tmp_path):
    (tmp_path / "metal.txt").write_text("tin\nlead\n", encoding="utf-8")
    idea = "{one|two|{three|four}} hats of __metal__, {red|blue} bird, x, y"
    theirs = list(CombinatorialPromptGenerator(WildcardManager(tmp_path)).generate(idea, 99))
    ours = prompts(tmp_path, idea=idea, ask="matrix", count=16, lists=(str(tmp_path / "metal.txt"),))
    assert len(theirs) == len(ours) == 16
    assert set(ours) == set(theirs)


def test_a_large_matrix_is_sampled_and_said_so(tmp_path):
    some = composed(tmp_path, idea="__place__ of tin, __weapon__ of tin", ask="matrix", count=12)
    assert len({made.prompt for made in some.prompts}) == 12
    assert [key for key, _ in some.notes] == ["prompt.sampled"]
    lines = (Line(section="setting", text="__place__"), Line(section="held", text="{tin|lead} __weapon__"))
    sheet = Sheet(lines=lines).model_dump_json()
    assert len({made.prompt for made in composed(tmp_path, sheet=sheet, ask="matrix", count=12).prompts}) == 12


@pytest.mark.parametrize(
    ("idea", "key", "words"),
    [
        ("a __hairstyle__ girl", "words.other_lists", ["hairstyle", "hair_style"]),
        ("a __weapons__", "words.other_lists", ["weapons", "weapon"]),
        ("a {red|blue coat", "words.not_closed", ["{red|blue coat"]),
        ("${x} hat", "words.no_variable", ["x"]),
        ("__turn__", "words.loops", []),
        ("{__turn__|__turn__}", "words.loops", []),
        ("__wide__", "words.grows", []),
    ],
)
def test_what_cannot_be_drawn_is_said_at_once(tmp_path, idea, key, words):
    (tmp_path / "turn.yaml").write_text('turn: ["__turn__ x"]\nwide: ["__wide1__ __wide1__"]\n', encoding="utf-8")
    more = {f"wide{n}": [f"__wide{n + 1}__ __wide{n + 1}__"] for n in range(1, 20)} | {"wide20": ["x"]}
    (tmp_path / "wide.json").write_text(json.dumps(more), encoding="utf-8")
    lists = (str(tmp_path / "turn.yaml"), str(tmp_path / "wide.json"))
    for ask in ("apart", "expand"):
        with pytest.raises(BadInput) as told:
            composed(tmp_path, idea=idea, ask=ask, lists=lists)
        assert told.value.key == key and all(word in str(told.value) for word in words)


def test_a_finished_prompt_with_its_settings_is_left_as_it_is(tmp_path):
    text = "masterpiece, {very} calm, __eyes__\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512"
    assert prompts(tmp_path, idea=text) == ["masterpiece, {very} calm, __eyes__"]
    plain = "a __ b # c, snake_case_word // of tin, x, y"
    assert prompts(tmp_path, idea=plain) == [plain]


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing", b"", b"PK\x05\x06" + b"\0" * 18])
def test_a_zip_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(BadInput):
        look(tmp_path / "bad.zip", "bad.zip", 9)


def test_a_zip_bomb_is_refused_before_it_fills_anything(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.txt", b"a\n" * 4_000_000)
    with pytest.raises(LimitReached):
        composed(tmp_path, idea="__1__", lists=(str(tmp_path / "bomb.zip"),))


def test_more_lines_than_a_sheet_holds_are_told(tmp_path):
    with pytest.raises(LimitReached):
        composed(tmp_path, idea=", ".join(f"thing{number}" for number in range(300)), ask="apart")
