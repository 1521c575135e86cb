"""Models: what can be downloaded or put in by hand, under which licence, what is in memory, and which engines can run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.downloads import ACTIVE
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
    desk = Desk(page.studio)
    seen = [w.table, w.memory, w.resident, w.engines, w.clock]
    w.download.click(desk.download, [w.card, w.accept], seen, **QUIET)
    w.cancel.click(desk.cancel, w.card, seen, **QUIET)
    w.delete.click(desk.delete, w.card, seen, **QUIET)
    w.file.upload(desk.bring, [w.file, w.card, w.accept], seen, **QUIET)
    w.unload.click(desk.unload, w.resident, seen, **QUIET)
    w.unload_all.click(desk.unload_all, None, seen, **QUIET)
    for event in (w.clock.tick, page.tabs.change):
        event(desk.show, None, seen, **QUIET)
    blocks.load(desk.show, None, seen, **QUIET)


class Desk:
    """What the buttons do; each shows afterwards how things stand."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def show(self, request: gr.Request) -> tuple[Any, ...]:
        studio = self._studio
        held = [item.key for item in studio.memory.resident()]
        busy = any(download.state in ACTIVE for download in studio.downloads.all())
        return (
            models_table(studio, request),
            memory_table(studio, request),
            gr.update(choices=held, value=held[0] if held else None),
            engines_table(studio, request),
            gr.Timer(active=busy),
        )

    def download(self, card: str, accept: bool, request: gr.Request) -> tuple[Any, ...]:
        return self._guarded(
            lambda: self._studio.downloads.start(card, owner_of(request)), request, card if accept else None
        )

    def cancel(self, card: str, request: gr.Request) -> tuple[Any, ...]:
        return self._guarded(lambda: self._studio.downloads.cancel(card), request)

    def delete(self, card: str, request: gr.Request) -> tuple[Any, ...]:
        return self._guarded(lambda: self._studio.downloads.delete(card), request)

    def bring(self, file: str | None, card: str, accept: bool, request: gr.Request) -> tuple[Any, ...]:
        if not file:
            return self.show(request)
        return self._guarded(
            lambda: self._studio.cards.import_file(card, Path(file)), request, card if accept else None
        )

    def unload(self, key: str | None, request: gr.Request) -> tuple[Any, ...]:
        return self._guarded(lambda: key and self._studio.memory.unload(key), request)

    def unload_all(self, request: gr.Request) -> tuple[Any, ...]:
        return self._guarded(self._studio.memory.unload_all, request)

    def _guarded(self, work: Any, request: gr.Request, accepted: str | None = None) -> tuple[Any, ...]:
        """Do it if the visitor may, noting first a licence that was accepted; an error is told."""
        try:
            if self._studio.settings.public and not is_admin(request):
                raise NotAllowed("rest.admin")
            if accepted:
                self._studio.cards.accept(accepted, owner_of(request))
            work()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return self.show(request)
