"""How soon a visitor hears a text: ``python -m tests.bench.bench_first_sound [servers] [presses]``.

A real server with a data folder of its own and its page in Chromium: a visitor opens the Voice tab, types, and presses Run; the
time from that click until the page's ``<audio>`` has moved from its beginning. It is taken for the first press on a page that was just
opened, after each of several starts of the server, then for presses with other texts on the last of them. Nothing but the click allows the page
to play. Engines are compiled before, as ``make setup`` and the Docker image do.

Prints medians and the most, and how long after the click it took until the first answer, the job, its beginning, the
player in the page, the first bytes of sound, and what the player knows by them.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from studio.settings import Settings
from studio.warmup import warm
from tests.e2e.opened import opened_page

PATIENCE_MS = 60_000
SERVERS, PRESSES = 3, 12
KEYS_A_SECOND = 40
SENTENCES = (
    "The ferry leaves at {n} past seven, whatever the weather is like.",
    "Nobody had counted the {n} lamps along the harbour before that evening.",
    "She wrote {n} letters and sent none of them, as far as anybody knows.",
    "Behind the mill there is a path which takes you to the river.",
)
SHORT = "Good morning, number {n}."
WATCH = """() => {
  let seen = {}, job = "";
  const note = (name) => { seen[name] ??= performance.timeOrigin + performance.now(); };
  const sound = () => [...document.querySelectorAll("audio[data-job]")].find((one) => one.dataset.job !== job);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".at-run")) return;
    performance.clearResourceTimings();
    seen = {};
    note("pressed");
  }, true);
  document.addEventListener("loadedmetadata", ({ target }) => { if (target === sound()) note("known"); }, true);
  setInterval(() => {
    if (!seen.pressed || !sound()) return;
    note("player");
    if (sound().currentTime) note("heard");
  }, 2);
  window.taken = () => {
    const asked = performance.getEntriesByType("resource").filter(({ startTime }) => performance.timeOrigin + startTime >= seen.pressed);
    const [answered, bytes] = [/queue.join/, /previews|files/].map((part) => asked.find(({ name }) => part.test(name))?.responseStart);
    if (!seen.heard || !answered || !bytes) return null;  // an answer is listed when it is whole
    job = sound().dataset.job;
    return { ...seen, job, answered: performance.timeOrigin + answered, bytes: performance.timeOrigin + bytes };
  };
}"""
STEPS = ("answered", "queued", "begun", "player", "bytes", "known", "heard")


def press(page: Page, text: str) -> dict[str, float]:
    """Seconds from the click to each of ``STEPS``."""
    field = page.get_by_label("Text", exact=True)
    field.clear()
    field.press_sequentially(text, delay=1000 / KEYS_A_SECOND)
    page.locator(".at-run:visible").click()
    at: dict[str, Any] = page.wait_for_function("() => window.taken()").json_value()
    job = page.request.get(f"{page.url}api/v1/jobs/{at['job']}").json()
    at |= {"queued": 1000 * job["created"], "begun": 1000 * job["started"]}
    page.locator(".at-stage:visible audio:not([autoplay])").wait_for()
    return {name: (at[name] - at["pressed"]) / 1000 for name in STEPS}


def text_of(number: int) -> str:
    """A text that no other number has: four sentences, or a short one alone."""
    return SHORT.format(n=number) if number % 3 == 2 else " ".join(SENTENCES).format(n=number + 2)


def told(what: str, presses: list[dict[str, float]]) -> None:
    sys.stdout.write(f"{what}, {len(presses)} presses: seconds after the click, median and most\n")
    for step in STEPS:
        found = [one[step] for one in presses]
        sys.stdout.write(f"  {step:9}{statistics.median(found):7.3f}{max(found):8.3f}\n")


def main(arguments: list[str]) -> None:
    servers, presses = [*map(int, arguments), *(SERVERS, PRESSES)[len(arguments) :]]
    warm(Settings())
    first, later = [], []
    for server in range(servers):
        with tempfile.TemporaryDirectory() as folder, opened_page(Path(folder) / "studio", PATIENCE_MS) as page:
            page.evaluate(WATCH)
            page.get_by_role("tab", name="Voice").click()
            first.append(press(page, text_of(0)))
            if server == servers - 1:
                later = [press(page, text_of(number)) for number in range(1, presses + 1)]
    told("just opened, on a fresh server", first)
    told("later", later)


if __name__ == "__main__":
    main(sys.argv[1:])
