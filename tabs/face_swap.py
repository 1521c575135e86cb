"""Face swap: choose a picture or a video, give its people other faces, try one frame, run, compare and save."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.jobs import Job
from studio.schema import options
from tabs.kit.form import Form, Section, build_form, taken
from tabs.kit.i18n import label
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import KEPT_SECRET, QUIET, Early, RunBar, build_runbar, wire_runbar
from tabs.kit.swapdesk import AUTO, NAME, SwapDesk
from tabs.kit.view import compared, download, facts, player, sends
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

LEFT_OUT = frozenset({"target", "source", "by", "preview", "at", "engine", "seed", "mask_brush"})
SECTIONS = (
    Section("ui.section.face", ("face",)),
    Section("ui.section.mask", ("mask",)),
    Section("ui.section.models", ("model", "restore")),
    Section("ui.section.only", ("alike", "only")),
    Section("ui.section.part", ("start", "end", "fps", "scale")),
    Section("ui.section.output", ("output",)),
)
WHOLE_RUN = frozenset(
    option.name for option in options(NAME).values() if option.field.path[0] in ("start", "end", "fps", "output")
)
"""Settings that a single frame doesn't show."""
DRAW = "() => document.dispatchEvent(new CustomEvent('atelier:draw'))"


@dataclass(frozen=True)
class Widgets:
    upload: gr.File
    finding: gr.HTML
    people: gr.HTML
    form: Form
    bar: RunBar
    frame: gr.HTML
    paint: gr.HTML


def build(studio: "Studio") -> Widgets:
    with gr.Row(equal_height=False, elem_classes="at-swap"):
        with gr.Column(min_width=0):
            upload = gr.File(
                label=label("ui.source"),
                file_types=["image", "video"],
                type="filepath",
                height=140,
                elem_classes="at-drop",
            )
            finding = gr.HTML(js_on_load=script("finding.js"), elem_classes="at-finding")
            people = gr.HTML(js_on_load=script("people.js"), elem_classes="at-people-box")
        with gr.Column(min_width=0, elem_classes="at-swap-stage"):
            bar = build_runbar(preview=True)
            frame = gr.HTML(js_on_load=script("frame.js"), elem_classes="at-frame-box")
            paint = gr.HTML(js_on_load=script("paint.js"), elem_classes="at-paint-box")
        with gr.Column(min_width=0):
            form = build_form(NAME, SECTIONS, LEFT_OUT)
    return Widgets(upload, finding, people, form, bar, frame, paint)


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    desk = SwapDesk(studio)
    widgets = list(w.form.widgets.values())
    w.form.wire()
    now: dict[str, Any] = {**QUIET, "queue": False}

    # outside the tabs, as the job's id is: a tab that was never opened has no state when the page loads
    given = gr.BrowserState({}, storage_key=f"atelier.{NAME}.given", secret=KEPT_SECRET)
    at = gr.BrowserState(AUTO, storage_key=f"atelier.{NAME}.at", secret=KEPT_SECRET)
    used = gr.BrowserState({}, storage_key=f"atelier.{NAME}.settings", secret=KEPT_SECRET)

    def settings(request: gr.Request, kept: Any, moment: float, *values: Any) -> dict[str, Any]:
        return {**taken(w.form, values, lambda path: desk.keep(path, request)), **desk.asked(kept, request)}

    def offer(request: gr.Request) -> dict[Any, Any]:
        return w.form.offer(studio.cards, request)

    def remember(*values: Any) -> dict[str, Any]:
        return {name: value for name, value in zip(w.form.widgets, values, strict=True) if name not in w.form.media}

    def take(asset: Asset | None, values: Any, request: gr.Request) -> list[Any]:
        form = [gr.skip() for _ in widgets] if values is None else w.form.updates(values, reset=True)
        return [*desk.receive(asset, values, request), *form]

    def shown(studio: "Studio", job: Job, lang: str) -> str:
        return result(studio, job, lang, [name for name in page.receivers if name != NAME])

    early = Early(w.people.draw, desk.ready, desk.moment)
    job = wire_runbar(w.bar, studio, blocks, NAME, [given, at, *widgets], settings, shown, early)

    placed = [given, at, w.people, w.frame, w.paint, w.bar.status, w.bar.stage]
    for asked in (w.bar.run.click, w.people.draw):
        asked(remember, widgets, used, **now)
    blocks.load(lambda values: w.form.updates(values or {}), used, widgets, **QUIET)
    for event in (blocks.load, page.tabs.change):
        event(offer, None, w.form.choosers, **QUIET)
    blocks.load(desk.restore, [given, at, job], placed, **QUIET)
    w.upload.change(desk.upload, [w.upload, given], placed, **QUIET)

    found = [given, at], [at, w.people, w.frame]
    looked = w.people.look(desk.look, given, w.finding, trigger_mode="always_last", **QUIET)
    looked.then(desk.found, *found, trigger_mode="always_last", **QUIET).then(None, js=DRAW, **now)
    w.people.halt(desk.halt, given, None, **now)
    gives = w.people.give(desk.give, [given, at], [given, at, w.people, w.frame], trigger_mode="multiple", **now)
    shows = w.people.pick(desk.pick, given, [at, w.frame], trigger_mode="always_last", **now)
    picks = w.frame.pick(desk.pick, given, [at, w.frame], trigger_mode="always_last", **now)
    masks = w.paint.mask(desk.mask, given, [given, w.paint], **now)
    ways = w.people.tell_apart(desk.tell_apart, given, [given, w.people], trigger_mode="always_last", **now)
    agrees = w.people.confirm(desk.confirm, given, w.people, **now)
    w.people.withdraw(desk.withdraw, given, w.people, **now)
    for step in (gives, shows, picks, masks, ways, agrees):
        step.then(None, js=DRAW, **now)
    for name, widget in w.form.widgets.items():
        if name not in WHOLE_RUN and name not in w.form.media:
            settled = widget.release if isinstance(widget, gr.Slider) else widget.input  # type: ignore[attr-defined]
            settled(None, js=DRAW, **now)
    page.receivers[NAME] = Receiver([*placed, *widgets], take)
    page.senders.append(w.bar.stage)


def result(studio: "Studio", job: Job, lang: str, receivers: list[str]) -> str:
    """Before and after; of a whole run also the file to save, where it can go, and how it came about."""
    made = dict(job.result or {})
    after = studio.library.get(made["output"], job.owner)
    pair = _pair(studio, job.owner, made.get("original") or job.request["target"], after, lang)
    if job.request.get("preview"):
        return pair
    saved = download(after, lang)
    if made.get("comparison"):
        saved += download(studio.library.get(made["comparison"], job.owner), lang, "ui.comparison")
    return f'{pair}<div class="at-acts">{saved}{sends(after, receivers, lang)}</div>{facts(job, lang)}'


def _pair(studio: "Studio", owner: str, before: str, after: Asset, lang: str) -> str:
    try:
        original = studio.library.get(before, owner)
    except StudioError:
        return player(after)
    return compared(original, after, lang) if original.kind == after.kind else player(after)
