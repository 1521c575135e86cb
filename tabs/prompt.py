"""Prompts: write an idea or draw one, change the sheet line by line, and take the text with you."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import gradio as gr

from studio.tasks.prompt import Dialect, PromptRequest
from tabs.kit.i18n import label
from tabs.kit.promptdesk import MOST_KEPT, NAME, PromptDesk
from tabs.kit.runbar import KEPT_SECRET, QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

ASKS = ("expand", "apart", "vary", "matrix", "directions", "translate")


@dataclass(frozen=True)
class Widgets:
    idea: gr.Textbox
    style: gr.Dropdown
    spread: gr.Slider
    count: gr.Slider
    ask: gr.Radio
    picture: gr.File
    lists: gr.File
    url: gr.Textbox
    key: gr.Textbox
    model: gr.Dropdown
    check: gr.Button
    answer: gr.Markdown
    describe: gr.Button
    write: gr.Button
    draw: gr.Button
    status: gr.Markdown
    sheet: gr.HTML
    dialect: gr.Dropdown
    out: gr.HTML


def build(studio: "Studio") -> Widgets:
    def field(name: str) -> dict[str, Any]:
        return {"label": label(f"field.{NAME}.{name}"), "info": label(f"field.{NAME}.{name}.help")}

    spread = PromptRequest.model_fields["spread"].default
    with gr.Row(equal_height=False, elem_classes="at-prompt"):
        with gr.Column(min_width=0):
            idea = gr.Textbox(lines=4, max_lines=12, **field("idea"))
            with gr.Row():
                write = gr.Button(label("ui.prompt.write"), variant="primary")
                draw = gr.Button(label("ui.prompt.draw"))
            status = gr.Markdown("", elem_classes="at-status")
            out = gr.HTML(js_on_load=script("out.js"), elem_classes="at-out-box")
            choices = [(label(f"choice.{name}"), name) for name in get_args(Dialect)]
            dialect = gr.Dropdown(choices, value="sd", label=label(f"field.{NAME}.dialect"))
            style = gr.Dropdown([("", "")], value="", **field("style"))
            spread_slider = gr.Slider(0, 2, value=spread, step=0.05, **field("spread"))
            count = gr.Slider(1, MOST_KEPT, value=1, step=1, **field("count"))
            ask = gr.Radio([(label(f"choice.{name}"), name) for name in ASKS], value="expand", **field("ask"))
            picture = gr.File(
                label=label(f"field.{NAME}.picture"),
                file_types=["image"],
                type="filepath",
                height=120,
                elem_classes="at-drop",
            )
            describe = gr.Button(label("ui.prompt.describe"))
            with gr.Accordion(label("ui.prompt.more"), open=False):
                lists = gr.File(
                    label=label(f"field.{NAME}.lists"),
                    file_types=[".txt", ".csv"],
                    file_count="multiple",
                    type="filepath",
                    height=120,
                )
            with gr.Accordion(label("ui.prompt.server"), open=False):
                gr.Markdown(label("ui.prompt.server.help"))
                url = gr.Textbox(label=label("ui.prompt.url"), placeholder="http://127.0.0.1:11434/v1")
                key = gr.Textbox(label=label("ui.prompt.key"), type="password")
                model = gr.Dropdown([], label=label("ui.prompt.model"), allow_custom_value=True)
                check = gr.Button(label("ui.prompt.check"))
                answer = gr.Markdown("")
        with gr.Column(min_width=0):
            sheet = gr.HTML(js_on_load=script("sheet.js"), elem_classes="at-sheet-box")
    return Widgets(
        idea, style, spread_slider, count, ask, picture, lists, url, key, model, check, answer,
        describe, write, draw, status, sheet, dialect, out,
    )  # fmt: skip


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    desk = PromptDesk(page.studio)
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept = gr.BrowserState({}, storage_key=f"atelier.{NAME}.kept", secret=KEPT_SECRET)
    server = [w.url, w.key, w.model]
    asked = [w.idea, w.picture, w.style, w.spread, w.count, w.ask, w.lists, *server]
    shown = [kept, w.sheet, w.out, w.status]
    now: dict[str, Any] = {**QUIET, "queue": False}
    for event in (w.write.click, w.idea.submit):
        event(desk.write, [kept, *asked], shown, trigger_mode="once", **QUIET)
    w.describe.click(desk.look_at, [kept, *asked], shown, trigger_mode="once", **QUIET)
    w.draw.click(desk.draw, [kept, *asked], shown, trigger_mode="once", **QUIET)
    w.sheet.again(desk.again, [kept, *asked], shown, trigger_mode="always_last", **QUIET)
    w.sheet.edit(desk.edit, kept, shown, trigger_mode="always_last", **now)
    w.sheet.choose(desk.choose, kept, shown, trigger_mode="always_last", **now)
    w.dialect.input(desk.dialect, [w.dialect, kept], shown, **now)
    # the key is kept by the browser alone: the server holds it while a job needs it, and writes it nowhere
    given = gr.BrowserState(["", "", ""], storage_key="atelier.llm", secret=KEPT_SECRET)
    for widget in server:
        widget.change(lambda *typed: list(typed), server, given, trigger_mode="always_last", **now)
    blocks.load(lambda known: known or ["", "", ""], given, server, **QUIET)
    w.check.click(desk.models, server, [w.model, w.answer], **QUIET)
    blocks.load(desk.styles, None, w.style, **QUIET)
    blocks.load(desk.restore, kept, shown, **QUIET)
    blocks.load(lambda known: (known or {}).get("dialect", "sd"), kept, w.dialect, **QUIET)
