"""Makes the pictures of the README: every tab of the running studio, after it was used on the samples.

Run as ``python -m tests.make_pictures``; needs chromium.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from studio.paths import ASSETS, ROOT
from tests.e2e.opened import opened_browser
from tests.e2e.test_browser import SETTLED, STILL, open_cartoon, visit
from tests.serving import free_port, started_app

PICTURES = ROOT / "docs" / "pictures"
PHOTO = ASSETS / "samples" / "mona_lisa.jpg"
PATIENCE_MS = 120_000


def draw_sample(page: Page) -> None:
    open_cartoon(page)
    page.locator('.at-pick[data-key="comic"]').click()
    page.get_by_text("Movement and part").click()
    page.get_by_label("To", exact=True).fill("2")
    page.get_by_text("Movement and part").click()
    page.locator(".at-run:visible").click()
    expect(page.locator(".at-stage .at-compare")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".at-jobs .at-done")).to_have_count(1)
    page.locator(".at-stage video.at-after").evaluate("async (film) => { film.pause(); film.currentTime = 1 }")
    page.wait_for_function("document.querySelector('.at-stage video.at-after').readyState === 4")


def try_a_face(page: Page) -> None:
    """One frame in which somebody has another's face."""
    page.get_by_role("tab", name="Face swap").click()
    card = page.locator(".at-person", has_text="Person 2")
    expect(card).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_file_chooser() as asked:
        card.get_by_role("button", name="Add a photo").click()
    asked.value.set_files(PHOTO)
    expect(card.locator(".at-photo img")).to_have_count(1)
    page.locator("[data-act=confirm]").click()
    expect(page.locator(".at-stage:visible img.at-after")).to_be_visible(timeout=PATIENCE_MS)


def write_and_draw(page: Page) -> None:
    """A prompt from an idea, and a character."""
    page.get_by_role("tab", name="Prompts", exact=True).click()
    page.get_by_label("Idea").first.fill("a red-haired girl with twin braids and a sword in a flower meadow")
    page.get_by_role("button", name="Write", exact=True).click()
    expect(page.locator(".at-out-text").first).to_contain_text("twin braids", timeout=PATIENCE_MS)
    page.get_by_role("tab", name="Character", exact=True).click()
    page.get_by_role("button", name="Draw somebody").click()
    expect(page.locator(".at-step-done[data-step=upscale]")).to_be_visible(timeout=PATIENCE_MS)


def find_a_shot(page: Page) -> None:
    """The sample clip as a library, and the shot in it that shows a painting."""
    page.get_by_role("tab", name="Search", exact=True).click()
    page.locator(".at-add [name=folder]").fill(str(ASSETS / "samples"))
    page.locator(".at-add button[type=submit]").click()
    expect(page.locator(".at-adding")).to_contain_text("added", timeout=PATIENCE_MS)
    page.locator(".at-dropped input").set_input_files(PHOTO)
    page.locator(".at-asked").get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".at-films .at-shot").first).to_be_visible(timeout=PATIENCE_MS)


def say_good_morning(page: Page) -> None:
    page.get_by_role("tab", name="Voice", exact=True).click()
    page.locator(".at-run:visible").click()
    expect(page.locator(".at-stage:visible .at-download")).to_be_visible(timeout=PATIENCE_MS)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, opened_browser() as opened:
        server = started_app(port, Path(folder))
        page = visit(opened.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB"), port)
        draw_sample(page)
        try_a_face(page)
        write_and_draw(page)
        find_a_shot(page)
        say_good_morning(page)
        for number, name in enumerate(SETTLED):
            page.get_by_role("tab").nth(number).click()
            if name == "gallery":
                page.locator(".at-tile").first.click()
                expect(page.locator(".at-detail-body")).to_be_visible()
            page.wait_for_function(STILL)
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
            picture.save(PICTURES / f"{name}.jpg", quality=82, optimize=True)
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
