"""What a visitor made last: a row of pictures that open in the tab that shows results."""

import html
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.owners import owner_of
from tabs.kit.grid import face
from tabs.kit.i18n import say
from tabs.kit.receiver import opens_result
from tabs.kit.runbar import QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

SHOWN = 6


def build_recent() -> gr.HTML:
    return gr.HTML(js_on_load=script("recent.js"), elem_classes="at-recent")


def wire_recent(recent: gr.HTML, page: Any, blocks: gr.Blocks) -> None:
    """The tab that shows results has to be wired already."""
    studio: Studio = page.studio

    def look(request: gr.Request) -> str:
        return drawn(studio, request)

    now: dict[str, Any] = {**QUIET, "queue": False}
    for event in (blocks.load, page.tabs.change, recent.look):
        event(look, None, recent, **now)
    opens_result(recent.open_result, page)
    recent.go(lambda: gr.Tabs(selected=page.results), None, page.tabs, **now)


def drawn(studio: "Studio", request: gr.Request) -> str:
    """Nothing while nothing was made."""
    made = studio.library.list(owner_of(request), role="output", limit=SHOWN)
    if not made:
        return ""
    tiles = "".join(
        f'<button type="button" class="at-result" data-file="{asset.id}" title="{html.escape(asset.name)}">'
        f'{face(asset)}<span class="at-tile-name">{html.escape(asset.name)}</span></button>'
        for asset in made
    )
    title, every = (html.escape(say(f"ui.home.{key}", request)) for key in ("recent", "all"))
    return (
        f'<section aria-labelledby="at-recent"><div class="at-recent-head"><h2 id="at-recent">{title}</h2>'
        f'<button type="button" class="at-button" data-act="go">{every}</button></div>'
        f'<div class="at-results">{tiles}</div></section>'
    )
