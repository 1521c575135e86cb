"""The client of language models against a real server: what goes well, and how each trouble is told."""

import json
import logging
import socket
import threading

import pytest

from engines.words.llm_client import Client, Policy, models
from engines.words.llm_reach import LONGEST, is_public, public_addresses
from studio.errors import Cancelled, NotAllowed, StudioError
from studio.services import Services
from studio.texts import languages
from tests.serving import free_port
from tests.words.llm_server import (
    KEY,
    MODEL,
    breaks,
    drips,
    endless,
    error,
    events,
    fails,
    in_one,
    listing,
    llm_server,
    piece,
    says,
    silent,
)

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]
LOOK = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AA=="}}]}]
HASTY = Policy(tries=2, pause_s=0.0)
PRIVATE = (
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1%eth0", "fd00::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "no address",
)  # fmt: skip
PAGE = "<!doctype html><title>Ollama</title>"


def client(
    url: str, *, timeout_s: float = 60.0, model: str = MODEL, policy: Policy = HASTY, public: bool = False
) -> Client:
    services = Services(public=public, timeout_s=timeout_s)
    return Client(services.read({"llm": {"url": url, "key": KEY, "model": model}})["llm"], policy)


def chat(url: str, messages=HELLO, **settings):
    return client(url, **settings).chat(messages, lambda count, said: None)


def test_an_answer_comes_in_pieces_with_its_tokens():
    counts: list[int] = []
    with llm_server(says("a tall elf, silver hair")) as server:
        answer = client(server.url).chat(
            HELLO, lambda count, said: counts.append(count), stream_options={"include_usage": True}
        )
    assert answer.text == "a tall elf, silver hair"
    assert (answer.model, answer.tokens_in, answer.tokens_out) == (MODEL, 100, 20)
    assert server.asked[0]["stream"] is True and server.asked[0]["model"] == MODEL
    assert server.heads[0]["authorization"] == f"Bearer {KEY}"
    assert counts[0] == 0


def test_a_server_that_does_not_stream_is_read_all_the_same():
    with llm_server(in_one({"role": "assistant", "content": "an elf"})) as server:
        assert chat(server.url).text == "an elf"


def test_what_a_model_thinks_aloud_is_no_answer():
    with llm_server(events(piece(reasoning_content="hm"), piece("an elf"), piece(finish="stop"))) as server:
        assert chat(server.url).text == "an elf"


TROUBLES = {
    "key": (error(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"), "llm.key"),
    "key of another server": (error(400, "API key not valid. Please pass a valid API key."), "llm.key"),
    "forbidden": (error(403, "no access to this model"), "llm.forbidden"),
    "no credit": (error(429, "You exceeded your current quota", "insufficient_quota"), "llm.credit"),
    "pay first": (error(402, "Insufficient Balance"), "llm.credit"),
    "too many": (error(429, "Rate limit reached", Retry_After="0"), "llm.busy"),
    "wait long": (error(429, "Rate limit reached", Retry_After="3600"), "llm.busy"),
    "no model": (fails(404, {"error": f"model '{MODEL}' not found, try pulling it first"}), "llm.model"),
    "no model, otherwise": (error(400, "Model Not Exist"), "llm.model"),
    "wrong path": (fails(404, "404 page not found", "text/plain"), "llm.address"),
    "a page not found": (fails(404, PAGE + "our models", "text/html"), "llm.address"),
    "broken": (error(500, "internal error"), "llm.server"),
    "overloaded": (fails(503, "busy", "text/plain"), "llm.server"),
    "context": (error(400, "This model's maximum context length is 4096 tokens", "context_length_exceeded"), "llm.context"),
    "context of llama.cpp": (error(500, "the request exceeds the available context size"), "llm.context"),
    "filtered": (error(400, "The response was filtered", "content_filter"), "llm.refused"),
    "filtered in the end": (events(piece("I"), piece(finish="content_filter")), "llm.refused"),
    "refusal": (events(piece(refusal="I can't help with that."), piece(finish="stop")), "llm.refused"),
    "refusal in one": (in_one({"role": "assistant", "content": None, "refusal": "No."}), "llm.refused"),
    "moved": (fails(302, None, Location="http://127.0.0.1:9/v1"), "llm.moved"),
    "cut, politely": (events(piece("an el")), "llm.cut"),
    "cut": (breaks(piece("an el")), "llm.cut"),
    "nothing at all": (events(), "llm.cut"),
    "too long": (events(piece("an el"), piece(finish="length")), "llm.length"),
    "no choices": (in_one(None), "llm.empty"),
    "no choices, streamed": (events({**piece(), "choices": None}), "llm.empty"),
    "empty": (says("  "), "llm.empty"),
    "a page": (fails(200, PAGE, "text/html"), "llm.html"),
    "half of JSON": (fails(200, '{"choices": [', "application/json"), "llm.garbled"),
    "bad events": (events("{not json"), "llm.garbled"),
    "a list": (fails(200, "[]"), "llm.garbled"),
    "other things": (fails(200, "hello", "text/plain"), "llm.address"),
    "an error in the stream": (events(piece("an"), {"error": {"message": "worker died"}}), "llm.server"),
    "large": (endless(piece("a" * 4096)), "llm.large"),
    "large in one": (in_one({"role": "assistant", "content": "a" * (LONGEST + 1)}), "llm.large"),
    "large line": (endless(b"a" * 65536), "llm.large"),
    "compressed": (lambda handler: handler.whole(200, b"x", Content_Encoding="gzip"), "llm.garbled"),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_told_apart(name):
    answer, key = TROUBLES[name]
    with llm_server(answer) as server, pytest.raises(StudioError) as caught:
        chat(server.url)
    assert caught.value.key == key
    told(caught.value)


def told(problem: StudioError) -> None:
    """A sentence in each language, whole, and without the key."""
    sentences = {problem.text(lang) for lang in languages()}
    assert len(sentences) == len(languages()) == 3
    for sentence in sentences:
        assert "{" not in sentence and "error." not in sentence and KEY not in sentence


def test_nobody_is_there():
    with pytest.raises(StudioError) as caught:
        chat(f"http://127.0.0.1:{free_port()}/v1")
    assert caught.value.key == "llm.off"
    told(caught.value)


@pytest.mark.parametrize("answer", [silent(), drips(0.05)], ids=["silent", "drip"])
def test_silence_and_slowness_end(answer):
    with llm_server(answer) as server, pytest.raises(StudioError) as caught:
        chat(server.url, timeout_s=0.4)
    assert caught.value.key == "llm.timeout"
    told(caught.value)


def test_a_model_without_eyes():
    with (
        llm_server(error(400, "this model does not support image input")) as server,
        pytest.raises(StudioError) as caught,
    ):
        chat(server.url, LOOK)
    assert caught.value.key == "llm.blind"
    told(caught.value)


@pytest.mark.parametrize(
    "first", [error(429, "slow down"), error(503, "busy"), breaks(piece("an")), events(piece("an"))]
)
def test_what_may_pass_is_tried_again(first):
    with llm_server(first, says("an elf")) as server:
        assert chat(server.url).text == "an elf"
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["key", "no credit", "no model", "context", "refusal", "wait long"])
def test_what_will_not_pass_is_not_tried_again(name):
    with llm_server(TROUBLES[name][0]) as server, pytest.raises(StudioError):
        chat(server.url)
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [silent(), drips(0.01)], ids=["silent", "talking"])
def test_a_cancelled_job_leaves_at_once(answer):
    begun = threading.Event()

    def waiting(handler) -> None:
        begun.set()
        answer(handler)

    def tick(count: int, said: str) -> None:
        if begun.is_set():
            raise Cancelled

    with llm_server(waiting) as server, pytest.raises(Cancelled):
        client(server.url).chat(HELLO, tick)
    assert len(server.asked) == 1


def test_the_only_model_is_taken_and_several_are_named():
    with llm_server(says("an elf")) as server:
        assert models(client(server.url).service) == [MODEL]
        assert chat(server.url, model="").text == "an elf"
        assert server.asked[0]["model"] == MODEL
        server.models = listing("one", "two")
        with pytest.raises(StudioError) as caught:
            chat(server.url, model="")
        assert caught.value.key == "llm.choose" and caught.value.params["known"] == "one, two"
        server.models = fails(200, PAGE, "text/html")
        with pytest.raises(StudioError) as caught:
            models(client(server.url).service)
        assert caught.value.key == "llm.html"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "127.1", "[::ffff:127.0.0.1]"]
)
def test_a_public_studio_reaches_no_private_address(host):
    with llm_server(says("an elf")) as server, pytest.raises(StudioError) as caught:
        chat(f"http://{host}:{server.port}/v1", public=True)
    assert caught.value.key in ("llm.private", "llm.off")
    assert server.paths == []


def test_every_address_of_a_name_counts(monkeypatch):
    def found(*addresses: str):
        return lambda *asked, **more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (item, 80)) for item in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found("8.8.8.8", "9.9.9.9"))
    assert public_addresses("host.example", 80) == ["8.8.8.8", "9.9.9.9"]
    monkeypatch.setattr(socket, "getaddrinfo", found("8.8.8.8", "10.0.0.7"))
    with pytest.raises(NotAllowed):
        public_addresses("host.example", 80)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address):
    assert not is_public(address)


def test_neither_environment_nor_logs_meddle(monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "somebody")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with caplog.at_level(logging.DEBUG), llm_server(error(500, KEY), says("an elf")) as server:
        assert chat(server.url).text == "an elf"
    assert server.heads[0]["authorization"] == f"Bearer {KEY}"
    assert "openai-organization" not in server.heads[0]
    assert caplog.records and KEY not in caplog.text
    assert KEY not in repr(client(server.url)) and "sk-of" not in json.dumps(server.heads)
