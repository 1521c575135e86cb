"""Work beside the seven steps: another task's form, folded, with its own buttons and stage, that takes what the tab has now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.job import Job
from studio.owners import owner_of
from studio.tasks import tasks
from tabs.kit.characterkept import Kept
from tabs.kit.form import Form, Section, build_form, taken
from tabs.kit.i18n import label, language
from tabs.kit.place import Place
from tabs.kit.runbar import QUIET, RunBar, build_runbar, wire_runbar
from tabs.kit.view import download, facts, player, sends

if TYPE_CHECKING:
    from studio.studio import Studio

Given = Callable[[Kept, Mapping[str, Any], Mapping[str, Any], str], Mapping[str, Any]]
"""Settings that the tab has already, from what it keeps, its form's values, what is asked for beside them, and the language."""
TILES = 24
ON_LOAD = """const acts = ["bring", "mark", "confirm", "withdraw"].map((name) => [name, (data) => trigger(name, data)]);
atelier.place(element, watch, Object.fromEntries(acts));"""


@dataclass(frozen=True)
class Beside:
    """A task with the settings that are asked for, and what the tab itself gives; ``names`` as in ``build_form``.

    ``place``: its picture, and a place in it, are shown in a box of their own.
    """

    task: str
    fields: tuple[str, ...]
    given: Given
    names: frozenset[str] = frozenset()
    place: Place | None = None


@dataclass(frozen=True)
class Opened:
    beside: Beside
    form: Form
    bar: RunBar
    place: gr.HTML | None


def build_beside(beside: Beside) -> Opened:
    """Folded until it is wanted."""
    with gr.Accordion(label(f"ui.tab.{beside.task}"), open=False, elem_classes="at-beside"):
        gr.Markdown(label(f"ui.beside.{beside.task}"))
        place = gr.HTML(js_on_load=ON_LOAD, elem_classes="at-place-box") if beside.place else None
        form = build_form(beside.task, [Section("", beside.fields)], frozenset(), names=beside.names)
        bar = build_runbar(preview=False)
    return Opened(beside, form, bar, place)


def wire_beside(
    opened: Opened, page: Any, blocks: gr.Blocks, kept: Any, inputs: list[Any], names: tuple[str, ...]
) -> None:
    """``inputs`` are the tab's own widgets, by these ``names``."""
    studio: Studio = page.studio
    opened.form.wire()
    own = list(opened.form.widgets.values())

    def settings(request: gr.Request, known: Any, *values: Any) -> Mapping[str, Any]:
        form = dict(zip(names, values[: len(names)], strict=True))
        asked = taken(opened.form, values[len(names) :], lambda path: studio.library.add(path, owner_of(request)).id)
        return {**opened.beside.given(Kept.of(known), form, asked, language(request)), **asked}

    def shown(studio: "Studio", job: Job, lang: str) -> str:
        return made(studio, job, lang, [*page.receivers])

    def offer(request: gr.Request) -> dict[Any, Any]:
        return opened.form.offer(studio.cards, request)

    wire_runbar(opened.bar, studio, blocks, opened.beside.task, [kept, *inputs, *own], settings, shown)
    if opened.form.choosers:
        for event in (blocks.load, page.tabs.change):
            event(offer, None, opened.form.choosers, **QUIET)
    page.senders.append(opened.bar.stage)


def made(studio: "Studio", job: Job, lang: str, receivers: list[str]) -> str:
    """The picture, the file to save, where it can go, the single pictures beside it, and how it came about."""
    result = tasks()[job.task].result.model_validate(job.result or {})
    try:
        main = studio.library.get(str(getattr(result, "output", "")), job.owner)
    except StudioError:
        return ""
    ids = [cell.picture for cell in getattr(result, "cells", ())]
    ids += [view.picture for view in getattr(result, "views", ()) if view.picture]
    others = studio.library.those(ids, job.owner)[:TILES]
    tiles = "".join(
        f'<a href="files/{asset.id}" target="_blank"><img src="thumbs/{asset.id}" alt="" loading="lazy"></a>'
        for asset in others
    )
    acts = f'<div class="at-acts">{download(main, lang)}{sends(main, receivers, lang)}</div>'
    return f'{player(main)}{acts}<div class="at-beside-tiles">{tiles}</div>{facts(job, lang)}'
