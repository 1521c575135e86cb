"""The whole studio in a real browser: a clip becomes a cartoon, pages reload, and every tab is looked at in every language."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from engines.media.probe import probe
from tests.media.clips import make_clip

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "shots"
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
SETTLED = {
    "home": ".at-card",
    "prompt": ".at-sheet",
    "character": ".at-seven",
    "face_swap": ".at-person",
    "cartoon": ".at-stage:visible .at-media",
    "gallery": ".at-empty",
    "models": ".at-model",
}
"""What each tab shows when all of it is there, for a visitor who has made nothing yet."""
CARTOON, GALLERY = (list(SETTLED).index(name) for name in ("cartoon", "gallery"))
STILL = """() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)
  && [...document.images].every((image) => image.complete || image.loading === 'lazy')"""


def start(port: int, data: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "STUDIO_PORT": str(port), "STUDIO_DATA_DIR": str(data), "STUDIO_HOST": "127.0.0.1"}
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200:
                return server
        except httpx.HTTPError:
            time.sleep(0.2)
    server.kill()
    raise AssertionError("the page was never served")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[int, Path, list[subprocess.Popen[bytes]]]]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    data = tmp_path_factory.mktemp("studio")
    servers = [start(port, data)]
    yield port, data, servers
    servers[-1].terminate()
    servers[-1].wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "chromium is missing: make setup installs it"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def visit(context: BrowserContext, port: int) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"http://127.0.0.1:{port}/")
    expect(page.get_by_role("tab").first).to_be_visible()
    return page


def open_cartoon(page: Page) -> None:
    page.get_by_role("tab").nth(CARTOON).click()
    expect(page.locator(".at-stage .at-media, .at-stage .at-compare").first).to_be_visible()


def jobs_listed(page: Page) -> list[str | None]:
    page.locator(".at-jobs-open").click()
    entries = page.locator(".at-jobs li")
    expect(entries.first).to_be_visible()
    listed = [entry.get_attribute("data-job") for entry in entries.all()]
    page.locator(".at-jobs-close").click()
    return listed


def test_a_clip_becomes_a_cartoon_though_page_and_server_go_away(served, browser, tmp_path):
    port, data, servers = served
    source = make_clip(tmp_path / "夏天 clip.mp4", frames=220, size=(320, 180), sound=["stereo"])
    context = browser.new_context(locale="en-GB")
    page = visit(context, port)
    open_cartoon(page)
    sample = page.locator(".at-stage video").get_attribute("src")
    page.locator(".at-drop input[type=file]").first.set_input_files(source)
    expect(page.locator(".at-stage video")).not_to_have_attribute("src", str(sample))
    page.locator('.at-pick[data-key="comic"]').click()
    page.get_by_text("Drawing", exact=True).first.click()
    expect(page.get_by_label("number input for Tones").first).to_have_value("8")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".at-state")).to_contain_text("Drawing")

    beside = visit(context, port)
    beside.get_by_role("tab").nth(CARTOON).click()
    expect(beside.locator(".at-state")).to_contain_text(re.compile("Drawing|Done"))
    assert jobs_listed(beside) == jobs_listed(page)
    beside.close()

    page.reload()
    open_cartoon(page)
    expect(page.locator(".at-state")).to_be_visible()
    page.get_by_text("Drawing", exact=True).first.click()
    expect(page.get_by_label("number input for Tones").first).to_have_value("8")

    servers[-1].send_signal(signal.SIGKILL)
    servers[-1].wait()
    servers.append(start(port, data))
    page.goto(f"http://127.0.0.1:{port}/")
    open_cartoon(page)
    expect(page.locator(".at-stage .at-compare")).to_be_visible()
    expect(page.locator(".at-state")).to_contain_text("Done")
    with page.expect_download() as saved:
        page.locator(".at-download").click()
    target = tmp_path / "made.mp4"
    saved.value.save_as(target)
    made = probe(target)
    assert (made.frames, made.width, made.height, len(made.audio)) == (220, 320, 180, 1)

    page.get_by_role("tab").nth(GALLERY).click()
    page.locator(".at-tile").first.click()
    expect(page.locator(".at-detail .at-facts").first).to_contain_text("classical")
    page.get_by_role("button", name="Load these settings").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Cartoonize")
    page.locator(".at-jobs-open").click()
    page.locator(".at-jobs").get_by_role("button", name="Open").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Gallery")
    expect(page.locator(".at-detail-body")).to_be_visible()
    page.locator(".at-detail [data-act=close]").click()
    expect(page.locator(".at-detail-body")).to_have_count(0)
    page.get_by_role("tab").nth(0).click()
    page.locator(".at-result").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Gallery")
    expect(page.locator(".at-detail-body")).to_be_visible()
    context.close()


def test_who_comes_back_finds_the_own_file_and_a_preview_shows_three_frames(served, browser, tmp_path):
    """A page holds no connection while nothing runs: browsers allow six to a server, over all tabs."""
    context = browser.new_context(locale="en-GB")
    page = visit(context, served[0])
    assert page.evaluate("window.gradio_config.connect_heartbeat") is False
    open_cartoon(page)
    shown = page.locator(".at-stage video")
    sample = str(shown.get_attribute("src"))
    page.locator(".at-drop input[type=file]").first.set_input_files(make_clip(tmp_path / "own.mp4", size=(320, 180)))
    expect(shown).not_to_have_attribute("src", sample)
    own = str(shown.get_attribute("src"))
    page.reload()
    open_cartoon(page)
    expect(shown).to_have_attribute("src", own)
    page.locator(".at-preview").click()
    expect(page.locator(".at-three .at-compare")).to_have_count(3, timeout=2 * PATIENCE_MS)
    expect(page.locator(".at-jobs .at-done")).to_have_count(1)
    page.get_by_role("tab").nth(GALLERY).click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    context.close()


def test_the_gallery_by_keys(served, browser, tmp_path):
    port = served[0]
    context = browser.new_context(locale="en-GB")
    page = visit(context, port)
    open_cartoon(page)
    for number in range(3):
        file = make_clip(tmp_path / f"beach {number}.mp4", frames=5 + number, size=(64, 48))
        sent = {"files": {"name": file.name, "mimeType": "video/mp4", "buffer": file.read_bytes()}}
        answer = page.request.post(f"http://127.0.0.1:{port}/api/v1/assets", multipart=sent)
        assert answer.status == 201, answer.text()
    page.get_by_role("tab").nth(GALLERY).click()
    page.get_by_label("Brought along").click()
    tiles = page.locator(".at-tile")
    expect(tiles).to_have_count(4)
    page.get_by_label("Search").fill("beach")
    expect(tiles).to_have_count(3)
    assert "beach 2" in tiles.first.inner_text()

    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".at-bar-count b")).to_have_text("1")
    page.keyboard.press("Delete")
    expect(page.locator("dialog")).to_contain_text("Delete the chosen files for good? (1)")
    page.keyboard.press("Escape")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("Delete")
    page.locator("dialog").get_by_role("button", name="Yes, delete").click()
    expect(tiles).to_have_count(2)
    expect(tiles.nth(1)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator(".at-detail h2")).to_have_text("beach 0.mp4")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".at-detail h2")).to_have_text("beach 2.mp4")
    assert page.evaluate(AUDIT) == []
    page.keyboard.press("Escape")
    expect(tiles.first).to_be_focused()
    page.locator(".at-choose").first.check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as ZIP").click()
    assert zipfile.ZipFile(saved.value.path()).namelist() == ["beach 2.mp4"]
    context.close()


def test_escape_stops_and_a_wrong_file_is_told(served, browser, tmp_path):
    port = served[0]
    context = browser.new_context(locale="en-GB")
    page = visit(context, port)
    open_cartoon(page)
    for section in ("Drawing", "People and background", "Movement and part", "File"):
        page.get_by_text(section, exact=True).first.click()
    expect(page.get_by_label("To", exact=True)).to_have_value("")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".at-state")).to_contain_text("Drawing")
    page.keyboard.press("Escape")
    expect(page.locator(".at-state")).to_contain_text("Stopped")
    wrong = tmp_path / "letter.mp4"
    wrong.write_text("no film at all")
    page.locator(".at-drop input[type=file]").first.set_input_files(wrong)
    expect(page.get_by_text("letter.mp4” is no picture")).to_be_visible()
    context.close()


def test_another_visitor_sees_nothing_of_it(served, browser):
    context = browser.new_context(locale="en-GB")
    page = visit(context, served[0])
    page.get_by_role("tab").nth(GALLERY).click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    context.close()


LOOKS = [
    ("en", 1280, False),
    ("en", 390, True),
    ("zh-CN", 1280, True),
    ("zh-CN", 390, False),
    ("ru", 1280, False),
    ("ru", 390, False),
]


@pytest.mark.parametrize(("lang", "width", "dark"), LOOKS, ids=str)
def test_every_tab_in_every_language(served, browser, lang, width, dark):
    SHOTS.mkdir(exist_ok=True)
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=lang, color_scheme="dark" if dark else "light"
    )
    faults: list[str] = []
    context.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    context.on("request", lambda request: faults.append(request.url) if _foreign(request.url) else None)
    page = visit(context, served[0])
    for number, name in enumerate(SETTLED):
        _choose_tab(page, number)
        expect(page.locator(SETTLED[name]).first).to_be_visible()
        closed = page.locator(".label-wrap:not(.open):visible")
        while closed.count():
            closed.first.click()
        page.wait_for_function(STILL)
        page.screenshot(path=SHOTS / f"{name}-{lang}-{width}-{'dark' if dark else 'light'}.png", full_page=True)
        faults += [f"{name}: {complaint}" for complaint in page.evaluate(AUDIT)]
    assert sorted(set(faults)) == []
    context.close()


def _choose_tab(page: Page, number: int) -> None:
    """A tab that doesn't fit stands in the menu behind the dots."""
    tabs = page.get_by_role("tab")
    if number < tabs.count() and tabs.nth(number).is_visible():
        tabs.nth(number).click()
        return
    page.locator(".overflow-menu > button").click()
    page.locator(".overflow-dropdown button").nth(number - tabs.count()).click()


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
