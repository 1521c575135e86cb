"""The whole studio in a real browser: a clip becomes a cartoon, pages reload, and every tab is looked at in every language."""

import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from engines.media.probe import probe
from studio.paths import ROOT
from tests.e2e.opened import opened_browser
from tests.media.clips import make_clip
from tests.serving import free_port, started_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOTS = ROOT / "shots"
SAMPLES = 3
"""A film, its subtitles and a voice, which every visitor finds."""
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
SETTLED = {
    "home": ".at-card",
    "prompt": ".at-sheet",
    "character": ".at-seven",
    "face_swap": ".at-person",
    "cartoon": ".at-stage:visible .at-media",
    "search": ".at-search",
    "voice": ".at-run:visible",
    "gallery": ".at-empty",
    "models": ".at-model",
}
"""What each tab shows when all of it is there, for a visitor who has made nothing yet."""
CARTOON, GALLERY = (list(SETTLED).index(name) for name in ("cartoon", "gallery"))
STILL = """() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)
  && [...document.images].every((image) => image.complete || image.loading === 'lazy')"""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[int, Path, list[subprocess.Popen[bytes]]]]:
    port, data = free_port(), tmp_path_factory.mktemp("studio")
    servers = [started_app(port, data)]
    yield port, data, servers
    servers[-1].terminate()
    servers[-1].wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


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
    servers.append(started_app(port, data))
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
    expect(tiles).to_have_count(3 + SAMPLES)
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


LOOKED_FOR = """async () => {
  const core = performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => /assets\\/core-/.test(name));
  const { AppTree } = await import(core), found = [];
  const page = { get root() { throw new Error('looked for'); } };
  for (const kind of ['hidden', 'full'])
    await AppTree.prototype.update_state.call(page, 1, { loading_status: { show_progress: kind } }).catch(() => found.push(kind));
  return found;
}"""


def test_another_visitor_sees_nothing_of_it(served, browser):
    context = browser.new_context(locale="en-GB")
    page = visit(context, served[0])
    page.get_by_role("tab").nth(GALLERY).click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert page.evaluate(LOOKED_FOR) == ["full"], "progress that isn't shown is told, and that takes the browser's time"
    context.close()


@pytest.mark.parametrize(
    ("lang", "widths"), [("en", (1280, 390)), ("zh-CN", (390, 1280)), ("ru", (1280, 390))], ids=str
)
def test_every_tab_in_every_language(served, browser, lang, widths):
    """Each tab wide and narrow, light and dark; by turns one is opened wide and made narrow, the next the other way round."""
    SHOTS.mkdir(exist_ok=True)
    context = browser.new_context(viewport=_size(widths[0]), locale=lang, color_scheme="light")
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
        opened, other = widths if number % 2 == 0 else widths[::-1]
        for width, scheme, shot in ((opened, "light", 1), (opened, "dark", 0), (other, "dark", 1), (other, "light", 0)):
            page.set_viewport_size(_size(width))
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("body.dark")).to_have_count(int(scheme == "dark"))
            page.wait_for_function(STILL)
            faults += [f"{name}, {width}, {scheme}: {complaint}" for complaint in page.evaluate(AUDIT)]
            if shot:
                page.screenshot(path=SHOTS / f"{name}-{lang}-{width}-{scheme}.png", full_page=True)
    assert sorted(set(faults)) == []
    context.close()


def _size(width: int) -> ViewportSize:
    return {"width": width, "height": 844}


def _choose_tab(page: Page, number: int) -> None:
    """A tab that doesn't fit stands in the menu behind the dots; tabs within a tab come later on the page."""
    tabs = page.get_by_role("tablist").first.get_by_role("tab")
    if number < tabs.count() and tabs.nth(number).is_visible():
        tabs.nth(number).click()
        return
    page.locator(".overflow-menu > button").first.click()
    page.locator(".overflow-dropdown").first.locator("button").nth(number - tabs.count()).click()


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
