"""Search: libraries of footage, questions to them, and the shots that answer. The page asks REST itself; nothing of it weighs on the queue."""

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.schema import title_of
from studio.sendto import places
from tabs.kit.i18n import language, say
from tabs.kit.runbar import QUIET
from tabs.kit.web import script

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "search_find"
WORDS = (
    *(
        "again",
        "as_csv",
        "as_edl",
        "as_json",
        "busy",
        "certain",
        "clip",
        "doubtful",
        "errors",
        "export",
        "files",
        "folded",
        "frame",
    ),
    *(
        "hours",
        "indexing",
        "kept",
        "like",
        "likely",
        "more",
        "nothing",
        "of_best",
        "paused",
        "remove",
        "removed",
        "shots",
    ),
    *("sure_remove", "words", "yes", "no", "stop", "failed", "added"),
)
FILTERS = (
    ("after", "date"),
    ("before", "date"),
    ("shortest", "number"),
    ("longest", "number"),
    ("tag", "text"),
)


@dataclass(frozen=True)
class Widgets:
    page: gr.HTML


def build(studio: "Studio") -> Widgets:
    return Widgets(gr.HTML(js_on_load=script("search.js", "searchlib.js"), elem_classes="at-search-tab"))


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
    data = html.escape(json.dumps({"words": words, "targets": targets, "lang": language(request)}, ensure_ascii=False))
    return (
        f'<div class="at-search" data-search="{data}">{_asking(request)}'
        f'<div class="at-search-hits" aria-live="polite"></div>{_libraries(studio, request)}</div>'
    )


def _asking(request: gr.Request) -> str:
    filters = "".join(
        f'<label>{_field(name, request)}<input name="{name}" type="{kind}" min="0" step="any"></label>'
        for name, kind in FILTERS
    )
    shapes = "".join(
        f'<option value="{value}">{html.escape(say(f"choice.{value}", request))}</option>'
        for value in ("any", "wide", "tall", "square")
    )
    return (
        '<form class="at-ask-form"><label class="at-dropped" tabindex="0">'
        f'<input type="file" accept="image/*,video/*" class="at-unseen"><span>{_text("drop", request)}</span></label>'
        f'<div class="at-asked"><input type="search" name="words" aria-label="{_text("words_hint", request)}" '
        f'placeholder="{_text("words_hint", request)}">'
        f'<label>{_field("library", request)}<select name="library"></select></label>'
        f'<button type="submit" class="at-button at-primary">{_text("find", request)}</button>'
        f'<details><summary>{_text("filters", request)}</summary><div class="at-search-filters">{filters}'
        f'<label>{_field("aspect", request)}<select name="aspect">{shapes}</select></label></div></details>'
        f'<p class="at-note">{_text("meaning", request)}</p></div></form>'
    )


def _libraries(studio: "Studio", request: gr.Request) -> str:
    folder = (
        ""
        if studio.settings.public
        else (
            f'<label>{_text("folder", request)}<input name="folder" placeholder="/footage · s3://bucket/prefix"></label>'
        )
    )
    return (
        f'<section class="at-libraries"><h2>{_text("libraries", request)}</h2><div class="at-library-list"></div>'
        f'<form class="at-add"><label>{_text("name", request)}<input name="library" value="footage" maxlength="80" required></label>'
        f'{folder}<label>{_text("upload", request)}<input type="file" name="media" accept="video/*,image/*" multiple></label>'
        f'<button type="submit" class="at-button">{_text("add", request)}</button></form>'
        '<div class="at-adding" role="status"></div></section>'
    )


def _text(name: str, request: gr.Request) -> str:
    return html.escape(say(f"ui.search.{name}", request))


def _field(name: str, request: gr.Request) -> str:
    return html.escape(title_of(NAME, name, language(request)))
