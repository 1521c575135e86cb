"""Running a task from a page: run, preview, stop, how it stands, and the stage on which results appear."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from tabs.kit.i18n import label, language
from tabs.kit.view import live, status

if TYPE_CHECKING:
    from studio.studio import Studio

KEPT_SECRET = "atelier"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

Settings = Callable[..., Mapping[str, Any]]
Shown = Callable[["Studio", Job, str], str]


@dataclass(frozen=True)
class RunBar:
    run: gr.Button
    preview: gr.Button | None
    stop: gr.Button
    status: gr.HTML
    stage: gr.HTML


def build_runbar(*, preview: bool) -> RunBar:
    """Buttons above the stage. Ctrl+Enter runs and Esc stops on whichever tab is shown."""
    with gr.Row(elem_classes="at-runbar"):
        run = gr.Button(label("ui.run"), variant="primary", elem_classes="at-run", scale=2)
        early = gr.Button(label("ui.preview"), elem_classes="at-preview") if preview else None
        stop = gr.Button(label("ui.stop"), elem_classes="at-stop")
    return RunBar(run, early, stop, gr.HTML(elem_classes="at-status"), gr.HTML(elem_classes="at-stage"))


def wire_runbar(
    bar: RunBar, studio: "Studio", blocks: gr.Blocks, task: str, inputs: list[Any], settings: Settings, shown: Shown
) -> None:
    """``settings(request, *values of inputs)`` gives a request's flat values; ``shown`` is what a finished job looks like.

    The job's id is kept in the browser: after a reload the page finds it again.
    """
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept = gr.BrowserState("", storage_key=f"atelier.{task}.job", secret=KEPT_SECRET)

    def submit(request: gr.Request, values: tuple[Any, ...], **more: Any) -> Any:
        try:
            return studio.submit(task, {**settings(request, *values), **more}, owner_of(request)).id
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return gr.skip()

    def run_all(request: gr.Request, *values: Any) -> Any:
        return submit(request, values)

    def run_preview(request: gr.Request, *values: Any) -> Any:
        return submit(request, values, preview=True)

    def watch(job_id: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        yield from follow(studio, job_id, request, shown)

    def cancel(job_id: str, request: gr.Request) -> None:
        try:
            if job_id:
                studio.cancel(job_id, owner_of(request))
        except StudioError as error:
            gr.Info(error.text(language(request)))

    seen = [bar.status, bar.stage]
    bar.run.click(run_all, inputs, kept, **QUIET).then(watch, kept, seen, **QUIET)
    if bar.preview is not None:
        bar.preview.click(run_preview, inputs, kept, **QUIET).then(watch, kept, seen, **QUIET)
    kept.change(None, None, None, js="() => atelier.started()", api_visibility="private")
    bar.stop.click(cancel, kept, None, queue=False, **QUIET)
    blocks.load(watch, kept, seen, **QUIET)


def follow(studio: "Studio", job_id: str, request: gr.Request, shown: Shown) -> Iterator[tuple[Any, Any]]:
    """Status and stage of a job as it goes on; nothing for one that is gone."""
    if not job_id:
        yield gr.skip(), gr.skip()  # a generator that yields nothing would empty the stage
        return
    owner, lang = owner_of(request), language(request)
    try:
        for job in studio.watch(job_id, owner):
            stage: Any = gr.skip()
            if job.state == "done":
                stage = shown(studio, job, lang)
            elif job.state == "running" and job.preview:
                stage = live(job)
            yield status(job, lang), stage
    except StudioError:
        yield "", gr.skip()
