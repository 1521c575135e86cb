"""The Models tab in a real browser: a model comes from a server on this machine, is stopped, brought by hand and deleted."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.opened import opened_browser
from tests.serving import free_port, started_app
from tests.studio.fileserver import serving, slow, status, whole
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
PATIENCE_MS = PATIENCE_S * 1000
FILE = b"\x08" + bytes(4_000_000)
CARD = """
id = "{id}"
task = "cartoon"
licence = "CC-BY-NC-4.0"
licence_url = "https://creativecommons.org/licenses/by-nc/4.0/"
commercial = false
homepage = "https://example.org/{id}"
title = {{ en = "{id}", zh-CN = "{id}", ru = "{id}" }}
summary = {{ en = "For tests.", zh-CN = "供测试。", ru = "Для проверки." }}
[[files]]
name = "{id}.onnx"
verify = "first-use"
[[files.sources]]
hub = "url"
url = "{url}"
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Page]:
    data, stop, port = tmp_path_factory.mktemp("studio"), threading.Event(), free_port()
    cards = data / "models" / "cards"
    cards.mkdir(parents=True)
    with serving() as files:
        answers = {
            "brief": [whole(FILE)],
            "lasting": [slow(FILE, 2_000, stop), whole(FILE)],
            "refused": [status(403)],
        }
        for name, answer in answers.items():
            text = CARD.format(id=name, url=files.on(f"/{name}", *answer))
            (cards / f"{name}.toml").write_text(text, encoding="utf-8")
        server = started_app(port, data)
        try:
            with opened_browser() as browser:
                opened = browser.new_context(locale="en-GB").new_page()
                opened.set_default_timeout(PATIENCE_MS)
                opened.goto(f"http://127.0.0.1:{port}/")
                opened.get_by_role("tab", name="Models").click()
                yield opened
        finally:
            stop.set()
            server.terminate()
            server.wait(PATIENCE_S)


def card(page: Page, name: str) -> Locator:
    return page.locator(f'[data-card="{name}"]')


def shows(item: Locator, state: str) -> None:
    expect(item.locator(".at-pill")).to_have_text(state, timeout=PATIENCE_MS)


def press(item: Locator, name: str) -> None:
    item.get_by_role("button", name=name).click()


def test_a_download_asks_for_the_licence_and_deleting_asks(page):
    brief = card(page, "brief")
    press(brief, "Download")
    expect(page.locator(".at-tell")).to_contain_text("Read the licence first", timeout=PATIENCE_MS)
    expect(brief.get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    press(brief, "Download")
    shows(brief, "Installed")
    expect(brief).to_contain_text("3.8 MB on disk")

    press(brief, "Delete")
    expect(page.locator("dialog")).to_contain_text("Delete the files of “brief”")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    shows(brief, "Installed")
    press(brief, "Delete")
    page.locator("dialog").get_by_role("button", name="Yes, delete").click()
    shows(brief, "Not installed")


def test_a_download_shows_how_far_it_is_stops_and_goes_on(page):
    lasting = card(page, "lasting")
    lasting.get_by_role("checkbox").check()
    press(lasting, "Download")
    expect(lasting.locator(".at-note")).to_have_text(
        re.compile(r"of 3\.8 MB · .*/s · about .* left"), timeout=PATIENCE_MS
    )
    first = lasting.get_by_role("progressbar").get_attribute("value")
    expect(lasting.get_by_role("progressbar")).not_to_have_attribute("value", str(first), timeout=PATIENCE_MS)
    assert page.evaluate(AUDIT) == []
    lasting.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    shows(lasting, "Partly here")
    expect(lasting.get_by_role("button", name="Go on downloading")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    shows(lasting, "Installed")


def test_a_failure_says_why_and_the_file_can_be_brought(page, tmp_path):
    refused = card(page, "refused")
    refused.get_by_role("checkbox").check()
    press(refused, "Download")
    expect(refused.locator(".at-error")).to_contain_text("HTTP 403", timeout=PATIENCE_MS)
    for content, told in ((b"<html>", "isn't a model file"), (FILE, "")):
        (tmp_path / "mine.onnx").write_bytes(content)
        with page.expect_file_chooser() as chosen:
            press(refused, "Put a file in by hand")
        chosen.value.set_files(tmp_path / "mine.onnx")
        if told:
            expect(page.locator(".at-tell")).to_contain_text(told, timeout=PATIENCE_MS)
    shows(refused, "Installed")
    assert page.evaluate(AUDIT) == []
