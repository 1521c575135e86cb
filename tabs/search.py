"""Search: libraries of footage, questions to them, and the shots that answer. The page asks REST itself; nothing of it weighs on the queue."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.owners import owner_of
from studio.schema import help_of, title_of
from studio.sendto import places
from tabs.kit.i18n import language, say
from tabs.kit.runbar import QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

NAME, ADD, CLIP = "search_find", "search_add", "clip-search"
WORDS = (
    "added",
    "again",
    "as_csv",
    "as_edl",
    "as_json",
    "busy",
    "certain",
    "clip",
    "close",
    "comparing",
    "doubtful",
    "errors",
    "export",
    "failed",
    "files",
    "folded",
    "frame",
    "hours",
    "identical",
    "indexing",
    "kept",
    "left",
    "like",
    "likely",
    "minutes",
    "more",
    "no",
    "none",
    "nothing",
    "of_best",
    "once",
    "paused",
    "refresh",
    "remove",
    "removed",
    "shots",
    "stop",
    "sure_remove",
    "twice",
    "words",
    "yes",
)
"""Texts that the page's scripts use: ``ui.search.<word>``."""
FILTERS = (
    ("without", "text"),
    ("after", "date"),
    ("before", "date"),
    ("shortest", "number"),
    ("longest", "number"),
    ("tag", "text"),
)
CHOICES = {"aspect": ("any", "wide", "tall", "square"), "faces": ("any", "yes", "no")}
SCRIPTS = ("searchkit.js", "search.js", "searchlib.js")


@dataclass(frozen=True)
class Widgets:
    page: gr.HTML


def build(studio: "Studio") -> Widgets:
    return Widgets(gr.HTML(js_on_load=script(*SCRIPTS), elem_classes="at-search-tab"))


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    page.senders.append(w.page)

    def show(request: gr.Request) -> str:
        return drawn(page.studio, request)

    blocks.load(show, None, w.page, **{**QUIET, "queue": False})


def drawn(studio: "Studio", request: gr.Request) -> str:
    """The whole tab, before anything was asked."""
    words = {name: say(f"ui.search.{name}", request, library="{library}") for name in WORDS}
    targets = [
        [kind, place.task, say(f"ui.tab.{place.task}", request)]
        for kind in ("image", "video")
        for place in places(kind)
        if place.main and place.task in ("face_swap", "cartoon", "character")
    ]
    folders = bool(studio.shelves(owner_of(request)).places)
    facts = {"words": words, "targets": targets, "lang": language(request), "folders": folders}
    data = html.escape(json.dumps(facts, ensure_ascii=False))
    return (
        f'<div class="at-search" data-search="{data}">{_asking(request)}'
        f'<div class="at-search-hits" aria-live="polite"></div>{_libraries(studio, folders, request)}</div>'
    )


def _asking(request: gr.Request) -> str:
    filters = "".join(
        f'<label title="{_help(name, request)}">{_field(name, request)}<input name="{name}" type="{kind}" min="0" step="any"></label>'
        for name, kind in FILTERS
    )
    chosen = "".join(
        f'<label title="{_help(name, request)}">{_field(name, request)}<select name="{name}">{_options(values, request)}</select></label>'
        for name, values in CHOICES.items()
    )
    return (
        '<form class="at-ask-form"><div class="at-dropping"><label class="at-dropped" tabindex="0">'
        f'<input type="file" accept="image/*,video/*" class="at-unseen"><span>{_text("drop", request)}</span></label>'
        f'<button type="button" class="at-ungiven at-shut" aria-label="{_text("take_away", request)}" hidden>✕</button></div>'
        f'<div class="at-asked"><label>{_field("words", request)}<input type="search" name="words" '
        f'placeholder="{_text("words_hint", request)}"></label>'
        f'<label>{_field("library", request)}<select name="library"></select></label>'
        f'<button type="submit" class="at-button at-primary">{_text("find", request)}</button>'
        f'<details><summary>{_text("filters", request)}</summary><div class="at-search-filters">{filters}{chosen}</div></details>'
        f'<p class="at-note">{_text("meaning", request)}</p></div></form>'
    )


def _libraries(studio: "Studio", folders: bool, request: gr.Request) -> str:
    folder = (
        f'<label>{_text("folder", request)}<input name="folder" placeholder="/footage · s3://bucket/prefix"></label>'
        if folders
        else ""
    )
    cards = studio.cards.of_kind(NAME, CLIP)
    encoders = [
        ("fingerprint", say("ui.search.fingerprint", request)),
        *((card.id, card.title.text(language(request))) for card in cards),
    ]
    looks = "".join(f'<option value="{value}">{html.escape(title)}</option>' for value, title in encoders)
    return (
        f'<section class="at-libraries"><h2>{_text("libraries", request)}</h2><div class="at-library-list"></div>'
        f'<form class="at-add"><label>{_text("name", request)}<input name="library" value="footage" maxlength="80" required></label>'
        f'{folder}<label>{_text("upload", request)}<input type="file" name="media" accept="video/*,image/*" multiple></label>'
        f'<label>{_field("tags", request, ADD)}<input name="tags" maxlength="500"></label>'
        f'<label>{_field("encoder", request, ADD)}<select name="encoder">{looks}</select></label>'
        f'<button type="submit" class="at-button">{_text("add", request)}</button></form>'
        '<div class="at-adding" role="status"></div></section>'
    )


def _options(values: Sequence[str], request: gr.Request) -> str:
    return "".join(
        f'<option value="{value}">{html.escape(say(f"choice.{value}", request))}</option>' for value in values
    )


def _text(name: str, request: gr.Request) -> str:
    return html.escape(say(f"ui.search.{name}", request))


def _field(name: str, request: gr.Request, task: str = NAME) -> str:
    return html.escape(title_of(task, name, language(request)))


def _help(name: str, request: gr.Request) -> str:
    return html.escape(help_of(NAME, name, language(request)))
