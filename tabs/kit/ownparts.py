"""An artist's own parts of figures on the page: what there is, a way to add one, and to remove one."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import BadInput, StudioError
from studio.figures import regions
from studio.owners import owner_of
from tabs.kit.i18n import label, language, say
from tabs.kit.runbar import QUIET

if TYPE_CHECKING:
    from studio.studio import Studio

USUAL = "held"
ENDINGS = [".png", ".svg", ".webp", ".jpg", ".jpeg"]


@dataclass(frozen=True)
class OwnPartsSection:
    """The widgets of the folded section."""

    file: gr.File
    region: gr.Dropdown
    labels: gr.Textbox
    title: gr.Textbox
    licence: gr.Textbox
    add: gr.Button
    shown: gr.HTML
    unwanted: gr.Dropdown
    remove: gr.Button

    def wire(self, studio: "Studio", opened: Sequence[Any]) -> None:
        """``opened``: events at which the section is filled."""
        known = [self.shown, self.unwanted]
        given = [self.file, self.labels, self.title, self.licence]

        def look(request: gr.Request) -> list[Any]:
            return _known(studio, request)

        def add(file: Any, region: str, labels: str, title: str, licence: str, request: gr.Request) -> list[Any]:
            try:
                if not file:
                    raise BadInput("rest.no_file")
                facts = {"region": region, "labels": labels or "", "title": title or "", "licence": licence or ""}
                studio.parts.add(Path(file), owner_of(request), **facts)
            except StudioError as error:
                gr.Warning(error.text(language(request)))
                return [gr.skip()] * (len(known) + len(given))
            return [*_known(studio, request), None, "", "", ""]

        def remove(part_id: str, request: gr.Request) -> list[Any]:
            try:
                if part_id:
                    studio.parts.remove(part_id, owner_of(request))
            except StudioError as error:
                gr.Warning(error.text(language(request)))
            return _known(studio, request)

        self.add.click(add, [self.file, self.region, *given[1:]], [*known, *given], **QUIET)
        self.remove.click(remove, self.unwanted, known, **QUIET)
        for event in opened:
            event(look, None, known, **QUIET)
            event(_regions, None, self.region, **QUIET)


def build_own_parts() -> OwnPartsSection:
    """The section in the current place of the page."""
    with gr.Accordion(label("ui.parts.title"), open=False, elem_classes="at-own-parts"):
        gr.Markdown(label("ui.parts.what"))
        shown = gr.HTML()
        file = gr.File(label=label("ui.parts.file"), file_types=ENDINGS, type="filepath", height=120)
        region = gr.Dropdown([(USUAL, USUAL)], value=USUAL, label=label("ui.parts.region"))
        labels = gr.Textbox(label=label("ui.parts.labels"), max_lines=2)
        title = gr.Textbox(label=label("ui.parts.name"), max_lines=1)
        licence = gr.Textbox(label=label("ui.parts.licence"), max_lines=1)
        add = gr.Button(label("ui.parts.add"))
        with gr.Row():
            unwanted = gr.Dropdown([("", "")], value="", label=label("ui.parts.remove"), min_width=120)
            remove = gr.Button(label("ui.parts.remove"), min_width=80)
    return OwnPartsSection(file, region, labels, title, licence, add, shown, unwanted, remove)


def own_parts_html(studio: "Studio", request: gr.Request) -> str:
    """The visitor's parts with their pictures, labels and licences."""
    found = studio.parts.list(owner_of(request))
    if not found:
        return f'<p class="at-note">{html.escape(say("ui.parts.none", request))}</p>'
    titles = {name: title for name, _, title in regions(language(request))}
    tiles = "".join(
        f'<figure class="at-part" title="{html.escape(one.licence, quote=True)}">'
        f'<img src="thumbs/{one.id}" alt="" width="80" height="80" loading="lazy">'
        f"<span>{html.escape(one.title)}</span><small>{html.escape(titles[one.region])}: "
        f"{html.escape(', '.join(one.labels))}</small></figure>"
        for one in found
    )
    return f'<div class="at-found">{tiles}</div>'


def _known(studio: "Studio", request: gr.Request) -> list[Any]:
    choices = [(one.title, one.id) for one in studio.parts.list(owner_of(request))]
    return [own_parts_html(studio, request), gr.update(choices=[("", ""), *choices], value="")]


def _regions(request: gr.Request) -> Any:
    return gr.update(choices=[(title, name) for name, _, title in regions(language(request))], value=USUAL)
