"""Cartoonize: choose a picture or a video and a style, watch it being drawn, compare and save."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from studio.paths import ASSETS
from studio.presets import presets
from tabs.kit.form import Form, build_form
from tabs.kit.i18n import label, language
from tabs.kit.view import compared, download, facts, player, status

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "cartoon"
SAMPLE = ASSETS / "samples" / "portraits.mp4"
KEPT_KEY = "atelier.cartoon.job"
KEPT_SECRET = "atelier"
LEFT_OUT = frozenset({"preview", "engine", "model"})


@dataclass(frozen=True)
class Widgets:
    upload: gr.File
    source: gr.State
    shown: gr.HTML
    preset: gr.Dropdown
    form: Form
    run: gr.Button
    preview: gr.Button
    stop: gr.Button
    status: gr.HTML
    result: gr.HTML


def build(studio: "Studio") -> Widgets:
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320):
            upload = gr.File(label=label("ui.source"), file_types=["image", "video"], type="filepath", height=110)
            shown = gr.HTML(label=label("ui.source"))
            preset = gr.Dropdown(
                [("—", ""), *((_title(name), name) for name in presets(NAME))], value="", label=label("ui.preset")
            )
            form = build_form(NAME, LEFT_OUT)
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_classes="at-runbar"):
                run = gr.Button(label("ui.run"), variant="primary", elem_id="at-run")
                preview = gr.Button(label("ui.preview"))
                stop = gr.Button(label("ui.stop"), variant="stop", elem_id="at-stop")
            state = gr.HTML()
            result = gr.HTML()
    return Widgets(upload, gr.State(""), shown, preset, form, run, preview, stop, state, result)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept = gr.BrowserState("", storage_key=KEPT_KEY, secret=KEPT_SECRET)
    w.form.wire()
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

    def open_page(request: gr.Request) -> tuple[str, str]:
        asset = studio.library.add(SAMPLE, owner_of(request))
        return asset.id, player(asset)

    def take(file: str | None, request: gr.Request) -> tuple[Any, Any]:
        if not file:
            return open_page(request)
        try:
            asset = studio.library.add(Path(file), owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return gr.skip(), gr.skip()
        return asset.id, player(asset)

    def choose(name: str) -> list[Any]:
        values = presets(NAME)[name].values if name else {}
        return [gr.update(value=values[key]) if key in values else gr.skip() for key in w.form.widgets]

    def submit(source: str, preview: bool, values: dict[str, Any], request: gr.Request) -> Any:
        try:
            return studio.submit(NAME, {"source": source, "preview": preview, **values}, owner_of(request)).id
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return gr.skip()

    def watch(job_id: str, request: gr.Request) -> Iterator[tuple[str, Any]]:
        yield from follow(studio, job_id, request)

    def cancel(job_id: str, request: gr.Request) -> None:
        try:
            studio.cancel(job_id, owner_of(request))
        except StudioError as error:
            gr.Info(error.text(language(request)))

    names = list(w.form.widgets)
    inputs = [w.source, *w.form.widgets.values()]

    def run_all(request: gr.Request, source: str, *values: Any) -> Any:
        return submit(source, False, _filled(names, values), request)

    def run_preview(request: gr.Request, source: str, *values: Any) -> Any:
        return submit(source, True, _filled(names, values), request)

    for button, press in ((w.run, run_all), (w.preview, run_preview)):
        button.click(press, inputs, kept, **quiet).then(watch, kept, [w.status, w.result], **quiet)
    w.stop.click(cancel, kept, None, queue=False, **quiet)
    w.upload.change(take, w.upload, [w.source, w.shown], **quiet)
    w.preset.change(choose, w.preset, list(w.form.widgets.values()), queue=False, **quiet)
    blocks.load(open_page, None, [w.source, w.shown], **quiet)
    blocks.load(watch, kept, [w.status, w.result], **quiet)


def follow(studio: "Studio", job_id: str, request: gr.Request) -> Iterator[tuple[str, Any]]:
    """Status and result of a job as it goes on; nothing for a job that is gone."""
    if not job_id:
        return
    owner, lang = owner_of(request), language(request)
    try:
        for job in studio.watch(job_id, owner):
            yield status(job, lang), result(studio, job, lang) if job.state == "done" else gr.skip()
    except StudioError as error:
        yield f'<p class="at-note">{error.text(lang)}</p>', gr.skip()


def result(studio: "Studio", job: Job, lang: str) -> str:
    """Before and after, the file to save, and how it came about."""
    made = dict(job.result or {})
    pairs = list(zip(made.get("originals", ()), made.get("previews", ()), strict=True)) or [
        (job.request["source"], made["output"])
    ]
    parts = []
    for before, after in pairs:
        drawn = studio.library.get(after, job.owner)
        try:
            original = studio.library.get(before, job.owner)
        except StudioError:
            parts.append(player(drawn))
        else:
            same = original.kind == drawn.kind
            parts.append(compared(original, drawn, lang) if same else player(drawn))
        parts.append(download(drawn, lang))
    return "".join(parts) + facts(job, lang)


def _filled(names: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    """Settings by name; an empty number or text means: not set."""
    return {name: value for name, value in zip(names, values, strict=True) if value not in (None, "")}


def _title(name: str) -> str:
    return presets(NAME)[name].title["en"]
