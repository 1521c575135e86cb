"""A form made from a task's request: one widget a setting, shown when it matters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.schema import Option, options
from studio.tasks import FlatField
from tabs.kit.i18n import label


@dataclass(frozen=True)
class Form:
    """Widgets by flat name, without media (those are the tab's) and without what the tab leaves out."""

    task: str
    widgets: Mapping[str, gr.components.Component]

    def wire(self) -> None:
        """Show and hide settings as those change that they depend on."""
        asked = {other for option in self._shown() for other in option.field.when}
        watched = [self.widgets[name] for name in asked if name in self.widgets]
        dependent = [option for option in self._shown() if option.field.when]
        names = [name for name in asked if name in self.widgets]

        def show(*values: Any) -> list[Any]:
            known = dict(zip(names, values, strict=True))
            shown = [gr.update(visible=matters(option.field, known)) for option in dependent]
            return shown if len(shown) > 1 else shown[0]

        for widget in watched:
            widget.change(
                show,
                watched,
                [self.widgets[option.name] for option in dependent],
                api_visibility="private",
                queue=False,
                show_progress="hidden",
            )

    def _shown(self) -> list[Option]:
        return [option for option in options(self.task).values() if option.name in self.widgets]


def build_form(task: str, leave_out: frozenset[str]) -> Form:
    """Make the widgets in the current place of the page; advanced ones in a closed section."""
    known = [option for name, option in options(task).items() if name not in leave_out and not option.field.media]
    defaults = {option.name: option.field.default for option in known}
    simple = [option for option in known if not option.field.extra.get("advanced")]
    widgets = {option.name: _widget(task, option, defaults) for option in simple}
    with gr.Accordion(label("ui.advanced"), open=False):
        for option in known:
            if option.field.extra.get("advanced"):
                widgets[option.name] = _widget(task, option, defaults)
    return Form(task, widgets)


def matters(field: FlatField, values: Mapping[str, Any]) -> bool:
    """Whether a setting matters, given the values of those that it depends on."""
    return not field.when or any(values.get(name) in wanted for name, wanted in field.when.items())


def _widget(task: str, option: Option, defaults: Mapping[str, Any]) -> gr.components.Component:
    key = f"field.{task}.{option.name}"
    common: dict[str, Any] = {
        "label": label(key),
        "info": label(f"{key}.help"),
        "visible": matters(option.field, defaults),
    }
    value = option.field.default
    limits = {
        name: getattr(item, name)
        for item in option.field.info.metadata
        for name in ("ge", "le", "gt")
        if hasattr(item, name)
    }
    if option.choices:
        choices = [(label(f"choice.{choice}"), choice) for choice in option.choices]
        return (
            gr.Radio(choices, value=value, **common)
            if len(choices) <= 4
            else gr.Dropdown(choices, value=value, **common)
        )
    if option.kind is bool:
        return gr.Checkbox(value=value, **common)
    if option.kind in (int, float) and "ge" in limits and "le" in limits and limits["le"] <= 100:
        step = option.field.extra.get("step") or (1 if option.kind is int else 0.01)
        return gr.Slider(limits["ge"], limits["le"], value=value, step=step, **common)
    if option.kind in (int, float):
        return gr.Number(value, precision=0 if option.kind is int else None, **common)
    return gr.Textbox(value or "", **common)
