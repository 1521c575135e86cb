"""Cartoonize: choose a picture or a video and a look, watch it being drawn, compare and save."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from studio.paths import ASSETS
from studio.presets import presets
from tabs.kit.form import Form, Section, build_form, taken
from tabs.kit.i18n import label, language
from tabs.kit.picker import Tile, on_pick, picker, tiles_html
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import KEPT_SECRET, QUIET, RunBar, build_runbar, has_result, wire_runbar
from tabs.kit.view import compared, download, facts, player, sends

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "cartoon"
SAMPLE = ASSETS / "samples" / "portraits.mp4"
LOOKS = ASSETS / "styles" / NAME
LEFT_OUT = frozenset({"preview", "engine", "seed"})
SECTIONS = (
    Section("ui.section.drawing", ("style", "model", "ink", "cel", "paint", "pencil")),
    Section("ui.section.layers", ("layers",)),
    Section("ui.section.time", ("calm", "hold", "start", "end")),
    Section("ui.section.output", ("output", "height", "work")),
)


@dataclass(frozen=True)
class Widgets:
    upload: gr.File
    looks: gr.HTML
    form: Form
    bar: RunBar


def build(studio: "Studio") -> Widgets:
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320):
            upload = gr.File(
                label=label("ui.source"),
                file_types=["image", "video"],
                type="filepath",
                height=140,
                elem_classes="at-drop",
            )
            looks = picker(_tiles())
            form = build_form(NAME, SECTIONS, LEFT_OUT)
        with gr.Column(scale=3, min_width=320):
            bar = build_runbar(preview=True)
    return Widgets(upload, looks, form, bar)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    widgets = list(w.form.widgets.values())
    w.form.wire()

    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    source = gr.BrowserState("", storage_key=f"atelier.{NAME}.source", secret=KEPT_SECRET)
    used = gr.BrowserState({}, storage_key=f"atelier.{NAME}.settings", secret=KEPT_SECRET)

    def open_page(kept: str, shown_job: str, request: gr.Request) -> tuple[Any, Any, Any]:
        owner = owner_of(request)
        asset = next(iter(studio.library.those([kept], owner)), None) or studio.library.add(SAMPLE, owner)
        stage = gr.skip() if has_result(studio, shown_job, owner) else player(asset)
        return asset.id, stage, tiles_html(_tiles(), language(request))

    def upload(file: str | None, request: gr.Request) -> tuple[Any, Any]:
        try:
            asset = studio.library.add(Path(file) if file else SAMPLE, owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return gr.skip(), gr.skip()
        return asset.id, player(asset)

    def choose(name: str) -> list[Any]:
        return w.form.updates(presets(NAME)[name].values) if name in presets(NAME) else [gr.skip() for _ in widgets]

    def offer(request: gr.Request) -> dict[Any, Any]:
        return w.form.offer(studio.cards, request)

    def settings(request: gr.Request, source: str, *values: Any) -> Mapping[str, Any]:
        return {"source": source, **taken(w.form, values, lambda path: studio.library.add(path, owner_of(request)).id)}

    def take(asset: Asset | None, values: Mapping[str, Any] | None, request: gr.Request) -> list[Any]:
        shown = [gr.skip(), gr.skip()] if asset is None else [asset.id, player(asset)]
        return [*shown, *([gr.skip() for _ in widgets] if values is None else w.form.updates(values, reset=True))]

    def remember(*values: Any) -> dict[str, Any]:
        return {name: value for name, value in zip(w.form.widgets, values, strict=True) if name not in w.form.media}

    def shown(studio: "Studio", job: Job, lang: str) -> str:
        return result(studio, job, lang, [name for name in page.receivers if name != NAME])

    blocks.load(lambda values: w.form.updates(values or {}), used, widgets, **QUIET)
    for event in (blocks.load, page.tabs.change):
        event(offer, None, w.form.choosers, **QUIET)
    on_pick(w.looks, choose, widgets, queue=False, **QUIET)
    w.upload.change(upload, w.upload, [source, w.bar.stage], **QUIET)
    page.receivers[NAME] = Receiver([source, w.bar.stage, *widgets], take)
    job = wire_runbar(w.bar, studio, blocks, NAME, [source, *widgets], settings, shown)
    for button in (w.bar.run, w.bar.preview):
        if button is not None:
            button.click(remember, widgets, used, queue=False, **QUIET)
    blocks.load(open_page, [source, job], [source, w.bar.stage, w.looks], **QUIET)
    page.senders.append(w.bar.stage)


def result(studio: "Studio", job: Job, lang: str, receivers: list[str]) -> str:
    """Before and after, the file to save, where it can go, and how it came about."""
    made = dict(job.result or {})
    previews = list(zip(made.get("originals", ()), made.get("previews", ()), strict=True))
    if previews:
        parts = [_pair(studio, job.owner, before, after, lang) for before, after in previews]
        return f'<div class="at-three">{"".join(parts)}</div>{facts(job, lang)}'
    drawn = studio.library.get(made["output"], job.owner)
    pair = _pair(studio, job.owner, job.request["source"], drawn.id, lang)
    saved = download(drawn, lang)
    if made.get("comparison"):
        saved += download(studio.library.get(made["comparison"], job.owner), lang, "ui.comparison")
    return f'{pair}<div class="at-acts">{saved}{sends(drawn, receivers, lang)}</div>{facts(job, lang)}'


def _pair(studio: "Studio", owner: str, before: str, after: str, lang: str) -> str:
    drawn = studio.library.get(after, owner)
    try:
        original = studio.library.get(before, owner)
    except StudioError:
        return player(drawn)
    return compared(original, drawn, lang) if original.kind == drawn.kind else player(drawn)


def _tiles() -> list[Tile]:
    return [Tile(name, dict(preset.title), LOOKS / f"{name}.webp") for name, preset in presets(NAME).items()]
