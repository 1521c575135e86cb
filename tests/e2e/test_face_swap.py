"""Face swap in a real browser: the sample's people appear, one gets another face, and a reload loses nothing."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from studio.paths import ASSETS
from tests.e2e.opened import opened_page
from tests.e2e.test_browser import AUDIT
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 120_000
PHOTO = ASSETS / "samples" / "mona_lisa.jpg"


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    with opened_page(tmp_path / "studio", PATIENCE_MS) as opened:
        yield opened


def open_tab(page: Page) -> None:
    page.get_by_role("tab", name="Face swap").click()
    expect(page.locator(".at-person")).to_have_count(4)


def paint_over(page: Page, x: float, y: float) -> None:
    """Paint a spot at these parts of the frame; a stroke across its middle is undone."""
    page.get_by_role("button", name="Paint where the old face stays").click()
    expect(page.locator(".at-easel-paint")).to_be_visible()
    box = page.locator(".at-easel-paint").bounding_box()
    for spots in (((x, y),), ((0.4, 0.5), (0.6, 0.5))):
        page.mouse.move(box["x"] + box["width"] * spots[0][0], box["y"] + box["height"] * spots[0][1])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * spots[-1][0], box["y"] + box["height"] * spots[-1][1])
        page.mouse.up()
    page.keyboard.press("Control+z")
    assert page.evaluate(AUDIT) == []
    page.get_by_role("button", name="Done").click()


def jobs(page: Page) -> list[dict[str, Any]]:
    return page.request.get(f"{page.url}api/v1/jobs").json()


def test_one_of_three_people_gets_another_face(page):
    open_tab(page)
    card = page.locator(".at-person", has_text="Person 2")
    with page.expect_file_chooser() as asked:
        card.get_by_role("button", name="Add a photo").click()
    asked.value.set_files(PHOTO)
    expect(card.locator(".at-photo img")).to_have_count(1)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".at-tell")).to_contain_text("Please confirm first")
    expect(page.locator("[data-act=confirm]")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".at-consent-given")).to_be_visible()
    expect(page.locator(".at-stage img.at-after")).to_be_visible()
    assert float(page.get_by_role("slider", name="Frame", exact=True).input_value()) < 2.6
    assert page.evaluate(AUDIT) == []

    paint_over(page, 0.1, 0.1)
    expect(page.locator(".at-paint-state")).to_contain_text("Mask painted")
    mask = page.locator(".at-paint").get_attribute("data-mask")
    painted = Image.open(BytesIO(page.request.get(f"{page.url}files/{mask}").body())).convert("L")
    frame = page.locator(".at-stage img.at-before").evaluate("item => [item.naturalWidth, item.naturalHeight]")
    spots = [painted.getpixel((int(painted.width * x), int(painted.height * y))) for x, y in ((0.1, 0.1), (0.5, 0.5))]
    assert [*painted.size] == frame and spots == [0, 255]

    apart = page.get_by_label("Tell people apart by")
    apart.select_option("order")
    expect(page.locator(".at-person", has_text="from the left")).to_have_count(4)
    expect(page.locator(".at-photo")).to_have_count(0)
    assert page.evaluate(AUDIT) == []
    apart.select_option("identity")
    expect(card.locator(".at-photo img")).to_have_count(1)

    page.get_by_text("Part and size", exact=True).click()
    page.get_by_label("To", exact=True).fill("1")
    page.get_by_text("Part and size", exact=True).click()
    page.keyboard.press("Control+Enter")
    run = until(
        lambda: [job["id"] for job in jobs(page) if job["task"] == "face_swap" and not job["request"]["preview"]]
    )
    expect(page.locator(f".at-status [data-job='{run[0]}']")).to_be_visible()
    page.reload()
    open_tab(page)
    expect(card.locator(".at-photo img")).to_have_count(1)
    expect(page.locator(".at-consent-given")).to_be_visible()
    expect(page.locator(".at-paint")).to_have_attribute("data-mask", mask)
    expect(page.locator(".at-stage video.at-after")).to_be_visible()
    expect(page.locator(".at-download")).to_be_visible()

    card.get_by_role("button", name="Remove the photo").click()
    expect(card.locator(".at-photo")).to_have_count(0)
    page.get_by_role("button", name="Send to Cartoonize").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Cartoonize")
