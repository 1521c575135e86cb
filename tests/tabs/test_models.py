"""The shelf of models says how things stand, and offers only what a visitor may do and what can be done."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from studio.owners import ADMIN, HEADER
from studio.settings import Settings
from studio.studio import Studio
from tabs.kit.shelf import shelf
from tabs.models import Desk
from tests.studio.fileserver import FileServer, serving, status, whole
from tests.tabs.visit import Visit

FILE = b"\x08" + bytes(200_000)
CARD = """
id = "demo"
task = "cartoon"
licence = "Only for <friends>"
licence_url = "https://example.org/licence"
commercial = false
homepage = "https://example.org/demo"
title = {{ en = "Demo", zh-CN = "演示", ru = "Пример" }}
summary = {{ en = "For tests.", zh-CN = "供测试。", ru = "Для проверки." }}
[[files]]
name = "demo.onnx"
verify = "first-use"
[[files.sources]]
hub = "url"
url = "{url}"
"""


def act(name: str, key: str = "demo", **more: object) -> SimpleNamespace:
    return SimpleNamespace(act=name, key=key, **more)


@pytest.fixture
def files() -> Iterator[FileServer]:
    with serving() as found:
        yield found


@pytest.fixture
def told(monkeypatch) -> list[str]:
    """What the page warned of."""
    said: list[str] = []
    monkeypatch.setattr(gr, "Warning", said.append)
    return said


def studio_with(tmp_path: Path, url: str, **settings: object) -> closing[Studio]:
    cards = tmp_path / "models" / "cards"
    cards.mkdir(parents=True)
    (cards / "demo.toml").write_text(CARD.format(url=url), encoding="utf-8")
    return closing(Studio(Settings(data_dir=tmp_path, **settings)))


def card_of(page: str, card: str = "demo") -> str:
    found = re.search(rf'<article class="at-model" data-card="{card}".*?</article>', page)
    assert found
    return found[0]


def acts_of(text: str) -> list[str]:
    return re.findall(r'data-act="(\w+)"', text)


def test_a_model_comes_after_its_licence_is_accepted_and_goes_again(tmp_path, files, told):
    with studio_with(tmp_path, files.on("/demo.onnx", whole(FILE))) as studio:
        desk, me = Desk(studio), Visit()
        before = card_of(desk.show(me))
        assert acts_of(before) == ["start"] and 'type="checkbox"' in before
        assert "Non-commercial only" in before and "size not stated" in before and "Not installed" in before
        assert "Only for &lt;friends&gt;" in before and 'href="https://example.org/licence"' in before

        desk.act(act("start", accepted=False), me)
        assert "accept it" in told.pop() and studio.downloads.get("demo") is None

        desk.act(act("start", accepted=True), me)
        studio.downloads.wait("demo")
        after = card_of(desk.show(me))
        assert acts_of(after) == ["delete"] and "195 kB on disk" in after and "Installed" in after
        assert "195 kB" in re.findall(r'data-sure="([^"]*)"', after)[0]
        assert 'type="checkbox"' not in after

        assert acts_of(card_of(desk.act(act("delete"), me))) == ["start"]
        assert told == [] and studio.cards.disk_bytes("demo") == 0


def test_why_a_download_failed_is_said_and_a_file_can_be_brought(tmp_path, files):
    with studio_with(tmp_path, files.on("/demo.onnx", status(403))) as studio:
        Desk(studio).act(act("start", accepted=True), Visit())
        studio.downloads.wait("demo")
        text = card_of(shelf(studio, Visit()))
        assert 'class="at-error"' in text and "HTTP 403" in text
        assert acts_of(text) == ["start", "bring"]


def test_what_must_be_brought_or_offline_is_not_offered_for_download(tmp_path):
    with studio_with(tmp_path, "https://example.org/demo.onnx", offline=True) as studio:
        page = shelf(studio, Visit())
        assert acts_of(card_of(page)) == ["bring"] and "offline" in card_of(page)
        assert acts_of(card_of(page, "own-style")) == ["bring"]
        assert "Commercial use allowed" not in card_of(page, "own-style")


def test_what_is_in_memory_can_be_unloaded(tmp_path):
    with studio_with(tmp_path, "https://example.org/demo.onnx") as studio:
        desk, me = Desk(studio), Visit()
        for key in ("demo/cpu", "selfie"):
            with studio.memory.use(key, "cpu", lambda: np.zeros(3 << 17)):
                assert "in use" in desk.show(me)
        page = desk.show(me)
        assert acts_of(card_of(page)) == ["start", "unload"] and 'data-state="held"' in card_of(page)
        assert "<b>Demo</b><small>3.0 MB · processor</small>" in page and "<b>selfie</b>" in page
        assert 'data-key="demo/cpu"' in page and 'data-act="unload_all"' in page

        desk.act(act("unload"), me)
        assert [item.key for item in studio.memory.resident()] == ["selfie"]
        assert "No model is in memory" in desk.act(act("unload_all", ""), me)


def test_only_the_administrator_of_a_public_studio_changes_anything(tmp_path, told):
    with studio_with(tmp_path, "https://example.org/demo.onnx", public=True) as studio:
        desk, stranger = Desk(studio), Visit()
        with studio.memory.use("demo", "cpu", lambda: np.zeros(1)):
            page = desk.show(stranger)
        assert acts_of(page) == [] and "checkbox" not in page and "Only the administrator" in page
        for name in ("start", "stop", "delete", "unload", "unload_all"):
            desk.act(act(name, accepted=True), stranger)
        assert len(told) == 5 and studio.memory.holds("demo") and not studio.cards.accepted("demo", "me")

        chief = Visit(headers={HEADER: "chief", ADMIN: "1"})
        page = desk.show(chief)
        assert "Only the administrator" not in page and "unload_all" in acts_of(page)


@pytest.mark.parametrize(("lang", "words"), [("zh-CN", "演示"), ("ru", "Пример")])
def test_cards_speak_the_visitors_language(tmp_path, lang, words):
    with studio_with(tmp_path, "https://example.org/demo.onnx") as studio:
        page = shelf(studio, Visit(cookies={"atelier_language": lang}))
        assert words in card_of(page) and "ui.models" not in page


def test_engines_say_in_a_sentence_what_they_need(tmp_path):
    with studio_with(tmp_path, "https://example.org/demo.onnx") as studio:
        page = shelf(studio, Visit())
        assert "classical is ready." in page
        assert "neural needs one of its models; get one above." in page
        assert "Cartoonize works without these" in page
