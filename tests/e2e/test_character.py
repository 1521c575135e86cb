"""The character tab in a real browser: a prompt handed over, drawn, another part chosen, a region painted, a face refused, kept over a reload."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.opened import opened_page
from tests.e2e.test_browser import AUDIT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 180_000


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    with opened_page(tmp_path / "studio", PATIENCE_MS) as opened:
        yield opened


def step(page: Page, name: str, state: str = "done"):
    return page.locator(f".at-step-{state}[data-step={name}]")


def settled(page: Page) -> None:
    """Every step is made of what is there."""
    expect(step(page, "upscale")).to_be_visible()
    expect(page.locator(".at-step-stale")).to_have_count(0)


def test_a_character_from_the_prompt_to_the_finished_picture(page):
    page.get_by_role("tab", name="Prompts").click()
    page.get_by_label("Idea").first.fill("a woman with a high ponytail and a bowler hat, in a flower meadow")
    page.get_by_role("button", name="Write", exact=True).click()
    page.get_by_role("button", name="Draw the character").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Character")
    expect(page.locator(".at-step-words")).to_contain_text("high ponytail")
    page.locator("[data-act=step-to][data-step=upscale]").click()
    settled(page)
    hair = page.locator('.at-found .at-part[data-part^="hair/"]')
    expect(hair).to_have_attribute("data-part", "hair/ponytail")
    assert page.evaluate(AUDIT) == []
    first = str(page.locator(".at-stage .at-media").get_attribute("src"))
    page.locator("[data-act=pack][data-format=ora]").click()
    expect(page.locator('.at-step[data-step=upscale] .at-download[download$=".ora"]')).to_be_visible()

    page.get_by_role("button", name="Cut out").click()
    page.locator(".at-place:visible [data-act=place-open]").click()
    easel = page.locator(".at-place-easel:visible")
    easel.locator(".at-easel-paint").focus()
    for key in ("Space", "Shift+ArrowDown", "Space"):
        page.keyboard.press(key)
    easel.get_by_label("Box around it").check()
    box = easel.locator(".at-easel-paint").bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"], steps=2)
    page.mouse.up()
    assert page.evaluate(AUDIT) == []
    easel.locator("[data-act=place-done]").click()
    expect(page.locator(".at-place:visible")).to_have_attribute(
        "data-hints", re.compile(r'^\["box:51\d,7[67]\d,10[12]\d,153\d"\]$')
    )
    expect(page.locator(".at-place:visible")).to_have_attribute("data-mask", re.compile("."))
    page.get_by_role("button", name="Cut out").click()

    hair.click()
    page.locator('.at-parts [data-part="hair/bob"]').click()
    expect(hair).to_have_attribute("data-part", "hair/bob")
    expect(step(page, "draw", "stale")).to_be_visible()
    page.locator("[data-act=step-to][data-step=upscale]").click()
    settled(page)
    expect(hair).to_have_attribute("data-part", "hair/bob")
    expect(page.locator(".at-stage .at-media")).not_to_have_attribute("src", first)

    page.locator("[data-act=paint]").click()
    expect(page.locator(".at-region-easel .at-easel-paint")).to_be_visible()
    box = page.locator(".at-region-easel .at-easel-paint").bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.mouse.up()
    assert page.evaluate(AUDIT) == []
    page.locator("[data-act=easel-done]").click()
    expect(step(page, "masks", "stale")).to_be_visible()
    page.locator("[data-act=step-to][data-step=draw]").click()
    expect(step(page, "draw")).to_be_visible()
    expect(page.locator("[data-act=unpaint]")).to_be_visible()

    page.locator(".at-spot input").first.uncheck()
    page.locator("[data-act=step-to][data-step=upscale]").click()
    settled(page)
    expect(page.locator(".at-spot input").first).not_to_be_checked()
    last = str(page.locator(".at-stage .at-media").get_attribute("src"))
    page.reload()
    page.get_by_role("tab", name="Character").click()
    settled(page)
    expect(page.locator(".at-stage .at-media")).to_have_attribute("src", last)
    page.locator(".at-past summary").click()
    page.locator(".at-past-one").first.click()
    expect(page.locator(".at-stage .at-media")).to_have_attribute("src", first)
    expect(hair).to_have_attribute("data-part", "hair/ponytail")
    settled(page)
    assert page.evaluate(AUDIT) == []
    page.get_by_role("tab", name="Gallery").click()
    page.locator(".at-tile").first.click()
    page.get_by_role("button", name="Load these settings").click()
    expect(page.locator('[role="tab"][aria-selected="true"]')).to_have_text("Character")
    expect(page.locator(".at-step-words")).to_contain_text("high ponytail")
