"""Running a task from a page: run, preview, stop, how it stands, and the stage on which results appear."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from tabs.kit.i18n import label, language
from tabs.kit.view import live, status
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

KEPT_SECRET = "atelier"
QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "show_progress_on": [],
    "concurrency_limit": None,
}

Settings = Callable[..., Mapping[str, Any]]
"""Flat values of a request from the visitor's request and the values of the inputs."""
Shown = Callable[["Studio", Job, str], str]


@dataclass(frozen=True)
class RunBar:
    run: gr.Button
    preview: gr.Button | None
    stop: gr.Button
    status: gr.HTML
    stage: gr.HTML


@dataclass(frozen=True)
class Early:
    """Previews beside the button's: ``event`` asks for one, which is drawn if ``ready`` and no run is going on. ``more`` are
    settings of previews alone. Both take what ``settings`` take.
    """

    event: Any
    ready: Callable[..., bool]
    more: Settings


def build_runbar(*, preview: bool) -> RunBar:
    """Buttons above the stage. Ctrl+Enter runs and Esc stops on whichever tab is shown."""
    with gr.Row(elem_classes="at-runbar"):
        run = gr.Button(label("ui.run"), variant="primary", elem_classes="at-run", scale=2)
        early = gr.Button(label("ui.preview"), elem_classes="at-preview") if preview else None
        stop = gr.Button(label("ui.stop"), elem_classes="at-stop")
    standing = gr.HTML(elem_classes="at-status")
    stage = gr.HTML(js_on_load=script("stage.js"), elem_classes="at-stage")
    return RunBar(run, early, stop, standing, stage)


def wire_runbar(
    bar: RunBar,
    studio: "Studio",
    blocks: gr.Blocks,
    task: str,
    inputs: list[Any],
    settings: Settings,
    shown: Shown,
    early: Early | None = None,
) -> gr.BrowserState:
    """``settings(request, *values of inputs)`` gives a request's flat values; ``shown`` is what a finished job looks like.

    The job's id is kept in the browser, in what is returned: after a reload the page finds it again. The task's engines are
    loaded while the visitor still chooses.
    """
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept = gr.BrowserState("", storage_key=f"atelier.{task}.job", secret=KEPT_SECRET)
    runs, seen = Runs(studio, task, settings, shown, early), [bar.status, bar.stage]
    bar.run.click(runs.run, inputs, kept, **QUIET).then(runs.watch, kept, seen, **QUIET)
    if bar.preview is not None:
        bar.preview.click(runs.preview, inputs, kept, **QUIET).then(runs.watch, kept, seen, **QUIET)
    if early is not None:
        early.event(runs.try_out, [kept, *inputs], [kept, *seen], trigger_mode="always_last", **QUIET)
    kept.change(None, None, None, js="() => atelier.started()", api_visibility="private")
    bar.stop.click(runs.cancel, kept, None, queue=False, **QUIET)
    blocks.load(runs.watch, kept, seen, **QUIET)
    bar.stage.appear(runs.expect, None, None, queue=False, **QUIET)
    return kept


@dataclass(frozen=True)
class Runs:
    """What the buttons of a bar do; each error is told to the visitor."""

    studio: "Studio"
    task: str
    settings: Settings
    shown: Shown
    early: Early | None
    newest: dict[str, str] = field(default_factory=dict)
    """The job that was begun last on each page where one is watched."""

    def expect(self) -> None:
        self.studio.expect(self.task)

    def run(self, request: gr.Request, *values: Any) -> Any:
        return self._submit(request, values, {})

    def preview(self, request: gr.Request, *values: Any) -> Any:
        more = self.early.more(request, *values) if self.early else {}
        return self._submit(request, values, {**more, "preview": True})

    def try_out(self, job_id: str, request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any, Any]]:
        """A preview from its submission to its end, if it is time for one."""
        begun = gr.skip()
        if self.early and not self._busy(job_id, request) and self.early.ready(request, *values):
            begun = self.preview(request, *values)
        yield begun, gr.skip(), gr.skip()
        if isinstance(begun, str):
            for seen in self.watch(begun, request):
                yield gr.skip(), *seen

    def watch(self, job_id: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """The page shows one watching at a time; so it goes over to a job that is begun meanwhile."""
        page, watched = str(request.session_hash), ""
        while job_id != watched:
            watched = job_id
            for seen in follow(self.studio, job_id, request, self.shown):
                yield seen
                if self.newest.get(page, job_id) != job_id:
                    break
            job_id = self.newest.get(page, job_id)
        self.newest.pop(page, None)

    def cancel(self, job_id: str, request: gr.Request) -> None:
        try:
            if job_id:
                self.studio.cancel(job_id, owner_of(request))
        except StudioError as error:
            gr.Info(error.text(language(request)))

    def _submit(self, request: gr.Request, values: tuple[Any, ...], more: Mapping[str, Any]) -> Any:
        try:
            asked = {**self.settings(request, *values), **more}
            job_id = self.studio.submit(self.task, asked, owner_of(request)).id
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return gr.skip()
        self.newest[str(request.session_hash)] = job_id
        return job_id

    def _busy(self, job_id: str, request: gr.Request) -> bool:
        """Whether a job that is more than a preview waits or runs."""
        try:
            job = self.studio.job(job_id, owner_of(request))
        except StudioError:
            return False
        return not job.over and not job.request.get("preview")


def has_result(studio: "Studio", job_id: str, owner: str) -> bool:
    """Whether a job has something for the stage."""
    try:
        job = studio.job(job_id, owner)
    except StudioError:
        return False
    return job.state == "done" and bool(studio.outputs(job))


def follow(studio: "Studio", job_id: str, request: gr.Request, shown: Shown) -> Iterator[tuple[Any, Any]]:
    """Status and stage of a job as it goes on; nothing for one that is gone."""
    if not job_id:
        yield gr.skip(), gr.skip()  # a generator that yields nothing would empty the stage
        return
    owner, lang = owner_of(request), language(request)
    heard = False
    try:
        for job in studio.watch(job_id, owner):
            stage: Any = gr.skip()
            if job.state == "done":
                stage = shown(studio, job, lang)
            elif job.state == "running" and (job.pictured or (job.audible and not heard)):
                stage, heard = live(job), job.audible
            yield status(job, lang), stage
    except StudioError:
        yield "", gr.skip()
