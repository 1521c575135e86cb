"""The engine that writes with a model on this machine, on a tiny real checkpoint in the layout of a published one."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from engines.prompt import instruct
from engines.prompt._wishes import NOTHING, rules, style_set, wish
from engines.words.llm_texts import instruction
from studio.cards import Cards
from studio.engine import Means, choose, discover
from studio.errors import Cancelled, StudioError, Unavailable
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import PromptRequest
from studio.texts import languages
from tests.words.tiny_llm import make, teach

PATIENCE_S = 120.0
CARD = "qwen3-1.7b"
LOCKED = Line(section="hair", text="silver hair", slot="hair_colour", weight=1.3, locked=True)
GIVEN = Sheet(lines=(Line(section="subject", text="an elf"), LOCKED, Line(section="outfit", text="a cloak")))
MEMORY = Residency(lambda device: 1 << 30)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "tiny")


def placed(folder: Path, tiny: Path, seed: int = 3) -> Run:
    """The card's files come by hand, as a user would bring them."""
    cards = Cards(Settings(data_dir=folder / "data"))
    for file in tiny.iterdir():
        cards.import_file(CARD, file)
    assert cards.installed(CARD)
    return Run.local(folder / "work", folder / "out", seed=seed, cards=cards, memory=MEMORY)


@pytest.fixture
def place(tmp_path, tiny) -> Run:
    MEMORY.unload_all()
    return placed(tmp_path, tiny)


def test_any_model_fills_a_whole_sheet(place):
    """This one knows nothing: every word is chance, and the sheet is whole all the same."""
    found = instruct.run(PromptRequest(idea="an old knight", language="zh-CN", style="ligne-claire"), place)
    lines = found.prompts[0].sheet.lines
    own = [line for line in lines if line.section != "style"]
    assert len(own) >= 5 and all(line.text.strip() and line.said.isprintable() for line in own)
    assert found.prompts[0].sheet.style == "ligne-claire" and any(line.section == "style" for line in lines)
    assert found.usage and found.usage.model == "Qwen3 1.7B" and found.usage.tokens_out > 100
    assert set(place.host.cards) == {CARD} and place.host.done[0] > 200


def test_what_the_model_knows_stands_in_the_sheet(tmp_path, tiny):
    """Taught with the very words that the studio sends: one letter less, and it would answer with chance."""
    folder = make(tmp_path / "taught")
    lines = [
        ("subject", "an old knight"), ("face", "a grey beard"), ("hair", "short white hair"), ("body", "broad shoulders"),
        ("outfit", "rusty plate armour"), ("held", "a chipped sword"), ("pose", "kneeling in mud"), ("setting", "heavy rain"),
    ]  # fmt: skip
    answer = {"sheets": [{"lines": [{"english": english, "section": section} for section, english in lines]}]}
    shape = instruction("shape", schema=json.dumps(instruct_form_schema(), ensure_ascii=False))
    first = {"role": "system", "content": f"{rules('en')['content']}\n\n{shape}"}
    asked = wish("expand", count=1, idea="an old knight in the rain", lines=NOTHING, style=style_set([]))
    teach(folder, [first, asked], json.dumps(answer))
    MEMORY.unload_all()
    found = instruct.run(PromptRequest(idea="an old knight in the rain"), placed(tmp_path, folder))
    assert [(line.section, line.said) for line in found.prompts[0].sheet.lines] == lines
    assert found.prompts[0].prompt.startswith("an old knight, a grey beard")


def instruct_form_schema() -> dict:
    from engines.prompt._forms import sheets_form

    return sheets_form(1, "en").schema


def test_locked_lines_stay_and_each_sheet_is_asked_for_alone(place):
    request = PromptRequest(idea="elf", ask="vary", count=2, sheet=GIVEN.model_dump_json(), model=CARD)
    found = instruct.run(request, place)
    assert len(found.prompts) == 2 and all(LOCKED in prompt.sheet.lines for prompt in found.prompts)
    assert found.prompts[0] != found.prompts[1]
    sharp = instruct.run(PromptRequest(ask="sharpen", line=2, sheet=GIVEN.model_dump_json()), place).prompts[0].sheet
    assert sharp.lines[:2] == GIVEN.lines[:2] and sharp.lines[2].said != "a cloak"


def test_the_same_seed_says_the_same(tmp_path, tiny):
    made = []
    for number, seed in enumerate((7, 7, 8)):
        (tmp_path / str(number)).mkdir()
        request = PromptRequest(ask="sharpen", line=2, count=2, sheet=GIVEN.model_dump_json())
        made.append(instruct.run(request, placed(tmp_path / str(number), tiny, seed)))
    assert made[0] == made[1] != made[2]


def test_a_job_is_cancelled_between_tokens(place, monkeypatch):
    steps: list[int] = []

    def step(self: Run, done: int, total: int | None, *, unit: str, **more: object) -> None:
        steps.append(done)
        if done > 20:
            raise Cancelled

    monkeypatch.setattr(Run, "step", step)
    with pytest.raises(Cancelled):
        instruct.run(PromptRequest(idea="elf"), place)
    assert 0 in steps and 20 < steps[-1] < 200


def test_a_picture_is_read_where_its_file_says_something(place, tmp_path):
    mute, told = tmp_path / "mute.png", tmp_path / "told.png"
    Image.new("RGB", (64, 64)).save(mute)
    words = PngImagePlugin.PngInfo()
    words.add_text("parameters", "silver elf\nSteps: 20")
    Image.new("RGB", (64, 64)).save(told, pnginfo=words)
    with pytest.raises(Unavailable) as caught:
        instruct.run(PromptRequest(picture=str(mute)), place)
    assert caught.value.key == "instruct.blind" and len({caught.value.text(lang) for lang in languages()}) == 3
    asked = instruct._read(PromptRequest(picture=str(told), idea="in rain"), place, place.card(CARD))
    assert asked.picture is None and asked.idea.startswith("in rain, silver elf")


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"draw": True, "engine": "instruct"}, "llm.no_draw"),
        ({"idea": "elf", "model": "blip-large"}, "instruct.no_writer"),
        ({"idea": "elf", "ask": "translate"}, "llm.no_sheet"),
    ],
)
def test_what_cannot_be_done_is_told(place, asked, key):
    with pytest.raises(StudioError) as caught:
        instruct.run(PromptRequest(**asked), place)
    assert caught.value.key == key


def test_without_a_model_it_says_what_is_missing(tmp_path):
    run = Run.local(tmp_path / "w", tmp_path / "o", cards=Cards(Settings(data_dir=tmp_path / "data")), memory=MEMORY)
    with pytest.raises(Unavailable) as missing:
        instruct.run(PromptRequest(idea="elf"), run)
    assert missing.value.key == "models.missing"


def test_who_writes():
    """A model that is here writes better than the library; a server that was set is wanted more; the request has the last word."""

    def chosen(installed: bool, services: set[str], **asked) -> str:
        means = Means(lambda card: installed and card == CARD, services=services)
        return choose("prompt", PromptRequest(**asked), means).engine.name

    assert chosen(True, set(), idea="elf") == "instruct"
    assert chosen(True, {"llm"}, idea="elf") == "llm"
    assert chosen(True, {"llm"}, idea="elf", model=CARD) == "instruct"
    assert chosen(True, set(), idea="elf", model="built-in") == "composer"
    assert chosen(True, {"llm"}, idea="elf", model="server") == "llm"
    assert chosen(True, set(), draw=True) == chosen(True, set(), idea="a", ask="apart", model=CARD) == "composer"
    assert chosen(False, set(), idea="elf") == "composer"
    with pytest.raises(Unavailable):
        chosen(False, set(), idea="elf", model=CARD)
    assert not [found.broken for found in discover("prompt") if found.broken]


def test_a_job_is_written_by_the_model_that_is_installed(tmp_path, tiny):
    """Progress counts characters, and the record names the card."""
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu"))) as studio:
        for file in tiny.iterdir():
            studio.cards.import_file(CARD, file)
        studio.start()
        job = studio.submit("prompt", {"ask": "sharpen", "line": 2, "sheet": GIVEN.model_dump_json()}, "ann")
        job = list(studio.watch(job.id, "ann", PATIENCE_S))[-1]
    assert (job.state, job.engine, job.error, job.unit) == ("done", "instruct", None, "characters")
    assert job.result["usage"]["model"] == "Qwen3 1.7B" and job.result["prompts"][0]["prompt"]
