"""Answers of a form: the ladder, the repair, what is left out for servers that don't know it, tokens and prices."""

import json
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from engines.words.llm_json import Form, NoForm, Writer, objects, phrases
from engines.words.llm_price import Tally, price
from engines.words.llm_stream import Answer
from engines.words.llm_texts import FOLDER, instruction
from studio.errors import StudioError
from tests.words.llm_server import MODEL, error, fails, in_one, llm_server, says
from tests.words.test_llm_client import HELLO, client, told


class Thing(BaseModel):
    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    name: str
    kind: Literal["hat", "sword"]


HAT = Thing(name="pointed hat", kind="hat")
GOOD = HAT.model_dump()
THING = Form("thing", Thing, lambda found: "" if found.name else "name: must not be empty")


def ask(*answers, **settings):
    with llm_server(*answers) as server:
        writer = Writer(client(server.url, **settings), seed=7)
        try:
            return writer.ask(HELLO, THING, lambda count, said: None), server, writer
        except NoForm as problem:
            return problem, server, writer


def test_the_first_rung_sends_the_schema():
    found, server, _ = ask(says(GOOD))
    assert found == HAT
    sent = server.asked[0]
    assert sent["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["seed"] == 7 and sent["stream_options"] == {"include_usage": True}
    assert "schema" not in server.said()


def test_a_server_without_schemas_gets_them_in_words():
    found, server, writer = ask(error(400, "json_schema is not supported"), says(GOOD))
    assert found == HAT
    assert server.asked[1]["response_format"] == {"type": "json_object"}
    assert "JSON schema" in server.said() and "sword" in server.said()
    assert writer._rung == 1


def test_a_server_without_json_is_asked_in_plain_words():
    refusals = [error(400, "unknown field response_format"), error(422, "response_format?")]
    found, server, _ = ask(*refusals, says(f"Here you are:\n```json\n{json.dumps(GOOD)}\n```"))
    assert found == HAT
    assert [sent.get("response_format", {}).get("type") for sent in server.asked] == [
        "json_schema",
        "json_object",
        None,
    ]


@pytest.mark.parametrize("name", ["temperature", "seed", "stream_options"])
def test_only_what_the_server_names_is_left_out(name):
    found, server, _ = ask(error(400, f"Unsupported value: '{name}'"), says(GOOD))
    assert found == HAT
    assert name in server.asked[0] and name not in server.asked[1]
    assert server.asked[1]["response_format"]["type"] == "json_schema"


def test_a_server_that_understands_nothing_is_told():
    with pytest.raises(StudioError) as caught:
        ask(error(400, "I <b>don't</b> like you"))
    assert caught.value.key == "llm.rejected" and caught.value.params["said"].endswith("i don't like you error")
    told(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        f"<think>Maybe {{\"name\": \"a\", \"kind\": \"sword\"}}?</think>{json.dumps(GOOD)}",
        f"{{oops}} {json.dumps(GOOD)} and more",
        json.dumps({**GOOD, "more": 1}),
        json.dumps([GOOD]),
    ],
)  # fmt: skip
def test_objects_are_found_among_other_things(words):
    found, server, _ = ask(says(words))
    assert found == HAT and len(server.asked) == 1


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ('{"name": "pointed hat"}', "kind"),
        ('{"name": "pointed hat", "kind": "boat"}', "hat"),
        ('{"name": "", "kind": "hat"}', "must not be empty"),
        ('{"name": "pointed hat", "ki', "no JSON object"),
        ("I'd rather talk.", "no JSON object"),
    ],
)
def test_a_bad_answer_is_repaired_once(first, problem):
    found, server, writer = ask(says(first), says(GOOD))
    assert found == HAT
    repair = server.asked[1]["messages"][-2:]
    assert repair[0] == {"role": "assistant", "content": first}
    assert problem in repair[1]["content"]
    assert writer.tally.tokens_in == 200 and writer.tally.tokens_out == 40


def test_two_bad_answers_are_told():
    problem, server, _ = ask(says("no idea"))
    assert isinstance(problem, NoForm) and len(server.asked) == 2
    assert problem.told().params == {"said": "no idea"}
    told(problem.told())


def test_endless_braces_end():
    assert list(objects("{" * 100_000)) == []


def test_tokens_and_prices():
    with llm_server(says(GOOD)) as server:
        writer = Writer(client(server.url), seed=0)
        writer.ask(HELLO, THING, lambda count, said: None)
    assert (writer.tally.model, writer.tally.tokens_in, writer.tally.cost) == (MODEL, 100, None)
    assert price("https://api.openai.com/v1", "gpt-4o-mini", 1_000_000, 1_000_000) == pytest.approx(0.75)
    assert price("https://api.openai.com/v1", "gpt-4o-mini-2024-07-18", 1_000_000, 0) == pytest.approx(0.15)
    assert price("https://elsewhere.example/v1", "gpt-4o-mini", 1_000_000, 0) is None
    assert price("https://api.openai.com/v1", "gpt-4o-mini-audio", 1_000_000, 0) is None
    tally = Tally("https://api.openai.com/v1")
    tally.add(Answer("", "gpt-5", 1000, 1000))
    assert tally.cost == pytest.approx(0.01125)
    tally.add(Answer("", "another", 1000, 1000))
    tally.add(Answer("", "gpt-5", 1000, 1000))
    assert tally.cost is None and tally.tokens_out == 3000


def test_a_server_that_counts_nothing_costs_nothing_known():
    found, _, writer = ask(in_one({"role": "assistant", "content": json.dumps(GOOD)}))
    assert found == HAT and writer.tally.tokens_in == 0 and writer.tally.cost is None


def test_instructions_are_data():
    for file in FOLDER.glob("*.md"):
        assert file.read_text(encoding="utf-8").isascii(), file.name
    assert "$" not in instruction("repair", problem="x: $5")[:10]
    with pytest.raises(KeyError):
        instruction("repair")


def test_a_key_never_stands_in_what_the_server_says():
    with pytest.raises(StudioError) as caught:
        ask(fails(400, {"detail": [{"msg": "bad header Bearer sk-test-5f3a9c1e77"}]}))
    told(caught.value)
    assert "…" in caught.value.params["said"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", []),
        ('{"lines": [{"english": "a tall elf", "text": "эльф"}, {"english": "grey clo', ["a tall elf", "grey clo"]),
        ('<think>{"english": "no"}</think>{"english" : "say \\"hi\\"", "english": ""}', ['say "hi"']),
        ('{"english": "half a mark \\', ["half a mark "]),
        ('{"english": "\\u96e8", "english": "\\u4', ["雨", "\\u4"]),
    ],
)
def test_what_is_said_so_far_can_be_shown(said, found):
    assert phrases(said, "english") == found
