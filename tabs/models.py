"""Models: what can be downloaded, under which licence, and what is in memory."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import NotAllowed, StudioError
from studio.owners import is_admin, owner_of
from tabs.kit.i18n import label, language, say

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "models"


@dataclass(frozen=True)
class Widgets:
    table: gr.HTML
    card: gr.Dropdown
    accept: gr.Checkbox
    download: gr.Button
    cancel: gr.Button
    delete: gr.Button
    refresh: gr.Button
    unload: gr.Button


def build(studio: "Studio") -> Widgets:
    table = gr.HTML()
    with gr.Row():
        card = gr.Dropdown([(found.title.en, found.id) for found in studio.cards.all()], label=label("ui.models.card"))
        accept = gr.Checkbox(False, label=label("ui.models.accept"))
    with gr.Row():
        download = gr.Button(label("ui.models.download"), variant="primary")
        cancel = gr.Button(label("ui.stop"))
        delete = gr.Button(label("ui.delete"), variant="stop")
        refresh = gr.Button(label("ui.refresh"))
        unload = gr.Button(label("ui.models.unload"))
    return Widgets(table, card, accept, download, cancel, delete, refresh, unload)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

    def show(request: gr.Request) -> str:
        return overview(studio, request)

    def guarded(work: Any, request: gr.Request) -> str:
        try:
            if studio.settings.public and not is_admin(request):
                raise NotAllowed("rest.admin")
            work()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return show(request)

    def download(card: str, accept: bool, request: gr.Request) -> str:
        def work() -> None:
            if accept:
                studio.cards.accept(card, owner_of(request))
            studio.downloads.start(card, owner_of(request))

        return guarded(work, request)

    def cancel(card: str, request: gr.Request) -> str:
        return guarded(lambda: studio.downloads.cancel(card), request)

    def delete(card: str, request: gr.Request) -> str:
        return guarded(lambda: studio.downloads.delete(card), request)

    def unload(request: gr.Request) -> str:
        return guarded(studio.memory.unload_all, request)

    w.download.click(download, [w.card, w.accept], w.table, **quiet)
    w.cancel.click(cancel, w.card, w.table, **quiet)
    w.delete.click(delete, w.card, w.table, **quiet)
    w.unload.click(unload, None, w.table, **quiet)
    w.refresh.click(show, None, w.table, **quiet)
    blocks.load(show, None, w.table, **quiet)


def overview(studio: "Studio", request: gr.Request) -> str:
    """A table of the model cards and a line on what is in memory."""
    lang = language(request)
    rows = []
    for card in studio.cards.all():
        title = getattr(card.title, {"zh-CN": "zh_cn"}.get(lang, lang), None) or card.title.en
        use = say("ui.models.commercial" if card.commercial else "ui.models.noncommercial", request)
        running = studio.downloads.get(card.id)
        state = say(f"ui.models.{studio.cards.state(card.id)}", request)
        if running is not None and running.state == "running":
            state = f"{running.done_bytes / 1e6:.1f} / {(running.total_bytes or 0) / 1e6:.1f} MB"
        licence = f'<a href="{html.escape(card.licence_url)}" target="_blank" rel="noreferrer">{html.escape(card.licence)}</a>'
        rows.append(f"<tr><td>{html.escape(title)}</td><td>{licence}<br>{use}</td><td>{state}</td></tr>")
    memory = [
        f"{html.escape(item.key)} ({item.bytes / 1e6:.0f} MB, {item.device})" for item in studio.memory.resident()
    ]
    inside = ", ".join(memory) or say("ui.models.nothing", request)
    head = "".join(f"<th>{say(f'ui.models.{name}', request)}</th>" for name in ("card", "licence", "state"))
    table = f'<table class="at-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'{table}<p class="at-note">{say("ui.models.memory", request)} {inside}</p>'
