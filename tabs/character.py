"""Character: a concept drawing in seven steps, from random tags to a finished, enlarged picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.figures import figure_titles
from studio.prompting import style_titles
from studio.services import LLM
from tabs.kit.beside import Opened, build_beside, wire_beside
from tabs.kit.characterbeside import besides, changes, proposed
from tabs.kit.characterdesk import LORAS, NAME, CharacterDesk
from tabs.kit.characterplace import wire_places
from tabs.kit.form import Form, Section, build_form
from tabs.kit.i18n import label, language, say
from tabs.kit.ownparts import OwnPartsSection, build_own_parts
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import KEPT_SECRET, QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

SECTIONS = (
    Section("ui.character.who", ("style", "spread", "body", "build", "pose", "palette", "owned"), open=True),
    Section("ui.character.drawn", ("look", "height", "scale", "backdrop")),
    Section("ui.character.diffusion", ("diffusion",)),
)
LEFT_OUT = frozenset({"idea", "until", "engine", "seed", "language", "diffusion_style_picture"})
NAMED = {"style": "styles", "body": "bodies", "pose": "poses", "palette": "palettes"}
"""Settings whose values are names of a library, and of what there."""
NOW: dict[str, Any] = {**QUIET, "queue": False}


@dataclass(frozen=True)
class Widgets:
    idea: gr.Textbox
    draw: gr.Button
    stop: gr.Button
    status: gr.HTML
    form: Form
    stage: gr.HTML
    parts: gr.HTML
    steps: gr.HTML
    own: OwnPartsSection
    past: gr.HTML
    beside: tuple[Opened, ...]


def build(studio: "Studio") -> Widgets:
    with gr.Row(equal_height=False, elem_classes="at-character"):
        with gr.Column(min_width=0):
            field = f"field.{NAME}.idea"
            idea = gr.Textbox(lines=3, max_lines=8, label=label(field), info=label(f"{field}.help"))
            with gr.Row():
                draw = gr.Button(label("ui.character.draw"), variant="primary", elem_classes="at-run")
                stop = gr.Button(label("ui.stop"), elem_classes="at-stop", min_width=80)
            status = gr.HTML(elem_classes="at-status")
            form = build_form(NAME, SECTIONS, LEFT_OUT, names=frozenset(NAMED))
            own = build_own_parts()
            stage = gr.HTML(js_on_load=script("stage.js"), elem_classes="at-stage")
        with gr.Column(min_width=0):
            parts = gr.HTML(js_on_load=script("parts.js"), elem_classes="at-parts-box")
            steps = gr.HTML(js_on_load=script("sheet.js", "steps.js", "easel.js"), elem_classes="at-seven-box")
            past = gr.HTML(js_on_load=script("past.js"), elem_classes="at-past-box")
            beside = tuple(build_beside(one) for one in besides())
    return Widgets(idea, draw, stop, status, form, stage, parts, steps, own, past, beside)


@dataclass(frozen=True)
class Settings:
    """The form's values by name, for what the desk does: ``names`` of the widgets whose values come last."""

    names: tuple[str, ...]

    def of(self, *values: Any) -> dict[str, Any]:
        return dict(zip(self.names, values, strict=True))

    def act(self, way: Any) -> Any:
        def called(event: gr.EventData, kept: Any, server: Any, request: gr.Request, *values: Any) -> Any:
            services = {LLM: dict(zip(("url", "key", "model"), server or ("", "", ""), strict=True))}
            yield from way(event, kept, self.of(*values), services, request)

        return called

    def take(self, desk: CharacterDesk) -> Any:
        def called(kept: Any, begun: Any, request: gr.Request, *values: Any) -> list[Any]:
            return desk.take(kept, begun, self.of(*values), request)

        return called

    def load(self, desk: CharacterDesk) -> Any:
        def called(kept: Any, begun: Any, request: gr.Request, *values: Any) -> list[Any]:
            return desk.load(kept, begun, self.of(*values), request)

        return called

    def change(self, way: Any) -> Any:
        def called(event: gr.EventData, kept: Any, request: gr.Request, *values: Any) -> Any:
            return way(event, kept, self.of(*values), request)

        return called

    def plainly(self, way: Any) -> Any:
        def called(kept: Any, request: gr.Request, *values: Any) -> Any:
            return way(kept, self.of(*values), request)

        return called


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    studio: Studio = page.studio
    desk = CharacterDesk(studio, page.receivers)
    # outside the tabs: what is in a tab that was never opened isn't there when the page loads
    kept, begun, used = (
        gr.BrowserState({}, storage_key=f"atelier.{NAME}.{name}", secret=KEPT_SECRET)
        for name in ("kept", "begun", "used")
    )
    given = gr.BrowserState(["", "", ""], storage_key="atelier.llm", secret=KEPT_SECRET)
    form = Settings(("idea", *w.form.widgets))

    def offer(request: gr.Request) -> dict[Any, Any]:
        return w.form.offer(studio.cards, request)

    widgets = [w.idea, *w.form.widgets.values()]
    shown = [kept, w.steps, w.stage]
    watched, asked = [begun, w.status, w.stage], [kept, given, *widgets]
    acts = [
        (w.draw.click, form.act(desk.all_steps), asked),
        (w.idea.submit, form.act(desk.all_steps), asked),
        (w.steps.step, form.act(desk.step), asked),
        (w.steps.pack, form.act(desk.pack), asked),
        (blocks.load, desk.follow, [begun]),
    ]
    for event, called, inputs in acts:
        done = event(called, inputs, watched, **QUIET)
        taken = done.then(form.take(desk), [kept, begun, *widgets], [begun, *shown], **QUIET)
        taken.then(desk.past, kept, w.past, **QUIET)
    _wire_edits(w, desk, form, [kept, *widgets], shown)
    w.stop.click(desk.stop, begun, None, **NOW)
    begun.change(None, None, None, js="() => atelier.started()", api_visibility="private")
    for widget in widgets:
        widget.change(form.plainly(desk.renew), [kept, *widgets], shown, trigger_mode="always_last", **NOW)
        widget.change(form.of, widgets, used, trigger_mode="always_last", **NOW)
    for opened in (blocks.load, page.tabs.change):
        opened(offer, None, w.form.choosers, **QUIET)
    w.own.wire(studio, (blocks.load, page.tabs.change))
    blocks.load(_offered, None, [w.form.widgets[name] for name in NAMED], **QUIET)
    blocks.load(lambda values: _remembered(w, values), used, widgets, **QUIET)
    blocks.load(form.plainly(desk.restore), [kept, *widgets], shown, **QUIET)

    def receive(asset: Asset | None, values: Mapping[str, Any] | None, request: gr.Request) -> list[Any]:
        if values is None:
            return [gr.skip() for _ in [*widgets, begun]]
        return [values.get("idea", ""), *w.form.updates(values, reset=True), desk.given(values)]

    def back(event: gr.EventData, request: gr.Request) -> list[Any]:
        """Everything as it was at a job of the tree."""
        found = desk.back(str(event.job), request)
        if found is None:
            return [gr.skip()] * (len(widgets) + 4)
        known, values = found
        form_values = [values.get("idea", ""), *w.form.updates(values, reset=True)]
        return [*desk.restore(known, values, request), *form_values, desk.past(known, request)]

    w.past.back(back, None, [*shown, *widgets, w.past], **QUIET)
    for opened in w.beside:
        wire_beside(opened, page, blocks, kept, widgets, form.names)
    wire_places(w.beside, studio, blocks, kept)
    _wire_grid(w, blocks)
    page.receivers[NAME] = Receiver([*widgets, begun], receive)
    begun.change(form.load(desk), [kept, begun, *widgets], [begun, *shown], **NOW)
    page.senders.append(w.steps)


def _wire_edits(w: Widgets, desk: CharacterDesk, form: Settings, given: list[Any], shown: list[Any]) -> None:
    """What changes the steps at once, without a job."""
    for event, way in (
        (w.steps.edit, desk.edit),
        (w.steps.paint, desk.paint),
        (w.steps.own, desk.own),
        (w.steps.spot, desk.spot),
        (w.steps.style, desk.style),
    ):
        event(form.change(way), given, shown, trigger_mode="always_last", **NOW)
    w.steps.loras(_worn, None, w.form.widgets[LORAS], trigger_mode="always_last", **NOW)
    w.steps.take(form.plainly(desk.take_lines), given, shown, **NOW)
    w.steps.browse(desk.browse, None, w.parts, **QUIET)
    w.parts.wear(form.change(desk.wear), given, [w.parts, *shown], **NOW)
    w.parts.leave(lambda: "", None, w.parts, **NOW)


def _wire_grid(w: Widgets, blocks: gr.Blocks) -> None:
    """The settings that a grid may go over, and values of the one that is chosen."""
    grid = next(opened.form.widgets for opened in w.beside if opened.beside.task == "grid")
    blocks.load(changes, None, [grid["x"], grid["y"]], **QUIET)
    for side in ("x", "y"):
        grid[side].input(proposed, grid[side], grid[f"{side}_values"], **QUIET)


def _worn(event: gr.EventData) -> str:
    """LoRAs as the hand has chosen them, as the request takes them."""
    return str(event.text)


def _offered(request: gr.Request) -> list[Any]:
    """Choices of settings that name something, by their titles in the visitor's language."""
    lang = language(request)
    found = []
    for what in NAMED.values():
        titles = style_titles(lang) if what == "styles" else figure_titles(what, lang)
        choices = sorted(((title, name) for name, title in titles.items()), key=lambda item: item[0].casefold())
        found.append(gr.update(choices=[(say("ui.character.any", request), ""), *choices]))
    return found


def _remembered(w: Widgets, values: Any) -> list[Any]:
    """The form as the visitor left it."""
    known = values if isinstance(values, dict) else {}
    return [known.get("idea", gr.skip()), *w.form.updates(known)]
