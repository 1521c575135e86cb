"""The language model as an engine of prompts, against a real server."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from engines.prompt._author import MOST_SHEETS
from engines.prompt.llm import run as write
from engines.words.tags import library
from studio.engine import Means, choose
from studio.errors import Cancelled, StudioError
from studio.run import Run
from studio.services import Services
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import PromptRequest
from studio.texts import languages
from tests.words.llm_server import KEY, MODEL, LlmServer, drips, error, llm_server, says

LOCKED = Line(
    section="hair", text="серебряные волосы", english="silver hair", slot="hair_colour", weight=1.3, locked=True
)
GIVEN = Sheet(
    lines=(
        Line(section="subject", text="an elf", weight=0.8),
        LOCKED,
        Line(section="outfit", text="a cloak"),
        Line(section="setting", text="лес", english="a forest"),
    )
)


def sheet(*lines: tuple[str, str], text: str = "") -> dict:
    return {
        "lines": [{"section": part, "english": english, **({"text": text} if text else {})} for part, english in lines]
    }


ELF = sheet(("subject", "a tall elf"), ("hair", "silver hair"), ("outfit", "grey wool cloak"), ("negative", "blur"))
MAGE = sheet(("subject", "an old mage"), ("face", "deep wrinkles"))


def made(folder: Path, server: LlmServer, seed: int = 3, **asked):
    given = Services().read({"llm": {"url": server.url, "key": KEY, "model": MODEL}})
    run = Run.local(folder / "work", folder / "out", seed=seed, services=given)
    return write(PromptRequest(**asked), run)


def lines_of(prompt) -> list[tuple[str, str]]:
    return [(line.section, line.said) for line in prompt.sheet.lines]


def test_an_idea_is_worked_out(tmp_path):
    with llm_server(says({"sheets": [ELF]})) as server:
        found = made(tmp_path, server, idea="эльф в плаще")
    assert lines_of(found.prompts[0]) == [(line["section"], line["english"]) for line in ELF["lines"]]
    assert found.prompts[0].sheet.lines[1].slot == "hair_colour", "the tag library knows it"
    assert "grey wool cloak" in found.prompts[0].prompt and "blur" in found.prompts[0].negative
    assert found.usage and (found.usage.model, found.usage.tokens_in, found.usage.cost) == (MODEL, 100, None)
    assert "эльф в плаще" in server.said() and server.asked[0]["seed"] == 3


def test_the_readers_language_stands_beside_the_english(tmp_path):
    with llm_server(says({"sheets": [sheet(("subject", "a tall elf"), text="高个子精灵")]})) as server:
        line = made(tmp_path, server, idea="精灵", language="zh-CN").prompts[0].sheet.lines[0]
    assert (line.text, line.english, line.said) == ("高个子精灵", "a tall elf", "a tall elf")
    assert "Simplified Chinese" in server.said()


@pytest.mark.parametrize("ask", ["expand", "vary", "directions"])
def test_locked_lines_stay_exactly(tmp_path, ask):
    bad = sheet(("hair", "SILVER hair"), ("hair", "red hair"), ("subject", "a tall elf"))
    with llm_server(says({"sheets": [bad]})) as server:
        found = made(tmp_path, server, idea="elf", ask=ask, sheet=GIVEN.model_dump_json())
    assert LOCKED in found.prompts[0].sheet.lines
    assert [line.said for line in found.prompts[0].sheet.lines].count("silver hair") == 1
    assert "(silver hair:1.3)" in found.prompts[0].prompt
    assert '\\"locked\\": true' in server.said()


def test_many_directions_come_a_few_at_a_time_and_know_each_other(tmp_path):
    with llm_server(says({"sheets": [ELF] * 4}), says({"sheets": [MAGE] * 3})) as server:
        found = made(tmp_path, server, idea="somebody", ask="directions", count=6)
    assert len(found.prompts) == 6 and len(server.asked) == 2
    assert "grey wool cloak" in server.said(1) and "grey wool cloak" not in server.said(0)
    assert found.usage and found.usage.tokens_out == 40


def test_a_style_of_the_library_is_stated_whatever_the_model_says(tmp_path):
    style = library().style("ligne-claire")
    with llm_server(says({"sheets": [sheet(("subject", "an elf"), ("style", "oil paint"))]})) as server:
        found = made(tmp_path, server, idea="elf", style="ligne-claire").prompts[0]
    said = [line.said for line in found.sheet.lines]
    assert "oil paint" not in said and style.states["line"] in said and found.sheet.style == "ligne-claire"
    assert style.states["line"] in server.said()


def test_one_line_is_sharpened_and_the_others_stay(tmp_path):
    versions = {"lines": [{"english": "a moss-green felt cloak"}, {"english": "a torn grey cloak"}]}
    with llm_server(says(versions)) as server:
        found = made(tmp_path, server, ask="sharpen", line=2, count=2, sheet=GIVEN.model_dump_json())
    for prompt, version in zip(found.prompts, versions["lines"], strict=True):
        assert prompt.sheet.lines[2].said == version["english"]
        assert prompt.sheet.lines[:2] + prompt.sheet.lines[3:] == GIVEN.lines[:2] + GIVEN.lines[3:]


def test_translation_changes_only_what_is_read(tmp_path):
    answer = [
        {"number": 0, "text": "эльф", "english": "SOMETHING ELSE"},
        {"number": 1, "text": "нет", "english": "no"},
        {"number": 2, "text": "плащ", "english": "cape"},
        {"number": 3, "text": "лес", "english": "woods"},
    ]
    with llm_server(says({"lines": answer})) as server:
        found = made(tmp_path, server, ask="translate", language="ru", sheet=GIVEN.model_dump_json()).prompts[0]
    assert [line.text for line in found.sheet.lines] == ["эльф", LOCKED.text, "плащ", "лес"]
    assert [line.said for line in found.sheet.lines] == ["an elf", "silver hair", "a cloak", "a forest"]
    assert found.sheet.lines[1] == LOCKED and found.sheet.lines[0].weight == 0.8


def test_a_foreign_line_gets_its_english_when_translated(tmp_path):
    given = Sheet(lines=(Line(section="setting", text="лес"),))
    with llm_server(says({"lines": [{"number": 0, "text": "森林", "english": "a forest"}]})) as server:
        found = made(tmp_path, server, ask="translate", language="zh-CN", sheet=given.model_dump_json())
    assert (found.prompts[0].sheet.lines[0].text, found.prompts[0].prompt) == ("森林", "a forest")


def test_a_picture_says_the_character_anew(tmp_path):
    picture = tmp_path / "elf.png"
    Image.new("RGBA", (3000, 1500), (200, 30, 30, 128)).save(picture)
    seen = sheet(("subject", "a red figure"), ("hair", "red hair"), ("setting", "a plain"), ("style", "flat colour"))
    with llm_server(says({"sheets": [seen]})) as server:
        found = made(tmp_path, server, picture=str(picture), sheet=GIVEN.model_dump_json()).prompts[0]
    said = lines_of(found)
    assert LOCKED in found.sheet.lines and ("subject", "a red figure") in said and ("setting", "a forest") in said
    assert (
        ("setting", "a plain") not in said and ("outfit", "a cloak") not in said and ("subject", "an elf") not in said
    )
    part = server.asked[0]["messages"][1]["content"][1]["image_url"]["url"]
    sent = Image.open(io.BytesIO(base64.b64decode(part.removeprefix("data:image/jpeg;base64,"))))
    assert (sent.format, sent.size) == ("JPEG", (1024, 512))
    assert sent.getpixel((5, 5))[0] > 200 and 120 < sent.getpixel((5, 5))[1] < 160, "laid over white"


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ({"sheets": []}, "0 of 1"),
        ({"sheets": [sheet(("sbject", "an elf"))]}, "subject"),
        ({"sheets": [sheet(("subject", "высокий эльф"))]}, "must be in English"),
        ({"sheets": [sheet(("subject", " "))]}, "must not be empty"),
        ({"sheets": [sheet(("subject", "a" * 501))]}, "at most 500"),
        ({"sheets": [{"lines": []}]}, "there must be 1"),
    ],
)
def test_what_does_not_fit_the_sheet_is_repaired(tmp_path, bad, problem):
    with llm_server(says(bad), says({"sheets": [ELF]})) as server:
        assert len(made(tmp_path, server, idea="elf").prompts[0].sheet.lines) == 4
    assert problem in json.dumps(server.asked[1]["messages"][-1], ensure_ascii=False)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"draw": True}, "llm.no_draw"),
        ({"idea": "elf", "count": MOST_SHEETS + 1}, "llm.count"),
        ({"idea": "elf", "ask": "translate"}, "llm.no_sheet"),
        ({"ask": "sharpen", "sheet": GIVEN.model_dump_json()}, "llm.no_line"),
        ({"ask": "sharpen", "line": 1, "sheet": GIVEN.model_dump_json()}, "llm.locked"),
        ({"idea": "elf"}, "llm.broken"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, asked, key):
    with llm_server(says("I am a teapot {")) as server, pytest.raises(StudioError) as caught:
        made(tmp_path, server, **asked)
    assert caught.value.key == key
    assert len({caught.value.text(lang) for lang in languages()}) == 3


def test_a_server_that_breaks_down_on_the_way_ends_the_work(tmp_path):
    with llm_server(says({"sheets": [ELF] * 4}), error(401, "bad key")) as server, pytest.raises(StudioError) as caught:
        made(tmp_path, server, idea="elf", ask="vary", count=6)
    assert caught.value.key == "llm.key"


def test_a_cancelled_job_stops_while_words_come(tmp_path, monkeypatch):
    steps: list[int] = []

    def step(self: Run, done: int, total: int | None, *, unit: str, **more: object) -> None:
        steps.append(done)
        if done > 2:
            raise Cancelled

    monkeypatch.setattr(Run, "step", step)
    with llm_server(drips(0.02)) as server, pytest.raises(Cancelled):
        made(tmp_path, server, idea="elf")
    assert steps[-1] > 2


def test_the_composer_works_where_no_server_is_set():
    def chosen(services: set[str], **asked) -> str:
        return choose("prompt", PromptRequest(**asked), Means(lambda card: False, services=services)).engine.name

    assert chosen({"llm"}, idea="elf") == "llm"
    assert chosen(set(), idea="elf") == "composer"
    assert chosen({"llm"}, draw=True) == "composer", "a draw is the library's"
    assert chosen({"llm"}, idea="elf", ask="apart") == "composer"
