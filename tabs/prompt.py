"""Prompts: write an idea or draw one, change the sheet line by line, and take the text with you."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.owners import owner_of
from studio.tasks.prompt import Dialect, PromptRequest
from tabs.kit.i18n import label, language
from tabs.kit.promptask import MOST_SHEETS
from tabs.kit.promptdesk import NAME, PromptDesk
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import KEPT_SECRET, QUIET
from tabs.kit.sheet import seen_html
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

ASKS = ("expand", "apart", "vary", "matrix", "directions", "translate")
NOW: dict[str, Any] = {**QUIET, "queue": False}


@dataclass(frozen=True)
class Widgets:
    idea: gr.Textbox
    write: gr.Button
    draw: gr.Button
    stop: gr.Button
    status: gr.HTML
    out: gr.HTML
    dialect: gr.Dropdown
    style: gr.Dropdown
    spread: gr.Slider
    count: gr.Slider
    ask: gr.Radio
    upload: gr.File
    seen: gr.HTML
    describe: gr.Button
    read: gr.Button
    redefine: gr.Button
    lists: gr.File
    url: gr.Textbox
    key: gr.Textbox
    model: gr.Dropdown
    writer: gr.Dropdown
    check: gr.Button
    answer: gr.Markdown
    past: gr.HTML
    sheet: gr.HTML


def build(studio: "Studio") -> Widgets:
    with gr.Row(equal_height=False, elem_classes="at-prompt"):
        with gr.Column(min_width=0):
            parts = {**_build_idea(), **_build_choices(), **_build_picture(), **_build_more()}
        with gr.Column(min_width=0):
            sheet = gr.HTML(js_on_load=script("sheet.js"), elem_classes="at-sheet-box")
    return Widgets(**parts, sheet=sheet)


def _field(name: str) -> dict[str, Any]:
    return {"label": label(f"field.{NAME}.{name}"), "info": label(f"field.{NAME}.{name}.help")}


def _build_idea() -> dict[str, Any]:
    idea = gr.Textbox(lines=4, max_lines=12, **_field("idea"))
    with gr.Row():
        write = gr.Button(label("ui.prompt.write"), variant="primary", elem_classes="at-run")
        draw = gr.Button(label("ui.prompt.draw"))
        stop = gr.Button(label("ui.stop"), elem_classes="at-stop", min_width=80)
    status = gr.HTML(elem_classes="at-status")
    out = gr.HTML(js_on_load=script("out.js"), elem_classes="at-out-box")
    return {"idea": idea, "write": write, "draw": draw, "stop": stop, "status": status, "out": out}


def _build_choices() -> dict[str, Any]:
    spread = PromptRequest.model_fields["spread"].default
    dialects = [(label(f"choice.{name}"), name) for name in get_args(Dialect)]
    return {
        "dialect": gr.Dropdown(dialects, value="sd", label=label(f"field.{NAME}.dialect")),
        "style": gr.Dropdown([("", "")], value="", **_field("style")),
        "spread": gr.Slider(0, 2, value=spread, step=0.05, **_field("spread")),
        "count": gr.Slider(1, MOST_SHEETS, value=1, step=1, **_field("count")),
        "ask": gr.Radio([(label(f"choice.{name}"), name) for name in ASKS], value="expand", **_field("ask")),
    }


def _build_picture() -> dict[str, Any]:
    upload = gr.File(
        label=label(f"field.{NAME}.picture"),
        file_types=["image"],
        type="filepath",
        height=120,
        elem_classes="at-drop",
    )
    seen = gr.HTML(js_on_load=script("seen.js"), elem_classes="at-seen-box")
    with gr.Row():
        acts = {name: gr.Button(label(f"ui.prompt.{name}"), min_width=120) for name in ("describe", "read", "redefine")}
    return {"upload": upload, "seen": seen, **acts}


def _build_more() -> dict[str, Any]:
    with gr.Accordion(label("ui.prompt.history"), open=False):
        past = gr.HTML(js_on_load=script("past.js"))
    with gr.Accordion(label("ui.prompt.more"), open=False):
        lists = gr.File(
            label=label(f"field.{NAME}.lists"),
            file_types=[".txt", ".csv", ".yaml", ".yml", ".json", ".zip"],
            file_count="multiple",
            type="filepath",
            height=120,
        )
    with gr.Accordion(label("ui.prompt.server"), open=False):
        writer = gr.Dropdown([("", "")], value="", **_field("model"))
        gr.Markdown(label("ui.prompt.server.help"))
        url = gr.Textbox(label=label("ui.prompt.url"), placeholder="http://127.0.0.1:11434/v1")
        key = gr.Textbox(label=label("ui.prompt.key"), type="password")
        model = gr.Dropdown([], label=label("ui.prompt.model"), allow_custom_value=True)
        check = gr.Button(label("ui.prompt.check"))
        answer = gr.Markdown("")
    server = {"url": url, "key": key, "model": model, "check": check, "answer": answer}
    return {"past": past, "lists": lists, "writer": writer, **server}


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    desk = PromptDesk(page.studio)
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept, begun, picture = (
        gr.BrowserState(empty, storage_key=f"atelier.{NAME}.{name}", secret=KEPT_SECRET)
        for name, empty in (("kept", {}), ("begun", {}), ("picture", ""))
    )
    shown = [kept, w.sheet, w.out, w.past]
    _wire_server(w, desk, blocks)
    _wire_picture(w, page.studio, picture, blocks)
    _wire_acts(w, desk, kept, begun, picture, blocks)
    w.sheet.edit(desk.edit, kept, shown, trigger_mode="always_last", **NOW)
    w.sheet.choose(desk.choose, kept, shown, trigger_mode="always_last", **NOW)
    w.sheet.batch(desk.batch, kept, w.status, **QUIET)
    w.past.back(desk.back, kept, shown, **NOW)
    w.dialect.input(desk.dialect, [w.dialect, kept], shown, **NOW)
    blocks.load(desk.styles, None, w.style, **QUIET)
    blocks.load(desk.writers, None, w.writer, **QUIET)
    blocks.load(desk.restore, kept, shown, **QUIET)
    blocks.load(lambda known: (known or {}).get("dialect", "sd"), kept, w.dialect, **QUIET)
    settings = [w.idea, w.style, w.spread, w.count, w.ask]

    def take(asset: Asset | None, values: Mapping[str, Any] | None, request: gr.Request) -> list[Any]:
        placed = [gr.skip(), gr.skip()] if asset is None else [asset.id, seen_html(asset, request)]
        if values is None:
            return [*placed, *(gr.skip() for _ in settings), gr.skip()]
        return [*placed, *_settings(values), {"sheet": values.get("sheet", "")}]

    page.handers.append(w.out)
    page.receivers[NAME] = Receiver([picture, w.seen, *settings, begun], take)


def _wire_acts(w: Widgets, desk: PromptDesk, kept: Any, begun: Any, picture: Any, blocks: gr.Blocks) -> None:
    """What makes sheets: each act submits a job and follows it; then the page takes what came of it."""
    server = [w.url, w.key, w.model]
    asked = [kept, w.idea, picture, w.style, w.spread, w.count, w.ask, w.lists, *server, w.writer]
    acts = [
        (w.write.click, desk.write, asked),
        (w.idea.submit, desk.write, asked),
        (w.draw.click, desk.draw, asked),
        (w.describe.click, desk.look_at, asked),
        (w.read.click, desk.read, asked),
        (w.redefine.click, desk.redefine, asked),
        (w.sheet.again, desk.again, asked),
        (w.sheet.sharpen, desk.sharpen, asked),
        (w.out.save, desk.save, [kept]),
        (blocks.load, desk.follow, [begun]),
    ]
    for event, act, inputs in acts:
        done = event(act, inputs, [begun, w.status], **QUIET)
        done.then(desk.take, [kept, begun], [begun, kept, w.sheet, w.out, w.past], **QUIET)
    w.stop.click(desk.stop, begun, None, **NOW)
    begun.change(None, None, None, js="() => atelier.started()", api_visibility="private")
    begun.change(desk.load, [kept, begun], [begun, kept, w.sheet, w.out, w.past], **NOW)


def _wire_picture(w: Widgets, studio: "Studio", picture: gr.BrowserState, blocks: gr.Blocks) -> None:
    def upload(path: str | None, request: gr.Request) -> list[Any]:
        if path is None:
            return [gr.skip(), gr.skip(), gr.skip()]
        try:
            asset = studio.library.add(Path(path), owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return [gr.skip(), gr.skip(), None]
        return [asset.id, seen_html(asset, request), None]

    def restore(asset_id: str, request: gr.Request) -> list[Any]:
        found = studio.library.those([asset_id], owner_of(request)) if asset_id else []
        return [found[0].id, seen_html(found[0], request)] if found else ["", ""]

    w.upload.change(upload, w.upload, [picture, w.seen, w.upload], **QUIET)
    w.seen.away(lambda: ["", ""], None, [picture, w.seen], **NOW)
    blocks.load(restore, picture, [picture, w.seen], **QUIET)


def _wire_server(w: Widgets, desk: PromptDesk, blocks: gr.Blocks) -> None:
    """The browser alone keeps the key: the server holds it while a job needs it, and writes it nowhere."""
    server = [w.url, w.key, w.model]
    given = gr.BrowserState(["", "", ""], storage_key="atelier.llm", secret=KEPT_SECRET)
    for widget in server:
        widget.change(lambda *typed: list(typed), server, given, trigger_mode="always_last", **NOW)
    blocks.load(lambda known: known or ["", "", ""], given, server, **QUIET)
    w.check.click(desk.models, server, [w.model, w.answer], **QUIET)


def _settings(values: Mapping[str, Any]) -> list[Any]:
    """Loaded settings for the widgets; what isn't told stands at its default."""
    fields = PromptRequest.model_fields
    told = {name: values.get(name, fields[name].default) for name in ("idea", "style", "spread", "count", "ask")}
    ask = told["ask"] if told["ask"] in ASKS and not values.get("keep") else "expand"
    return [told["idea"], told["style"] or "", told["spread"], min(told["count"], MOST_SHEETS), ask]
