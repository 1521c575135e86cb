"""Gallery: what was made and what was brought, to find, look at, save, send on, tag and delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.owners import owner_of
from studio.sendto import Place, places
from studio.tasks import tasks
from tabs.kit.grid import GRID, details, grid
from tabs.kit.i18n import label, language, say
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import QUIET

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "gallery"
PAGE = 48
ZIP = """(ids) => {
  if (!ids.length) return [];
  fetch("api/v1/assets/zip", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({ids})})
    .then((answer) => answer.blob()).then((blob) => {
      const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: "atelier.zip"});
      link.click(); URL.revokeObjectURL(link.href);
    });
  return [];
}"""


@dataclass(frozen=True)
class Widgets:
    search: gr.Textbox
    kind: gr.Radio
    role: gr.Radio
    grid: gr.HTML
    more: gr.Button
    details: gr.HTML
    actions: gr.Column
    single: gr.Row
    load: gr.Button
    task: gr.Dropdown
    send: gr.Button
    tags: gr.Textbox
    tag: gr.Button
    zip: gr.Button
    delete: gr.Button
    chosen: gr.State
    shown: gr.State


def build(studio: "Studio") -> Widgets:
    with gr.Row():
        search = gr.Textbox(label=label("ui.gallery.search"), info=label("ui.gallery.search.help"), scale=2)
        kind = gr.Radio(
            _choices("ui.kind", ("all", "video", "image", "audio")), value="all", label=label("ui.gallery.kind")
        )
        role = gr.Radio(_choices("ui.role", ("output", "input")), value="output", label=label("ui.gallery.role"))
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            tiles = gr.HTML(js_on_load=GRID)
            more = gr.Button(label("ui.gallery.more"), visible=False)
        with gr.Column(scale=2, min_width=320, visible=False) as actions:
            about = gr.HTML()
            with gr.Row() as single:
                load = gr.Button(label("ui.gallery.load"))
                task = gr.Dropdown([], label=label("ui.gallery.to"), scale=2)
                send = gr.Button(label("ui.gallery.send"))
            with gr.Row():
                tags = gr.Textbox(label=label("ui.gallery.tags"), info=label("ui.gallery.tags.help"), scale=2)
                tag = gr.Button(label("ui.gallery.tag"))
            with gr.Row():
                packed = gr.Button(label("ui.gallery.zip"))
                delete = gr.Button(label("ui.delete"), variant="stop")
    return Widgets(
        search, kind, role, tiles, more, about, actions, single, load, task, send, tags, tag, packed, delete,
        gr.State([]), gr.State(PAGE),
    )  # fmt: skip


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio

    def show(search: str, kind: str, role: str, shown: int, request: gr.Request) -> tuple[Any, ...]:
        found = studio.library.list(
            owner_of(request), role=role, kind=None if kind == "all" else kind, text=search or None, limit=shown + 1
        )
        tiles = grid(found[:shown], request) if found else f'<p class="at-note">{say("ui.gallery.empty", request)}</p>'
        return tiles, gr.update(visible=len(found) > shown), [], gr.update(visible=False)

    def again(search: str, kind: str, role: str, request: gr.Request) -> tuple[Any, ...]:
        return *show(search, kind, role, PAGE, request), PAGE

    def further(search: str, kind: str, role: str, shown: int, request: gr.Request) -> tuple[Any, ...]:
        return *show(search, kind, role, shown + PAGE, request), shown + PAGE

    def choose(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        ids = [str(item) for item in event.keys][: 10 * PAGE]
        none = gr.skip()
        if len(ids) != 1:
            many = f'<p class="at-state">{say("ui.gallery.many", request, count=len(ids))}</p>'
            return ids, gr.update(visible=bool(ids)), many, gr.update(visible=False), none, none, _delete(request, 0)
        try:
            asset = studio.library.get(ids[0], owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return [], gr.update(visible=False), "", none, none, none, none
        where = [place.task for place in places(asset.kind) if place.main and place.task in page.receivers]
        choices = [(say(f"ui.tab.{task}", request), task) for task in where]
        target = gr.update(choices=choices, value=where[0] if where else None)
        return (
            ids,
            gr.update(visible=True),
            details(asset, request),
            gr.update(visible=True),
            target,
            ", ".join(asset.tags),
            _delete(request, 0),
        )

    def tag(
        ids: list[str], tags: str, search: str, kind: str, role: str, shown: int, request: gr.Request
    ) -> tuple[Any, ...]:
        _told(request, lambda: [studio.library.tag(item, owner_of(request), _words(tags)) for item in ids])
        return show(search, kind, role, shown, request)

    def delete(
        ids: list[str], sure: Any, search: str, kind: str, role: str, shown: int, request: gr.Request
    ) -> tuple[Any, ...]:
        if not ids:
            return *(gr.skip() for _ in range(4)), gr.skip(), 0
        if not sure:
            return *(gr.skip() for _ in range(4)), _delete(request, len(ids)), 1
        _told(request, lambda: studio.library.delete(ids, owner_of(request)))
        return *show(search, kind, role, shown, request), _delete(request, 0), 0

    sure = gr.State(0)
    asked, seen = [w.search, w.kind, w.role], [w.grid, w.more, w.chosen, w.actions]
    for event in (w.search.submit, w.kind.change, w.role.change, page.tabs.change):
        event(again, asked, [*seen, w.shown], **QUIET)
    blocks.load(again, asked, [*seen, w.shown], **QUIET)
    w.more.click(further, [*asked, w.shown], [*seen, w.shown], **QUIET)
    picked = [w.chosen, w.actions, w.details, w.single, w.task, w.tags, w.delete]
    w.grid.select(choose, None, picked, **QUIET).then(lambda: 0, None, sure, queue=False, **QUIET)
    w.tag.click(tag, [w.chosen, w.tags, *asked, w.shown], seen, **QUIET)
    w.zip.click(None, w.chosen, None, js=ZIP, api_visibility="private")
    w.delete.click(delete, [w.chosen, sure, *asked, w.shown], [*seen, w.delete, sure], **QUIET)
    _wire_sending(w, page)


def _wire_sending(w: Widgets, page: Any) -> None:
    """“Load these settings” and “send to”: whichever tab takes it is opened."""
    studio: Studio = page.studio
    receivers: dict[str, Receiver] = page.receivers
    outputs = [page.tabs, *(output for receiver in receivers.values() for output in receiver.outputs)]

    def deliver(task: str, asset: Any, values: Any) -> list[Any]:
        updates: list[Any] = [gr.Tabs(selected=task)]
        for name, receiver in receivers.items():
            updates += receiver.take(asset, values) if name == task else [gr.skip() for _ in receiver.outputs]
        return updates

    def nothing() -> list[Any]:
        return [gr.skip() for _ in outputs]

    def send(ids: list[str], task: str, request: gr.Request) -> list[Any]:
        try:
            return deliver(task, studio.library.get(ids[0], owner_of(request)), None) if ids and task else nothing()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return nothing()

    def load(ids: list[str], request: gr.Request) -> list[Any]:
        owner = owner_of(request)
        try:
            recalled = studio.recall(ids[0], owner)
            main = next((place.field for place in _mains() if place.task == recalled.task), "")
            source = recalled.values.get(main)
            return deliver(recalled.task, studio.library.get(source, owner) if source else None, recalled.values)
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return nothing()

    w.send.click(send, [w.chosen, w.task], outputs, **QUIET)
    w.load.click(load, w.chosen, outputs, **QUIET)


def _mains() -> list[Place]:
    """The main medium of every task."""
    return [
        place
        for task in tasks().values()
        for kind in task.accepts
        for place in places(kind)
        if place.main and place.task == task.name
    ]


def _delete(request: gr.Request, count: int) -> Any:
    text = say("ui.gallery.sure", request, count=count) if count else label("ui.delete")
    return gr.update(value=text)


def _told(request: gr.Request, work: Any) -> None:
    try:
        work()
    except StudioError as error:
        gr.Warning(error.text(language(request)))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]


def _choices(prefix: str, names: Sequence[str]) -> list[tuple[Any, str]]:
    return [(label(f"{prefix}.{name}"), name) for name in names]
