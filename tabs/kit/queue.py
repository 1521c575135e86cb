"""The queue drawer: on every tab, a visitor's own jobs, how they stand, and what can be done about each."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.jobs import Job
from studio.media import first_medium
from studio.owners import owner_of
from studio.sendto import main_place
from studio.views import job_view
from tabs.kit.i18n import language, say
from tabs.kit.receiver import opens_result
from tabs.kit.runbar import QUIET
from tabs.kit.view import sentence
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

SHOWN = 20
ACTS = {"queued": "stop", "running": "stop", "failed": "retry", "cancelled": "retry", "done": "retry"}


@dataclass(frozen=True)
class Drawer:
    jobs: gr.HTML


def build_drawer() -> Drawer:
    return Drawer(gr.HTML(js_on_load=script("queue.js"), elem_classes="at-queue"))


def wire_drawer(drawer: Drawer, page: Any) -> None:
    """The page asks how things stand while a job waits or runs, and whenever something was started."""
    studio: Studio = page.studio

    def look(request: gr.Request) -> str:
        return drawn(studio, request)

    def act(event: gr.EventData, request: gr.Request) -> str:
        try:
            work = studio.retry if event.act == "retry" else studio.cancel
            work(str(event.job), owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
        return drawn(studio, request)

    now: dict[str, Any] = {**QUIET, "queue": False}
    drawer.jobs.look(look, None, drawer.jobs, **now)
    drawer.jobs.act(act, None, drawer.jobs, **now)
    opens_result(drawer.jobs.open_result, page)


def drawn(studio: "Studio", request: gr.Request) -> str:
    """The button with the number of jobs that wait or run, and the list behind it, newest first."""
    owner = owner_of(request)
    live = studio.jobs.waiting(owner)
    title = html.escape(say("ui.queue.title", request))
    named = html.escape(say("ui.queue.count", request, count=live))
    close = html.escape(say("ui.queue.close", request))
    entries = "".join(_entry(studio, job, request) for job in studio.jobs_of(owner, SHOWN))
    body = f'<ul class="at-jobs">{entries}</ul>' if entries else _empty(request)
    return (
        f'<button type="button" class="at-jobs-open" aria-controls="at-jobs" aria-expanded="false" title="{named}">'
        f'{title}<b class="at-count" data-live="{live}" role="status" aria-label="{named}">{live or ""}</b></button>'
        f'<aside id="at-jobs" class="at-drawer" tabindex="-1" aria-label="{title}" inert><div class="at-drawer-head">'
        f'<h2>{title}</h2><button type="button" class="at-jobs-close at-icon" aria-label="{close}">✕</button></div>'
        f"{body}</aside>"
    )


def _empty(request: gr.Request) -> str:
    return f'<p class="at-note">{html.escape(say("ui.queue.empty", request))}</p>'


def _entry(studio: "Studio", job: Job, request: gr.Request) -> str:
    lang = language(request)
    given, made = _file(studio, job, _source(job)), _file(studio, job, _result(job))
    error = job_view(job, (), lang).error
    lines = [
        f'<b class="at-job-name">{html.escape(say(f"ui.tab.{job.task}", request))}</b>',
        f'<span class="at-job-file">{html.escape(given.name)}</span>' if given else "",
        f'<span class="at-job-state at-{job.state}">{html.escape(sentence(job, lang))}</span>',
        f'<span class="at-error">{html.escape(error.message)}</span>' if error else "",
        _moment(job.finished),
    ]
    bar = ""
    if job.state == "running":
        value = f'value="{job.done}" max="{job.total}"' if job.total else ""
        bar = f'<progress class="at-progress" {value} aria-label="{html.escape(sentence(job, lang))}"></progress>'
    return (
        f'<li data-job="{job.id}"><span class="at-job-picture">{_picture(job, made or given)}</span>'
        f'<div class="at-job-words">{"".join(lines)}{bar}<div class="at-job-acts">{_acts(job, made, request)}</div></div></li>'
    )


def _acts(job: Job, made: Asset | None, request: gr.Request) -> str:
    """What can be done; names tell screen readers which job is meant."""
    act = ACTS[job.state]
    task = html.escape(say(f"ui.tab.{job.task}", request))
    words = html.escape(say(f"ui.queue.{act}", request))
    button = f'<button type="button" class="at-button" data-act="{act}" data-job="{job.id}" aria-label="{words}: {task}">{words}</button>'
    if made is None:
        return button
    shown = html.escape(say("ui.queue.open", request))
    return (
        f'<button type="button" class="at-button at-strong" data-act="open" data-file="{made.id}" '
        f'aria-label="{shown}: {html.escape(made.name)}">{shown}</button>{button}'
    )


def _picture(job: Job, asset: Asset | None) -> str:
    if job.state == "running" and job.pictured:
        return f'<img src="previews/{job.id}?{job.changed}" alt="">'
    return f'<img src="thumbs/{asset.id}" alt="" loading="lazy">' if asset and asset.thumb else ""


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return ""
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    return f'<time class="at-note" datetime="{moment}"></time>'


def _source(job: Job) -> str:
    """The id of what the job works on: its task's main medium."""
    main = main_place(job.task)
    value: Any = job.request
    for step in main.path if main else ():
        value = value.get(step) if isinstance(value, Mapping) else None
    return first_medium(main, value)


def _result(job: Job) -> str:
    """The id of what the job has made, the main file first."""
    if job.state != "done":
        return ""
    main = (job.result or {}).get("output")
    return str(main or (job.outputs[-1] if job.outputs else ""))


def _file(studio: "Studio", job: Job, asset_id: str) -> Asset | None:
    try:
        return studio.library.get(asset_id, job.owner) if asset_id else None
    except StudioError:
        return None
