"""A language model on this machine, on a tiny real checkpoint in the layout of a published one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.prompt._forms import sheets_form, translation_form, versions_form
from engines.words.llm_json import Writer
from engines.words.llm_sample import pick
from engines.words.local_llm import AT_ONCE, LocalModel
from studio.cards import Cards
from studio.errors import Cancelled, LimitReached, Unavailable
from studio.settings import Settings
from studio.texts import languages
from tests.words.tiny_llm import CONTEXT, make, teach

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who goes there?"}]
THING = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "kind": {"enum": ["hat", "sword"]}},
    "required": ["name", "kind"],
    "additionalProperties": False,
}


def quiet(count: int, said: str) -> None:
    return


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def tiny(folder) -> LocalModel:
    return LocalModel(folder, name="Tiny")


@pytest.fixture(scope="module")
def taught(folder, tmp_path_factory) -> LocalModel:
    """Answers who goes there with a cat, not with JSON."""
    copy = tmp_path_factory.mktemp("models") / "taught"
    shutil.copytree(folder, copy)
    teach(copy, HELLO, "Only the cat — только кот 猫.")
    return LocalModel(copy, name="Taught")


def asked(seed: int, schema: dict | None = THING, **more) -> dict:
    form = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}} if schema else {}
    return {"seed": seed, "temperature": 0.8, "stream_options": {}, **form, **more}


def test_a_published_layout_is_read(folder, tiny, tmp_path):
    card = Cards(Settings(data_dir=tmp_path)).get("qwen3-1.7b")
    assert {file.name for file in folder.iterdir()} == {file.name for file in card.files}
    assert tiny.resident_bytes == sum(part.numel() * 4 for part in tiny._model.parameters())


def test_what_a_model_was_taught_is_what_it_says(taught):
    """Also letters that are several tokens; and the template's switch against thinking aloud is set."""
    counts: list[int] = []
    answer = taught.chat(HELLO, lambda count, said: counts.append(count), seed=1, temperature=0.0)
    assert answer.text == "Only the cat — только кот 猫."
    assert counts == sorted(counts) and counts[-1] >= len(answer.text) - 2, "the caller hears of every token"
    prompt = taught._tokenizer.decode(taught._asked(HELLO))
    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n") and "Who goes there?" in prompt
    assert (answer.model, answer.tokens_in) == ("Taught", len(taught._asked(HELLO))) and answer.tokens_out > 10


def test_a_schema_is_kept_whatever_the_model_thinks(tiny, taught):
    for model in (tiny, taught):
        for seed in range(6):
            found = json.loads(model.chat(HELLO, quiet, **asked(seed)).text)
            assert set(found) == {"name", "kind"} and found["kind"] in ("hat", "sword") and len(found["name"]) <= 12


def test_the_same_seed_gives_the_same_answer(tiny):
    once = [tiny.chat(HELLO, quiet, **asked(seed)).text for seed in range(4)]
    assert once == [tiny.chat(HELLO, quiet, **asked(seed)).text for seed in range(4)]
    assert len(set(once)) > 1


@pytest.mark.parametrize("after", [0, 1, 12])
def test_it_stops_between_tokens(tiny, after):
    """While the question is read, too."""
    seen: list[int] = []

    def tick(count: int, said: str) -> None:
        seen.append(count)
        if len(seen) > after:
            raise Cancelled

    question = [{"role": "user", "content": "why? " * AT_ONCE["cpu"]}]
    with pytest.raises(Cancelled):
        tiny.chat(question, tick, seed=1)
    assert len(seen) == after + 1


def test_a_long_question_is_told(tiny):
    with pytest.raises(LimitReached) as caught:
        tiny.chat([{"role": "user", "content": "\u2603" * CONTEXT}], quiet)
    assert caught.value.key == "llm.context" and caught.value.params == {"model": "Tiny"}


def test_an_endless_answer_is_told(tiny, monkeypatch):
    monkeypatch.setattr("engines.words.local_llm.MOST_TOKENS", 300)
    endless = {"type": "object", "properties": {"s": {"type": "string", "minLength": 5000}}, "required": ["s"]}
    with pytest.raises(LimitReached) as caught:
        tiny.chat(HELLO, quiet, **asked(1, endless))
    assert caught.value.key == "llm.length"


def test_pictures_and_foreign_files_are_told(tiny, folder, tmp_path):
    picture = [{"role": "user", "content": [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {}}]}]
    bare = shutil.copytree(folder, tmp_path / "bare")
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    (bare / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": None}))
    broken = shutil.copytree(folder, tmp_path / "broken")
    next(broken.glob("*.safetensors")).write_bytes(b"no weights")
    cases: list[tuple[str, Callable[[], object]]] = [
        ("instruct.blind", lambda: tiny.chat(picture, quiet)),
        ("instruct.foreign", lambda: LocalModel(bare, name="Bare")),
        ("instruct.foreign", lambda: LocalModel(broken, name="Broken")),
    ]
    for key, action in cases:
        with pytest.raises(Unavailable) as caught:
            action()
        assert caught.value.key == key
        assert len({caught.value.text(lang) for lang in languages()}) == 3


@pytest.mark.parametrize(
    "form",
    [
        sheets_form(1, "en"),
        sheets_form(1, "ru"),
        versions_form(3, "zh-CN"),
        translation_form([0, 2, 3]),
    ],
)
def test_a_model_that_knows_nothing_still_fills_the_forms(tiny, form):
    """Shape, numbers and lengths can't be wrong at the first try; which line it translates is its own affair."""
    said = tiny.chat(HELLO, quiet, **asked(3, form.strict_schema)).text
    form.shape.model_validate_json(said)
    if form.name != "translation":
        form.read(json.loads(said))


def test_the_writer_needs_no_repair(tiny):
    writer = Writer(tiny, seed=5)
    found = writer.ask(HELLO, versions_form(2, "en"), quiet)
    assert len(found.lines) == 2 and all(line.english.strip() for line in found.lines)
    assert writer.tally.tokens_out > 0 and (writer.tally.model, writer.tally.cost) == ("Tiny", None)
    longer = len(tiny._asked(HELLO)) + 100
    assert writer.tally.tokens_in > longer, "the form also stands in the question, in words"


def test_tokens_come_as_often_as_they_are_likely():
    scores = np.log(np.array([0.1, 0.6, 0.3, 1e-9], np.float32))
    chance = np.random.default_rng(0)
    drawn = [pick(scores, chance, 1.0) for _ in range(4000)]
    assert np.abs(np.bincount(drawn, minlength=4) / 4000 - [0.1, 0.6, 0.3, 0]).max() < 0.03
    assert {pick(scores, chance, 1.0, mass=0.7) for _ in range(200)} == {1, 2}
    assert {pick(scores, chance, 1.0, most=1) for _ in range(50)} == {1} == {pick(scores, chance, 0.0)}
    barred = np.where([True, False, True, True], scores, -np.inf).astype(np.float32)
    assert {pick(barred, chance, 1.0) for _ in range(200)} == {0, 2}
    colder = [pick(scores, chance, 0.5) for _ in range(2000)]
    assert colder.count(1) > 2000 * 0.72
