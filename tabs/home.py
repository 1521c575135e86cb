"""Home: what can be made here, in which steps, and what was made last."""

import base64
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.paths import ASSETS
from studio.tasks import tasks
from tabs.kit.i18n import label
from tabs.kit.receiver import tab_of
from tabs.kit.recent import build_recent, wire_recent

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "home"


@dataclass(frozen=True)
class Widgets:
    openers: dict[str, gr.Button]
    recent: gr.HTML


def build(studio: "Studio") -> Widgets:
    gr.Markdown(label("ui.home.question"), elem_classes="at-question")
    openers = {}
    with gr.Row(elem_classes="at-home"):
        for task in filter(lambda task: task.tab, tasks().values()):
            with gr.Group(elem_classes="at-card"):
                gr.HTML(_picture(task.name), js_on_load=None)
                gr.Markdown(label(f"task.{task.name}.what"))
                openers[task.name] = gr.Button(label(f"task.{task.name}.open"), variant="primary")
        gr.Markdown(label("ui.home.steps"), elem_classes="at-steps")
    return Widgets(openers, build_recent())


def wire(widgets: Widgets, page: Any, blocks: gr.Blocks) -> None:
    for task, button in widgets.openers.items():
        button.click(partial(_opened, tab_of(page, task)), None, page.tabs, api_visibility="private", queue=False)
    wire_recent(widgets.recent, page, blocks)


def _picture(task: str) -> str:
    data = base64.b64encode((ASSETS / "styles" / f"{task}.webp").read_bytes()).decode()
    return f'<img class="at-media" src="data:image/webp;base64,{data}" alt="">'


def _opened(tab: str) -> gr.Tabs:
    return gr.Tabs(selected=tab)
