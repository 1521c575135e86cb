"""Models: what can be downloaded or put in by hand, under which licence, what is in memory, and which engines can run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import NotAllowed, StudioError
from studio.owners import owner_of
from tabs.kit.i18n import language
from tabs.kit.runbar import QUIET
from tabs.kit.shelf import may_change, shelf
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "models"


@dataclass(frozen=True)
class Widgets:
    shelf: gr.HTML


def build(studio: "Studio") -> Widgets:
    return Widgets(gr.HTML(js_on_load=script("models.js"), elem_classes="at-models-tab"))


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    desk = Desk(page.studio)
    now: dict[str, Any] = {**QUIET, "queue": False}
    page.tabs.change(desk.show, None, w.shelf, **now)
    w.shelf.look(desk.show, None, w.shelf, trigger_mode="always_last", **now)
    w.shelf.act(desk.act, None, w.shelf, trigger_mode="multiple", **now)


class Desk:
    """What the cards' buttons do; each shows afterwards how things stand."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def show(self, request: gr.Request) -> str:
        return shelf(self._studio, request)

    def act(self, event: gr.EventData, request: gr.Request) -> str:
        """Do what a button says, if the visitor may; what doesn't work is told."""
        try:
            if not may_change(self._studio, request):
                raise NotAllowed("rest.admin")
            self._do(event, owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return self.show(request)

    def _do(self, event: gr.EventData, owner: str) -> None:
        studio, key = self._studio, str(event.key)
        if event.act == "start":
            if event.accepted:
                studio.cards.accept(key, owner)
            studio.downloads.start(key, owner)
        elif event.act == "stop":
            studio.downloads.cancel(key)
        elif event.act == "delete":
            studio.downloads.delete(key)
        elif event.act == "unload":
            studio.memory.unload(key)
        elif event.act == "unload_all":
            studio.memory.unload_all()
