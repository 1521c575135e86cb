"""Servers that engines ask: from the settings, or from a visitor for one job; and that nothing of a visitor's key is kept."""

import json
import logging
import os
import pickle
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from studio.engine import Engine, Found, Means, lacking
from studio.errors import BadInput, Unavailable
from studio.run import Run
from studio.services import Service, Services, is_here
from studio.settings import Settings
from studio.studio import Studio
from studio.texts import languages
from tests.waiting import until
from tests.words.llm_server import KEY, MODEL, error, llm_server, says

PACKAGE = "tests.studio.talkative"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def settings(folder: Path, **more) -> Settings:
    return Settings(data_dir=folder, device="cpu", **more)


def test_the_settings_give_the_studios_own_server(tmp_path):
    assert Services.of(settings(tmp_path)).own == {}
    own = Services.of(
        settings(
            tmp_path, llm_url="http://127.0.0.1:11434/v1/ ", llm_key=KEY, llm_model="qwen", llm_timeout=9, public=True
        )
    ).own["llm"]
    assert own == Service("http://127.0.0.1:11434/v1", SecretStr(KEY), "qwen", 9.0)
    assert KEY not in repr(own) and "11434" not in repr(own)


def test_an_offline_studio_has_servers_of_this_machine_only(tmp_path):
    assert Services.of(settings(tmp_path, llm_url="https://api.example/v1", offline=True)).own == {}
    found = Services.of(settings(tmp_path, llm_url="http://localhost:8000/v1", offline=True))
    assert "llm" in found.own and found.read({"llm": {"url": "https://api.example/v1"}}) == {}


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"url": "api.example/v1"}, "llm.bad_url"),
        ({"url": "ftp://api.example"}, "llm.bad_url"),
        ({"url": "file:///etc/passwd"}, "llm.bad_url"),
        ({"url": "https://me:secret@api.example/v1"}, "llm.bad_url"),
        ({"url": "https://api.example/v1?key=a"}, "llm.bad_url"),
        ({"url": "https://api.example:99999/v1"}, "llm.bad_url"),
        ({"url": "https://api.exa mple/v1"}, "llm.bad_url"),
        ({"url": "https://[api/v1"}, "llm.bad_url"),
        ({"url": "https://api.example/" + "a" * 3000}, "llm.bad_url"),
        ({"url": "https://api.example/v1", "key": "sk-a\r\nX-Evil: 1"}, "llm.bad_key"),
        ({"url": "https://api.example/v1", "key": "ключ"}, "llm.bad_key"),
        ({"url": "https://api.example/v1", "key": "two words"}, "llm.bad_key"),
        ({"url": "https://api.example/v1", "model": "a\nb"}, "llm.bad_model"),
        ({"url": " ", "key": KEY}, "llm.no_url"),
    ],
)
def test_what_cannot_be_a_server_is_told(values, key):
    with pytest.raises(BadInput) as caught:
        Services().read({"llm": values})
    assert caught.value.key == key
    assert len({caught.value.text(lang) for lang in languages()}) == 3


def test_a_model_alone_goes_with_the_studios_own_server(tmp_path):
    own = {"llm_url": "https://api.example/v1", "llm_key": KEY, "llm_model": "small"}
    at_home, open_to_all = (Services.of(settings(tmp_path, **own, public=public)) for public in (False, True))
    assert at_home.read({"llm": {"model": "large"}})["llm"].model == "large"
    assert open_to_all.read({"llm": {"model": "large"}}) == {}


def test_a_visitors_server_never_gets_the_studios_key(tmp_path):
    found = Services.of(settings(tmp_path, llm_url="https://api.example/v1", llm_key=KEY, public=True))
    theirs = found.read({"llm": {"url": "https://evil.example/v1"}})["llm"]
    assert theirs.key.get_secret_value() == "none" and theirs.guarded and theirs.model == ""


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://127.8.0.1", True),
        ("http://localhost.example", False),
        ("http://8.8.8.8", False),
    ],
)
def test_addresses_of_this_machine(url, here):
    assert is_here(url) is here


def test_a_proxy_is_used_for_other_machines_only(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    services = Services()
    assert services.checked("https://api.example/v1", "", "").proxy == "http://proxy.example:3128"
    assert services.checked("https://127.0.0.1/v1", "", "").proxy is None
    assert Services(public=True).checked("https://api.example/v1", "", "").proxy is None


def test_an_engine_that_needs_a_server_is_left_out_without_it(tmp_path):
    found = Found(Engine("cartoon", "talker", 20, services=("llm",)), None)
    lack = lacking(found, Means(lambda card: False))
    assert lack.key == "needs_llm"
    assert not lacking(found, Means(lambda card: False, services={"llm"}))
    with pytest.raises(Unavailable, match="STUDIO_LLM_URL"):
        Run.local(tmp_path / "work", tmp_path / "out").service("llm")


def test_what_is_given_can_go_to_another_process():
    given = Services().read({"llm": {"url": "https://api.example/v1", "key": KEY}})
    assert pickle.loads(pickle.dumps(given)) == given


def test_given_services_are_forgotten_with_their_jobs():
    services = Services()
    given = services.read({"llm": {"url": "https://api.example/v1", "key": KEY}})
    services.keep("one", given)
    services.keep("two", given)
    services.forget_those(lambda job_id: job_id == "one")
    assert services.given("one") == {} and services.of_job("two") == given
    services.keep("two", {})
    assert services.of_job("two") == {}


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def asked(studio: Studio, url: str, **more):
    given = {"llm": {"url": url, "key": KEY, "model": MODEL}}
    return studio.submit("prompt", {"idea": "an elf", "seed": 1, **more}, "ann", given)


@pytest.mark.parametrize(
    "answer", [says("a tall elf"), error(401, f"Incorrect API key provided: {KEY}"), error(400, KEY)]
)
def test_a_visitors_server_is_asked_and_nothing_of_it_is_kept(tmp_path, caplog, answer):
    with (
        caplog.at_level(logging.DEBUG),
        llm_server(answer) as server,
        closing(Studio(settings(tmp_path / "data"), package=PACKAGE)) as studio,
    ):
        assert studio.engines("prompt")[0][1].key == "needs_llm"
        assert not studio.engines("prompt", {"llm": {"url": server.url}})[0][1]
        assert studio.models_of("llm", {"llm": {"url": server.url}}) == [MODEL]
        studio.start()
        job = list(studio.watch(asked(studio, server.url).id, "ann"))[-1]
        assert server.heads[-1]["authorization"] == f"Bearer {KEY}"
        assert job.over and job.engine == "talker"
        assert studio.services.given(job.id) == {}
        again = studio.submit("prompt", {"idea": "an elf", "seed": 2}, "ann")
        assert list(studio.watch(again.id, "ann"))[-1].engine == "quiet"
        secrets = (KEY.encode(), f":{server.port}".encode())
    for secret in secrets:
        assert secret not in everything(tmp_path)
    assert KEY not in caplog.text and KEY not in json.dumps([job.error, job.result, dict(job.request)], default=str)


def test_a_job_waits_with_its_server_and_a_cancelled_one_forgets_it(tmp_path):
    with (
        llm_server(says("a tall elf")) as server,
        closing(Studio(settings(tmp_path / "data"), package=PACKAGE)) as studio,
    ):
        first, second = asked(studio, server.url), asked(studio, server.url, seed=2)
        studio.cancel(first.id, "ann")
        assert studio.services.given(first.id) == {} and studio.services.given(second.id) != {}
        (studio.worker.workdir(first.id) / "kept").touch()
        assert asked(studio, server.url).id == first.id, "what was stopped goes on as the same job"
        studio.start()
        for job in (first, second):
            assert list(studio.watch(job.id, "ann"))[-1].state == "done"
        until(lambda: not studio.services.given(first.id) and not studio.services.given(second.id))


def test_a_studio_that_has_forgotten_a_server_says_so(tmp_path):
    with llm_server(says("a tall elf")) as server:
        with closing(Studio(settings(tmp_path / "data"), package=PACKAGE)) as studio:
            job = asked(studio, server.url)
        with closing(Studio(settings(tmp_path / "data"), package=PACKAGE)) as studio:
            studio.start()
            assert list(studio.watch(job.id, "ann"))[-1].error[0] == "engine.needs_llm"
        assert server.asked == []
