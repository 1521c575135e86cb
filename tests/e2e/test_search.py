"""The Search tab in a real browser: a folder is added, a picture finds its shot, the film plays from there, a frame goes to another tab."""

import shutil
from pathlib import Path

import cv2
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from engines.media.decode import frame_at
from tests.bench.clips import clips
from tests.e2e.opened import opened_page
from tests.search.looking import film

PATIENCE_MS = 180_000
SHOTS = Path(__file__).parents[2] / "shots"


@pytest.fixture
def footage(tmp_path):
    """Films of drawn scenes, one of the clips, and a file that is none."""
    for number in range(3):
        film(tmp_path / "in" / f"scenes {number}.mp4", [number * 10 + scene for scene in range(4)])
    clip = clips()[-1]
    (tmp_path / "in" / clip.name).write_bytes(clip.read_bytes())
    (tmp_path / "in" / "broken.mp4").write_bytes(b"not a film")
    shutil.copy(tmp_path / "in" / "scenes 0.mp4", tmp_path / "in" / "scenes 0 copy.mp4")
    film(tmp_path / "in" / "scenes 0 again.mp4", [1, 2], rate=15)
    return tmp_path / "in", clip


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"search-{name}.png", full_page=True)


@pytest.mark.browser
@pytest.mark.slow
def test_a_picture_finds_its_shot_in_the_browser(footage, tmp_path):
    folder, clip = footage
    picture = frame_at(clip, 2.0).rgb
    height, width = picture.shape[:2]
    crop = cv2.resize(picture[height // 8 :, width // 8 :], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    Image.fromarray(crop).save(tmp_path / "question.jpg", quality=50)
    with opened_page(tmp_path / "data", PATIENCE_MS) as page:
        page.get_by_role("tab", name="Search").click()
        form = page.locator(".at-add")
        form.locator("[name=folder]").fill(str(folder))
        form.locator("button[type=submit]").click()
        expect(page.locator(".at-adding")).to_contain_text("5 added, 1 known")
        expect(page.locator(".at-adding li")).to_contain_text("broken.mp4")
        expect(page.locator(".at-library")).to_contain_text("footage")
        page.locator(".at-dropped input").set_input_files(tmp_path / "question.jpg")
        ask = page.locator(".at-asked").get_by_role("button", name="Search", exact=True)
        ask.click()
        first = page.locator(".at-films .at-shot").first
        expect(first).to_contain_text(clip.name)
        expect(first).to_contain_text("Certain")
        shoot(page, "found")
        first.click()
        video = page.locator(".at-watch video")
        expect(video).to_be_visible()
        page.wait_for_function("document.querySelector('.at-watch video').readyState > 0")
        expect(page.locator(".at-strip .at-shot").first).to_be_visible()
        shoot(page, "watched")
        page.locator(".at-watch").get_by_role("button", name="Picture → Cartoon").click()
        expect(page.get_by_role("tab", name="Cartoon")).to_have_attribute("aria-selected", "true")
        page.get_by_role("tab", name="Search").click()
        page.locator(".at-ungiven").click()
        expect(page.locator(".at-given")).to_have_count(0)
        page.locator("[name=words]").fill("scenes 2")
        ask.click()
        expect(page.locator(".at-films .at-shot").first).to_contain_text("scenes 2.mp4")
        page.get_by_role("button", name="Same footage twice").click()
        expect(page.locator(".at-adding")).to_contain_text("scenes 0 again.mp4")
        expect(page.locator(".at-adding")).to_contain_text("scenes 0 copy.mp4 = ")
        shoot(page, "twice")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        shoot(page, "narrow")
