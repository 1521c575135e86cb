"""Where the voice tab takes the recording that a model is to speak like: its sound, its words, and the word about rights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.owners import owner_of
from tabs.kit.i18n import label
from tabs.kit.runbar import QUIET
from tabs.kit.voiced import sound

if TYPE_CHECKING:
    from studio.studio import Studio

SOUND, WORDS = FIELDS = "reference", "reference_text"


@dataclass(frozen=True)
class Cloning:
    """``place`` is seen while a model is chosen that speaks like recordings; ``kept`` plays the one that was brought before."""

    place: gr.Column
    own: Mapping[str, gr.components.Component]
    kept: gr.HTML
    rights: gr.Checkbox


def build_cloning(task: str) -> Cloning:
    with gr.Column(visible=False) as place:
        gr.Markdown(label("ui.voice.clone"))
        recording = gr.Audio(label=label(f"field.{task}.{SOUND}"), sources=["upload", "microphone"], type="filepath")
        kept = gr.HTML(visible=False)
        words = gr.Textbox(
            label=label(f"field.{task}.{WORDS}"), info=label(f"field.{task}.{WORDS}.help"), lines=2, max_lines=6
        )
        rights = gr.Checkbox(label=label("ui.voice.rights"))
    return Cloning(place, {SOUND: recording, WORDS: words}, kept, rights)


def wire_cloning(
    cloning: Cloning, model: gr.components.Component, stored: gr.BrowserState, page: Any, blocks: gr.Blocks
) -> None:
    studio: Studio = page.studio

    def show(card: str | None) -> Any:
        return gr.update(visible=clones(studio, card))

    def play(files: Mapping[str, str] | None, request: gr.Request) -> Any:
        there = studio.library.those([*filter(None, [(files or {}).get(SOUND)])], owner_of(request))
        return gr.update(value=sound(there[0], there[0].name) if there else "", visible=bool(there))

    model.change(show, model, cloning.place, queue=False, **QUIET)
    blocks.load(play, stored, cloning.kept, **QUIET)
    recording: Any = cloning.own[SOUND]
    recording.input(lambda: gr.update(visible=False), None, cloning.kept, queue=False, **QUIET)


def wire_rights(box: gr.Checkbox, task: str, studio: "Studio", blocks: gr.Blocks) -> None:
    """A box holds the visitor's word on their rights for a task."""

    def agree(given: bool, request: gr.Request) -> None:
        (studio.rights.confirm if given else studio.rights.withdraw)(owner_of(request), task)

    def agreed(request: gr.Request) -> bool:
        return studio.rights.confirmed(owner_of(request), task)

    box.input(agree, box, None, queue=False, **QUIET)
    blocks.load(agreed, None, box, **QUIET)


def clones(studio: "Studio", card: str | None) -> bool:
    """Whether a model card's voice speaks like a recording."""
    return bool(card and studio.cards.installed(card) and studio.cards.get(card).capabilities.get("clones"))
