"""The studio's page in a real browser, with a server and a data folder of its own."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.serving import free_port, started_app

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first that is there is taken: without all that a window needs, a page costs a quarter less."""


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "chromium is missing: make setup installs it"
    with (
        sync_playwright() as play,
        closing(play.chromium.launch(executable_path=program, args=["--no-sandbox"])) as browser,
    ):
        yield browser


@contextmanager
def opened_page(
    data: Path, patience_ms: int, *, locale: str = "en-GB", permissions: Sequence[str] = ()
) -> Iterator[Page]:
    """The page as a visitor of this language first sees it; ``patience_ms`` holds for all that is waited for."""
    port = free_port()
    server = started_app(port, data)
    try:
        with opened_browser() as browser:
            page = browser.new_context(locale=locale, permissions=list(permissions)).new_page()
            page.set_default_timeout(patience_ms)
            expect.set_options(timeout=patience_ms)
            page.goto(f"http://127.0.0.1:{port}/")
            yield page
    finally:
        server.terminate()
        server.wait(30)
