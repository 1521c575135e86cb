"""Gallery: what was made, to look at, save and delete."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.owners import owner_of
from tabs.kit.i18n import label, language, say

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "gallery"
SHOWN = 60


@dataclass(frozen=True)
class Widgets:
    search: gr.Textbox
    kind: gr.Radio
    refresh: gr.Button
    grid: gr.HTML
    chosen: gr.CheckboxGroup
    delete: gr.Button


def build(studio: "Studio") -> Widgets:
    with gr.Row():
        search = gr.Textbox(label=label("ui.gallery.search"))
        kind = gr.Radio(
            [(label(f"ui.kind.{name}"), name) for name in ("all", "video", "image")],
            value="all",
            label=label("ui.gallery.kind"),
        )
        refresh = gr.Button(label("ui.refresh"))
    grid = gr.HTML()
    with gr.Accordion(label("ui.gallery.manage"), open=False):
        chosen = gr.CheckboxGroup([], label=label("ui.gallery.choose"))
        delete = gr.Button(label("ui.delete"), variant="stop")
    return Widgets(search, kind, refresh, grid, chosen, delete)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

    def show(search: str, kind: str, request: gr.Request) -> tuple[str, Any]:
        found = studio.library.list(
            owner_of(request), role="output", kind=None if kind == "all" else kind, text=search or None, limit=SHOWN
        )
        if not found:
            return f'<p class="at-note">{say("ui.gallery.empty", request)}</p>', gr.update(choices=[], value=[])
        cards = [
            f'<a class="at-tile" href="/files/{asset.id}" target="_blank"><img src="/thumbs/{asset.id}" alt="{html.escape(asset.name)}">'
            f"<span>{html.escape(asset.name)}</span></a>"
            for asset in found
        ]
        return f'<div class="at-grid">{"".join(cards)}</div>', gr.update(
            choices=[(asset.name, asset.id) for asset in found], value=[]
        )

    def delete(ids: list[str], search: str, kind: str, request: gr.Request) -> tuple[str, Any]:
        try:
            studio.library.delete(ids, owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return show(search, kind, request)

    shown, asked = [w.grid, w.chosen], [w.search, w.kind]
    for event in (w.refresh.click, w.search.submit, w.kind.change):
        event(show, asked, shown, **quiet)
    page.tabs.change(show, asked, shown, **quiet)
    blocks.load(show, asked, shown, **quiet)
    w.delete.click(delete, [w.chosen, *asked], shown, **quiet)
