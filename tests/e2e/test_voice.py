"""The voice tab in a real browser: a text is heard, also like a recording and after the word about rights; a voice is restyled, a film
dubbed with its lines shown.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from engines.speech.zipvoice import FILES
from studio.settings import Settings
from studio.studio import Studio
from tests.audio.sounds import voice
from tests.e2e.opened import opened_page
from tests.e2e.test_browser import AUDIT, SHOTS
from tests.speech import tiny_voices
from tests.voice.films import film

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 60_000
GREETING = "Good morning. 早上好。 Доброе утро. "
GREETINGS = 30
"""So many that the sound is heard before it is whole."""
LISTEN = """() => {
  window.heard = [];
  for (const name of ["playing", "timeupdate"]) document.addEventListener(name, ({ target }) => {
    const { dataset: { job }, currentTime: at } = target;
    if (job && !target.paused) heard.push({ job, name, at, file: target.getAttribute("src"), now: performance.now() / 1000 });
  }, true);
}"""
MOVES_ON = "([sound, at]) => !sound.paused && sound.currentTime > at"
LENGTH = "(sound) => new Promise((done) => sound.readyState ? done(sound.duration) : sound.onloadedmetadata = () => done(sound.duration))"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """With a network that speaks like recordings."""
    tiny_voices.zipvoice(tmp_path)
    with closing(Studio(Settings(data_dir=tmp_path / "studio"))) as studio:
        for file in FILES:
            studio.cards.import_file("own-zipvoice", tmp_path / file)
    with opened_page(tmp_path / "studio", PATIENCE_MS) as page:
        yield page


def goes_on(page: Page, sound: Locator) -> None:
    """Who has listened to the sound while it was made hears the finished file from there."""
    page.wait_for_function("() => heard.some(({ name, file }) => name === 'playing' && file.startsWith('files/'))")
    heard = page.evaluate("heard")
    whole = next(one for one in heard if one["name"] == "playing" and one["file"].startswith("files/"))
    last = [one for one in heard if one["file"].startswith("previews/")][-1]
    assert last["file"] == f"previews/{whole['job']}" and last["at"] > 0
    assert last["at"] <= whole["at"] <= last["at"] + whole["now"] - last["now"]
    page.wait_for_function(MOVES_ON, arg=[sound.element_handle(), whole["at"]])


def test_speaking_restyling_and_dubbing(page: Page, tmp_path: Path) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.get_by_role("tab", name="Voice").click()
    page.get_by_label("Text", exact=True).fill(GREETING * GREETINGS)
    stage = page.locator(".at-stage:visible")
    page.evaluate(LISTEN)
    page.locator(".at-run:visible").click()
    heard = stage.locator("audio:not([autoplay])")
    expect(heard).to_have_count(1)
    assert 2 < heard.evaluate(LENGTH) / GREETINGS < 20
    goes_on(page, heard)
    assert page.evaluate(AUDIT) == []
    page.screenshot(path=SHOTS / "voice-speak.png", full_page=True)

    speak_like_a_recording(page, tmp_path)
    page.get_by_role("tab", name="Restyle").click()
    soundfile.write(tmp_path / "own.wav", voice(2.0), 22050)
    page.locator(".at-drop:visible input[type=file]").first.set_input_files(tmp_path / "own.wav")
    expect(stage.locator("audio")).to_have_count(1)
    page.locator(".at-pick:visible").filter(has_text="Robot").click()
    page.locator(".at-run:visible").click()
    expect(page.locator(".toast-body").first).to_contain_text("rights")
    page.get_by_label("I have the rights to this voice").locator("visible=true").check()
    page.locator(".at-run:visible").click()
    expect(stage.locator("audio")).to_have_count(2)
    page.screenshot(path=SHOTS / "voice-restyle.png", full_page=True)

    page.get_by_role("tab", name="Dub").click()
    page.locator(".at-run:visible").click()
    expect(stage.locator(".at-lines tbody tr")).to_have_count(3)
    film(tmp_path / "in.mp4", 4.0, voice(4.0, 44100) * 0.2)
    (tmp_path / "a.srt").write_text("1\n00:00:00,500 --> 00:00:03,000\nHello there.\n", encoding="utf-8")
    inputs = page.locator(".at-drop:visible input[type=file]")
    inputs.nth(0).set_input_files(tmp_path / "in.mp4")
    expect(stage.locator("video")).to_have_count(1)
    inputs.last.set_input_files(tmp_path / "a.srt")
    expect(page.locator(".at-drop:visible [aria-label='a.srt']")).to_be_visible()
    page.locator(".at-run:visible").click()
    expect(stage.locator(".at-lines tbody tr")).to_have_count(1)
    expect(stage.locator(".at-lines tbody td").nth(2)).to_have_text("Hello there.")
    page.screenshot(path=SHOTS / "voice-dub.png", full_page=True)
    lay_a_spoken_text_over_a_film(page, tmp_path / "in.mp4")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=SHOTS / "voice-phone.png")


def lay_a_spoken_text_over_a_film(page: Page, film: Path) -> None:
    page.get_by_role("tab", name="Speak").click()
    send = page.get_by_role("button", name="Send to Voice-over").locator("visible=true")
    sent = send.get_attribute("data-file")
    send.click()
    expect(page.get_by_role("tab", name="Voice-over")).to_have_attribute("aria-selected", "true")
    stage = page.locator(".at-stage:visible")
    expect(stage.locator(f"audio[src='files/{sent}']")).to_have_count(1)
    page.locator(".at-run:visible").click()
    expect(page.locator(".toast-body").filter(has_text="Film")).to_have_count(1)
    page.locator(".at-drop:visible input[type=file]").last.set_input_files(film)
    expect(page.locator(".at-drop:visible [aria-label='in.mp4']")).to_be_visible()
    page.locator(".at-run:visible").click()
    expect(stage.locator("video")).to_have_count(1)
    page.screenshot(path=SHOTS / "voice-over.png", full_page=True)


def speak_like_a_recording(page: Page, place: Path) -> None:
    soundfile.write(place / "me.wav", voice(4.0), 22050)
    page.get_by_label("Text", exact=True).fill("Good morning. The studio is open.")
    expect(page.get_by_label("Words of the recording")).to_have_count(0)
    page.get_by_label("Model").locator("visible=true").click()
    page.get_by_role("option", name="Your own ZipVoice").click()
    words = page.get_by_label("Words of the recording").locator("visible=true")
    words.fill("Somebody says a dozen words here, and then some more.")
    page.locator("input[type=file][accept^='audio/']").first.set_input_files(place / "me.wav")
    expect(page.get_by_label("Download").locator("visible=true")).to_have_count(1)
    page.locator(".at-run:visible").click()
    expect(page.locator(".toast-body").first).to_contain_text("rights")
    page.locator(".toast-close").first.click()
    page.get_by_label("I have the rights to this voice").locator("visible=true").check()
    before = page.locator(".at-stage:visible audio:not([autoplay])").get_attribute("src")
    page.locator(".at-run:visible").click()
    heard = page.locator(f".at-stage:visible audio:not([autoplay]):not([src='{before}'])")
    expect(heard).to_have_count(1)
    page.screenshot(path=SHOTS / "voice-like.png", full_page=True)
