"""A form made from a task's request: one widget a setting, in sections, shown when it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from studio.cards import Cards
from studio.schema import Option, options
from studio.tasks import FlatField
from tabs.kit.i18n import label, language, say

FEW = 4
COLOUR = "#[0-9a-fA-F]{6}"
SLIDER_MOST = 100
EMPTY: Any = ""
"""What an optional number or model holds when it isn't set. For None, Gradio shows and sends 0 as soon as a number is seen."""


@dataclass(frozen=True)
class Section:
    """A part of a form that folds: the key of its title, and the request's fields, groups, or flat names in it. Without a title it
    doesn't fold.
    """

    title: str
    fields: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True)
class Form:
    """Widgets by flat name. A medium's widget gives the path of an upload, that of several a list of them."""

    task: str
    widgets: Mapping[str, gr.components.Component]

    def wire(self) -> None:
        """Show and hide settings as those change that they depend on."""
        known = options(self.task)
        dependent = [name for name in self.widgets if known[name].field.when]
        asked = {other for name in dependent for other in known[name].field.when}
        names = [name for name in self.widgets if name in asked]

        def show(*values: Any) -> Any:
            current = dict(zip(names, values, strict=True))
            shown = [gr.update(visible=matters(self.task, known[name].field, current)) for name in dependent]
            return shown if len(shown) > 1 else shown[0]  # of one output, Gradio would take a list for the value

        for name in names:
            self.widgets[name].change(
                show,
                [self.widgets[other] for other in names],
                [self.widgets[other] for other in dependent],
                api_visibility="private",
                queue=False,
                show_progress="hidden",
                show_progress_on=[],
            )

    def offer(self, cards: Cards, request: gr.Request) -> dict[Any, Any]:
        """Updates for ``choosers``: the model cards that can be chosen now."""
        return {
            self.widgets[name]: gr.update(choices=card_choices(cards, self.task, name, request))
            for name in self._with_cards()
        }

    @property
    def choosers(self) -> list[gr.components.Component]:
        """Widgets of settings that take the id of a model card."""
        return [self.widgets[name] for name in self._with_cards()]

    def _with_cards(self) -> list[str]:
        return [name for name in self.widgets if options(self.task)[name].field.extra.get("cards")]

    @property
    def media(self) -> frozenset[str]:
        return frozenset(name for name in self.widgets if options(self.task)[name].field.media)

    def updates(self, values: Mapping[str, Any], *, reset: bool = False) -> list[Any]:
        """New values for the widgets, in their order; with ``reset`` the others go back to their defaults."""
        known = options(self.task)
        changed = []
        for name, widget in self.widgets.items():
            if name in self.media:
                changed.append(gr.update(value=None) if reset else gr.skip())
            elif name in values:
                changed.append(gr.update(value=_shown(widget, values[name])))
            else:
                changed.append(gr.update(value=_shown(widget, known[name].field.default)) if reset else gr.skip())
        return changed


def card_choices(cards: Cards, task: str, name: str, request: gr.Request) -> list[tuple[str, str]]:
    """What a setting that takes a model card's id can be now: nothing, what it takes besides, each card, also those not here."""
    extra = options(task)[name].field.extra
    choices = [(say(f"ui.form.none.{task}.{name}", request), EMPTY)]
    choices += [(say(f"choice.{other}", request), other) for other in extra["besides"]]
    for card in cards.of_kind(task, extra["cards"], installed=False):
        state = "" if cards.installed(card.id) else f" ({say('ui.form.absent', request)})"
        choices.append((card.title.text(language(request)) + state, card.id))
    return choices


def build_form(
    task: str, sections: Sequence[Section], leave_out: frozenset[str], names: frozenset[str] = frozenset()
) -> Form:
    """Make the widgets in the current place of the page; media by name get none.

    Settings in ``names`` take a name of some library: the tab gives their lists the choices.
    """
    known = {
        name: option for name, option in options(task).items() if name not in leave_out and option.field.shape != "map"
    }
    defaults = {name: option.field.default for name, option in known.items()}
    widgets: dict[str, gr.components.Component] = {}
    for section in sections:
        with gr.Accordion(label(section.title), open=section.open) if section.title else gr.Group():
            for field in section.fields:
                for name, option in known.items():
                    if field in (option.field.path[0], name):
                        widgets[name] = _chooser(task, option) if name in names else _widget(task, option, defaults)
    return Form(task, widgets)


def matters(task: str, field: FlatField, values: Mapping[str, Any]) -> bool:
    """Whether a setting matters: one that it depends on has a value for which it does, and matters itself."""
    if not field.when:
        return True
    known = options(task)
    return any(
        values.get(name) in wanted and matters(task, known[name].field, values) for name, wanted in field.when.items()
    )


def _widget(task: str, option: Option, defaults: Mapping[str, Any]) -> gr.components.Component:
    key = f"field.{task}.{option.name}"
    common: dict[str, Any] = {"label": label(key), "visible": matters(task, option.field, defaults)}
    if option.field.media:
        kinds = list(option.field.media)
        count: Literal["single", "multiple"] = "multiple" if option.field.shape == "many" else "single"
        return gr.File(
            file_count=count, file_types=kinds, type="filepath", height=140, elem_classes="at-drop", **common
        )
    common["info"] = label(f"{key}.help")
    value = option.field.default
    if option.field.extra.get("cards"):
        return gr.Dropdown([("", EMPTY)], value=EMPTY, **common)
    if option.choices:
        choices = [(label(f"choice.{choice}"), choice) for choice in option.choices]
        few = len(choices) <= FEW
        return gr.Radio(choices, value=value, **common) if few else gr.Dropdown(choices, value=value, **common)
    if option.kind is bool:
        return gr.Checkbox(value=value, **common)
    if option.kind in (int, float):
        return _number(option, value, common)
    if _limit(option, "pattern") == f"^{COLOUR}$":
        return gr.ColorPicker(value, **common)
    return gr.Textbox(value or "", **common)


def _chooser(task: str, option: Option) -> gr.Dropdown:
    key = f"field.{task}.{option.name}"
    return gr.Dropdown([("", EMPTY)], value=EMPTY, label=label(key), info=label(f"{key}.help"))


def _number(option: Option, value: Any, common: dict[str, Any]) -> gr.components.Component:
    low, high = _limit(option, "ge"), _limit(option, "le")
    if low is not None and high is not None and high <= SLIDER_MOST:
        step = option.field.extra.get("step") or (1 if option.kind is int else 0.01)
        return gr.Slider(low, high, value=value, step=step, **common)
    if value is None:
        return gr.Number(EMPTY, **common)
    return gr.Number(value, precision=0 if option.kind is int else None, **common)


def _shown(widget: gr.components.Component, value: Any) -> Any:
    return EMPTY if value is None and isinstance(widget, gr.Number | gr.Dropdown) else value


def _limit(option: Option, name: str) -> Any:
    return next(
        (getattr(item, name) for item in option.field.info.metadata if getattr(item, name, None) is not None), None
    )


def taken(form: Form, values: Sequence[Any], keep: Any) -> dict[str, Any]:
    """Settings by name from the widgets' values; empty ones are left out, uploads given to ``keep`` (path → media id)."""
    settings = {}
    for name, value in zip(form.widgets, values, strict=True):
        if value is None or value == "":
            continue
        if name in form.media:
            value = [keep(Path(file)) for file in value] if isinstance(value, list) else keep(Path(value))
        settings[name] = value
    return settings
