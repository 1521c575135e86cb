"""A row of pictures to choose from: one button each, reachable by keyboard."""

import base64
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

CHOSEN = """
element.addEventListener('click', (event) => {
  const tile = event.target.closest('.at-pick');
  if (!tile) return;
  element.querySelectorAll('.at-pick').forEach((other) => other.setAttribute('aria-pressed', String(other === tile)));
  trigger('click', {key: tile.dataset.key});
});
"""


@dataclass(frozen=True)
class Tile:
    """``titles`` by language; ``picture`` is a small image file, if there is one."""

    key: str
    titles: dict[str, str]
    picture: Path | None = None


def picker(tiles: Sequence[Tile], lang: str = "en") -> gr.HTML:
    """The widget; ``on_pick`` connects it."""
    return gr.HTML(tiles_html(tiles, lang), js_on_load=CHOSEN, elem_classes="at-picker")


def tiles_html(tiles: Sequence[Tile], lang: str) -> str:
    parts = []
    for tile in tiles:
        title = html.escape(tile.titles.get(lang, tile.titles["en"]))
        parts.append(
            f'<button type="button" class="at-pick" data-key="{html.escape(tile.key)}" aria-pressed="false">'
            f"{_image(tile.picture)}<span>{title}</span></button>"
        )
    return f'<div class="at-tiles">{"".join(parts)}</div>'


def _image(picture: Path | None) -> str:
    if picture is None:
        return ""
    data = base64.b64encode(picture.read_bytes()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="" width="88" height="66">'


def on_pick(widget: gr.HTML, choose: Callable[[str], Any], outputs: Any, **event: Any) -> None:
    """Call ``choose`` with the key of the tile that is pressed."""

    def pressed(data: gr.EventData) -> Any:
        return choose(str(data.key))

    widget.click(pressed, None, outputs, **event)
