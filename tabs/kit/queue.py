"""The queue drawer: a visitor's own jobs on every tab, with what can be done about each."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from tabs.kit.i18n import label, language, say
from tabs.kit.runbar import QUIET
from tabs.kit.view import sentence

if TYPE_CHECKING:
    from studio.studio import Studio

SHOWN = 12
EVERY_S = 2.0
PRESSED = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-job]');
  if (button) trigger('click', {job: button.dataset.job, act: button.dataset.act});
});
"""


@dataclass(frozen=True)
class Drawer:
    sidebar: gr.Sidebar
    jobs: gr.HTML
    clock: gr.Timer


def build_drawer() -> Drawer:
    with gr.Sidebar(position="right", open=False, width=340, elem_classes="at-drawer") as sidebar:
        gr.Markdown(label("ui.queue.title"))
        jobs = gr.HTML(js_on_load=PRESSED)
    return Drawer(sidebar, jobs, gr.Timer(EVERY_S, active=False))


def wire_drawer(drawer: Drawer, studio: "Studio") -> None:
    """The drawer is kept up to date while it's open."""

    def show(request: gr.Request) -> tuple[Any, Any]:
        jobs = studio.jobs_of(owner_of(request), SHOWN)
        return listed(jobs, request), gr.Timer(active=True)

    def act(event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        try:
            work = studio.retry if event.act == "retry" else studio.cancel
            work(str(event.job), owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return show(request)

    seen = [drawer.jobs, drawer.clock]
    for event in (drawer.sidebar.expand, drawer.clock.tick):
        event(show, None, seen, **QUIET)
    drawer.sidebar.collapse(lambda: gr.Timer(active=False), None, drawer.clock, queue=False, **QUIET)
    drawer.jobs.click(act, None, seen, **QUIET)


def listed(jobs: list[Job], request: gr.Request) -> str:
    """One entry a job, the newest first."""
    if not jobs:
        return f'<p class="at-note">{say("ui.queue.empty", request)}</p>'
    lang = language(request)
    parts = []
    for job in jobs:
        act = {"queued": "stop", "running": "stop", "failed": "retry", "cancelled": "retry"}.get(job.state)
        button = (
            f'<button type="button" class="at-act" data-job="{job.id}" data-act="{act}">{say(f"ui.queue.{act}", request)}</button>'
            if act
            else "".join(
                f'<a class="at-act" href="files/{output}" target="_blank" rel="noopener">{say("ui.queue.open", request)}</a>'
                for output in job.outputs[:1]
            )
        )
        bar = (
            f'<progress class="at-progress" max="{job.total}" value="{job.done}"></progress>'
            if job.state == "running" and job.total
            else ""
        )
        title = html.escape(say(f"ui.tab.{job.task}", request))
        parts.append(f"<li><b>{title}</b> {button}<br><span>{html.escape(sentence(job, lang))}</span>{bar}</li>")
    return f'<ul class="at-jobs">{"".join(parts)}</ul>'
