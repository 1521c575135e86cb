"""The studio behind a reverse proxy that serves it under a path."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.opened import opened_browser
from tests.e2e.proxy import proxy
from tests.serving import free_port, served, started_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PREFIX = "/art/studio"
PATIENCE_MS = 120_000


def test_page_files_and_rest_work_under_a_path(tmp_path: Path) -> None:
    port = free_port()
    server = started_app(port, tmp_path, STUDIO_ROOT_PATH=PREFIX)
    try:
        with served(proxy(PREFIX, f"http://127.0.0.1:{port}")) as address:
            assert httpx.get(f"{address}/").status_code == 404
            assert httpx.get(f"{address}{PREFIX}/api/v1/tasks", timeout=PATIENCE_MS / 1000).status_code == 200
            with opened_browser() as browser:
                page = browser.new_page(locale="en-GB")
                outside: list[str] = []
                page.on("request", lambda request: outside.append(request.url))
                page.goto(f"{address}{PREFIX}/")
                page.get_by_role("tab", name="Cartoonize").click(timeout=PATIENCE_MS)
                expect(page.locator(".at-stage video")).to_be_visible(timeout=PATIENCE_MS)
                page.get_by_role("button", name="Preview", exact=True).click()
                expect(page.locator(".at-stage img").first).to_be_visible(timeout=2 * PATIENCE_MS)
                page.wait_for_function(
                    "[...document.querySelectorAll('.at-stage img')].every((shown) => shown.naturalWidth > 0)"
                )
            assert [url for url in outside if not url.startswith((f"{address}{PREFIX}/", "data:", "blob:"))] == []
    finally:
        server.terminate()
        server.wait(30)
