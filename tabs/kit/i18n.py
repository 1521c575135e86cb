"""Texts for the page: labels by the browser's language through gr.I18n, everything that the server says through ``say``."""

from functools import cache
from typing import Any

import gradio as gr

from studio.tasks import flatten, tasks
from studio.texts import DEFAULT, best_language, catalogue, languages, text

LABELS = ("ui.", "field.", "choice.", "task.")
CHOSEN_IN = "atelier_language"
"""The cookie in which the page keeps the language that a visitor chose."""


@cache
def i18n() -> gr.I18n:
    """Every label in every language; English labels of settings come from the tasks' models."""
    return gr.I18n(**{lang: _labels(lang) for lang in languages()})


def label(key: str) -> Any:
    """A label that the browser translates."""
    return i18n()(key)


def language(request: gr.Request | None) -> str:
    """The studio's language for a visitor: the one chosen on the page, else the browser's first that the studio speaks."""
    if request is None:
        return DEFAULT
    chosen = request.cookies.get(CHOSEN_IN, "")
    return chosen if chosen in languages() else best_language(request.headers.get("accept-language", ""))


def say(key: str, request: gr.Request | None, **params: Any) -> str:
    return text(key, language(request), **params)


def _labels(lang: str) -> dict[str, str]:
    found = {key: value for key, value in catalogue(lang).items() if key.startswith(LABELS)}
    for task in tasks().values():
        for field in flatten(task.request):
            key = f"field.{task.name}.{field.name}"
            found.setdefault(key, field.info.title or field.name)
            found.setdefault(f"{key}.help", field.info.description or "")
    return found
