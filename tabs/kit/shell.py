"""The page: its tabs, its looks, and the named functions that programs call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.signature import NamedFunction
from studio.texts import languages, text
from tabs import cartoon, character, face_swap, gallery, home, models, prompt, search, voice
from tabs.kit.i18n import i18n, label
from tabs.kit.outbox import wire_handing, wire_loading, wire_sending
from tabs.kit.queue import build_drawer, wire_drawer
from tabs.kit.receiver import Receiver, Viewer
from tabs.kit.theme import theme
from tabs.kit.web import head, sheets

if TYPE_CHECKING:
    from studio.studio import Studio


@dataclass(frozen=True)
class Page:
    """What a tab may use when it is wired: the studio, the way to other tabs, who takes what is sent, who shows files, who has
    the event of ``wire_sending``, who that of ``wire_loading``, and who that of ``wire_handing``.

    ``results`` is the name of the tab that shows what was made.
    """

    studio: "Studio"
    tabs: gr.Tabs
    results: str
    receivers: dict[str, Receiver] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    senders: list[gr.HTML] = field(default_factory=list)
    loaders: list[gr.HTML] = field(default_factory=list)
    handers: list[gr.HTML] = field(default_factory=list)


def build(studio: "Studio", functions: Sequence[NamedFunction]) -> gr.Blocks:
    """The whole page: every tab is built first, and wired when all are there."""
    with gr.Blocks(title="Atelier", fill_width=True, analytics_enabled=False) as page:
        gr.HTML(_head(), js_on_load=None)
        with gr.Tabs(selected="home") as tabs:
            built = []
            for module in (home, prompt, character, face_swap, cartoon, search, voice, gallery, models):
                with gr.Tab(label(f"ui.tab.{module.NAME}"), id=module.NAME):
                    built.append((module, module.build(studio)))
        drawer = build_drawer()
        shared = Page(studio, tabs, gallery.NAME)
        for module, widgets in (*built[1:], built[0]):  # home last: it opens what the others show
            module.wire(widgets, shared, page)
        for sender in shared.senders:
            wire_sending(sender, shared)
        for loader in shared.loaders:
            wire_loading(loader, shared)
        for hander in shared.handers:
            wire_handing(hander, shared)
        wire_drawer(drawer, shared)
        for function in functions:
            gr.api(function.fn, api_name=function.name, queue=False, concurrency_limit=None)
    return page.queue(max_size=64, api_open=False, default_concurrency_limit=None)


def options(studio: "Studio") -> dict[str, Any]:
    """Looks and languages, for whoever serves the page."""
    return {
        "theme": theme(),
        "css_paths": sheets(),
        "head": head(),
        "i18n": i18n(),
        "footer_links": ["settings", "api"],
    }


def _head() -> str:
    """The name of the studio, and the choice of language."""
    choices = "".join(
        f'<option value="{lang}" lang="{lang}">{text("ui.language", lang)}</option>' for lang in languages()
    )
    select = f'<select id="at-language" aria-label="Language · 语言 · Язык">{choices}</select>'
    return f'<div class="at-head"><h1>Atelier</h1>{select}</div>'
