"""Models: what can be downloaded or put in by hand, under which licence, what is in memory, and which engines can run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import NotAllowed, StudioError
from studio.owners import is_admin, owner_of
from tabs.kit.i18n import label, language
from tabs.kit.runbar import QUIET
from tabs.kit.shelf import engines_table, memory_table, models_table

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "models"
EVERY_S = 1.0


@dataclass(frozen=True)
class Widgets:
    table: gr.HTML
    card: gr.Dropdown
    accept: gr.Checkbox
    download: gr.Button
    cancel: gr.Button
    delete: gr.Button
    file: gr.File
    memory: gr.HTML
    resident: gr.Dropdown
    unload: gr.Button
    unload_all: gr.Button
    engines: gr.HTML
    clock: gr.Timer


def build(studio: "Studio") -> Widgets:
    table = gr.HTML()
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            card = gr.Dropdown(
                [(found.title.en, found.id) for found in studio.cards.all()], label=label("ui.models.card")
            )
            accept = gr.Checkbox(False, label=label("ui.models.accept"))
            with gr.Row():
                download = gr.Button(label("ui.models.download"), variant="primary")
                cancel = gr.Button(label("ui.stop"), elem_classes="at-stop")
                delete = gr.Button(label("ui.delete"), variant="stop")
            file = gr.File(label=label("ui.models.by_hand"), type="filepath", height=140, elem_classes="at-drop")
        with gr.Column(scale=2, min_width=320):
            memory = gr.HTML()
            resident = gr.Dropdown([], label=label("ui.models.resident"))
            with gr.Row():
                unload = gr.Button(label("ui.models.unload_one"))
                unload_all = gr.Button(label("ui.models.unload"))
            engines = gr.HTML()
    clock = gr.Timer(EVERY_S, active=False)
    return Widgets(
        table, card, accept, download, cancel, delete, file, memory, resident, unload, unload_all, engines, clock
    )


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio

    def show(request: gr.Request) -> tuple[Any, ...]:
        held = [item.key for item in studio.memory.resident()]
        busy = any(download.state in ("waiting", "running") for download in studio.downloads.all())
        return (
            models_table(studio, request),
            memory_table(studio, request),
            gr.update(choices=held, value=held[0] if held else None),
            engines_table(studio, request),
            gr.Timer(active=busy),
        )

    def guarded(work: Any, request: gr.Request) -> tuple[Any, ...]:
        try:
            if studio.settings.public and not is_admin(request):
                raise NotAllowed("rest.admin")
            work()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return show(request)

    def download(card: str, accept: bool, request: gr.Request) -> tuple[Any, ...]:
        def work() -> None:
            if accept:
                studio.cards.accept(card, owner_of(request))
            studio.downloads.start(card, owner_of(request))

        return guarded(work, request)

    def cancel(card: str, request: gr.Request) -> tuple[Any, ...]:
        return guarded(lambda: studio.downloads.cancel(card), request)

    def delete(card: str, request: gr.Request) -> tuple[Any, ...]:
        return guarded(lambda: studio.downloads.delete(card), request)

    def bring(file: str | None, card: str, accept: bool, request: gr.Request) -> tuple[Any, ...]:
        def work() -> None:
            if accept:
                studio.cards.accept(card, owner_of(request))
            if file:
                studio.cards.import_file(card, Path(file))

        return guarded(work, request)

    def unload(key: str | None, request: gr.Request) -> tuple[Any, ...]:
        return guarded(lambda: key and studio.memory.unload(key), request)

    def unload_all(request: gr.Request) -> tuple[Any, ...]:
        return guarded(studio.memory.unload_all, request)

    seen = [w.table, w.memory, w.resident, w.engines, w.clock]
    w.download.click(download, [w.card, w.accept], seen, **QUIET)
    w.cancel.click(cancel, w.card, seen, **QUIET)
    w.delete.click(delete, w.card, seen, **QUIET)
    w.file.upload(bring, [w.file, w.card, w.accept], seen, **QUIET)
    w.unload.click(unload, w.resident, seen, **QUIET)
    w.unload_all.click(unload_all, None, seen, **QUIET)
    for event in (w.clock.tick, page.tabs.change):
        event(show, None, seen, **QUIET)
    blocks.load(show, None, seen, **QUIET)
