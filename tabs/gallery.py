"""Gallery: what was made and what was brought, to find, look at, save, send on, tag and delete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.owners import owner_of
from studio.tasks import tasks
from tabs.kit.detail import details
from tabs.kit.grid import grid, nothing, used
from tabs.kit.i18n import label, language, say
from tabs.kit.receiver import Viewer, tab_of
from tabs.kit.runbar import QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "gallery"
PAGE = 48
MOST = 5000
ALL = ""
T = TypeVar("T")


@dataclass(frozen=True)
class Widgets:
    search: gr.Textbox
    kind: gr.Dropdown
    task: gr.Dropdown
    tag: gr.Dropdown
    role: gr.Radio
    grid: gr.HTML
    detail: gr.HTML

    @property
    def filters(self) -> list[Any]:
        return [self.search, self.kind, self.task, self.tag, self.role]


def build(studio: "Studio") -> Widgets:
    everything = (label("ui.gallery.every"), ALL)
    kinds = [(label(f"ui.kind.{kind}"), kind) for kind in ("video", "image", "audio", "file")]
    made_by = [(label(f"ui.tab.{task}"), task) for task in tasks()]
    roles = [(label(f"ui.role.{role}"), role) for role in ("output", "input")]
    with gr.Row(elem_classes="at-filters"):
        search = gr.Textbox(
            label=label("ui.gallery.search"), placeholder=label("ui.gallery.search.help"), scale=3, min_width=220
        )
        role = gr.Radio(roles, value="output", label=label("ui.gallery.role"), scale=2, min_width=290)
        kind = gr.Dropdown([everything, *kinds], value=ALL, label=label("ui.gallery.kind"), min_width=90)
        task = gr.Dropdown([everything, *made_by], value=ALL, label=label("ui.gallery.task"), min_width=90)
        tag = gr.Dropdown([everything], value=ALL, label=label("ui.gallery.tags"), min_width=90)
    with gr.Row(equal_height=False, elem_classes="at-gallery-row"):
        tiles = gr.HTML(js_on_load=script("gallery.js"), elem_classes="at-gallery")
        detail = gr.HTML(js_on_load=script("detail.js"), elem_classes="at-detail")
    return Widgets(search, kind, task, tag, role, tiles, detail)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    shelf = Shelf(page.studio, page.receivers)
    shown, now = [w.grid, w.tag], {**QUIET, "queue": False}

    def opened(event: gr.EventData) -> gr.Tabs:
        return gr.Tabs(selected=tab_of(page, str(event.task)))

    w.search.change(shelf.show, w.filters, shown, trigger_mode="always_last", **now)
    for box in (w.kind, w.task, w.tag, w.role):
        box.input(shelf.show, w.filters, shown, **now)
    page.tabs.change(shelf.show, w.filters, shown, **now)
    w.grid.more_files(shelf.more, w.filters, shown, **now)
    w.grid.refresh(shelf.again, w.filters, shown, **now)
    w.grid.go(opened, None, page.tabs, **now)
    cleared = w.grid.clear(lambda: ["", ALL, ALL, ALL, "output"], None, w.filters, **now)
    cleared.then(shelf.show, w.filters, shown, **now)
    w.grid.show_file(shelf.open, None, w.detail, **now)
    w.detail.show_file(shelf.open, None, w.detail, **now)
    w.detail.close(lambda: "", None, w.detail, **now)
    for place in (w.grid, w.detail):
        place.tag_files(shelf.tag, [w.detail, *w.filters], [w.detail, *shown], **QUIET)
        place.delete_files(shelf.delete, [w.detail, *w.filters], [w.detail, *shown], **QUIET)
    page.viewers[NAME] = Viewer([w.detail], lambda asset, request: [shelf.drawn(asset, request)])
    page.senders.append(w.detail)
    page.loaders.append(w.detail)


class Shelf:
    """What the gallery shows and does; filters come as search, kind, task, tag and role."""

    def __init__(self, studio: "Studio", receivers: dict[str, Any]) -> None:
        self._studio, self._receivers = studio, receivers

    def show(self, request: gr.Request, *filters: Any) -> tuple[str, Any]:
        return self._grid(filters, PAGE, request)

    def more(self, event: gr.EventData, request: gr.Request, *filters: Any) -> tuple[str, Any]:
        return self._grid(filters, _count(event) + PAGE, request)

    def again(self, event: gr.EventData, request: gr.Request, *filters: Any) -> tuple[str, Any]:
        return self._grid(filters, _count(event), request)

    def open(self, event: gr.EventData, request: gr.Request) -> Any:
        asset = self._told(request, lambda: self._studio.library.get(str(event.file), owner_of(request)))
        return self.drawn(asset, request) if asset else gr.skip()

    def drawn(self, asset: Asset, request: gr.Request) -> str:
        return details(self._studio, asset, list(self._receivers), request)

    def tag(self, event: gr.EventData, request: gr.Request, detail: str, *filters: Any) -> tuple[Any, ...]:
        library, owner = self._studio.library, owner_of(request)
        add, remove = (set(_words(str(getattr(event, name, "")))) for name in ("add", "remove"))

        def work() -> None:
            for asset in [library.get(item, owner) for item in _ids(event)]:
                library.tag(asset.id, owner, sorted((set(asset.tags) | add) - remove))

        self._told(request, work)
        return self._after(event, detail, filters, request)

    def delete(self, event: gr.EventData, request: gr.Request, detail: str, *filters: Any) -> tuple[Any, ...]:
        self._told(request, lambda: self._studio.library.delete(_ids(event), owner_of(request)))
        return self._after(event, detail, filters, request)

    def _after(self, event: gr.EventData, detail: str, filters: Sequence[Any], request: gr.Request) -> tuple[Any, ...]:
        """The panel anew when its file was meant, then the grid as far as it was shown."""
        opened: Any = gr.skip()
        for item in _ids(event):
            if f'data-key="{item}"' in (detail or ""):
                library, owner = self._studio.library, owner_of(request)
                opened = self.drawn(library.get(item, owner), request) if library.owns(item, owner) else ""
        return opened, *self._grid(filters, _count(event), request)

    def _grid(self, filters: Sequence[Any], count: int, request: gr.Request) -> tuple[str, Any]:
        text, kind, task, tag, role = filters
        library, owner = self._studio.library, owner_of(request)
        wanted: dict[str, Any] = {
            "kind": kind or None,
            "task": task if task and role == "output" else None,
            "tag": tag or None,
            "text": (text or "").strip() or None,
        }
        count = min(max(count, PAGE), MOST)
        found = library.list(owner, role=role, limit=count + 1, **wanted)
        tags = [(f"{name} ({times})", name) for name, times in library.tags(owner).items()]
        choices = gr.update(choices=[(label("ui.gallery.every"), ALL), *tags])
        if found:
            room = used(library.usage(owner), self._studio.settings.owner_quota_gb, request)
            return grid(found[:count], request, more=len(found) > count, note=room), choices
        if any(wanted.values()):
            return nothing(request, say("ui.gallery.no_match", request), [_clear(request)]), choices
        make = [("go", name, say(f"ui.tab.{name}", request)) for name, task in tasks().items() if task.tab]
        return nothing(request, say(f"ui.gallery.empty.{role}", request), make), choices

    def _told(self, request: gr.Request, work: Callable[[], T]) -> T | None:
        """The result of ``work``; an error is told to the visitor."""
        try:
            return work()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return None


def _clear(request: gr.Request) -> tuple[str, str, str]:
    return "clear", "", say("ui.gallery.clear", request)


def _ids(event: gr.EventData) -> list[str]:
    return [str(item) for item in event.ids][:MOST]


def _count(event: gr.EventData) -> int:
    return int(event.shown)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]
