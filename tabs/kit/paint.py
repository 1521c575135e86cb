"""The painted mask of the face swap tab: its state, and the easel on which it is painted over a frame."""

import html
from typing import Any

from studio.asset import Asset
from tabs.kit.given import Given
from tabs.kit.i18n import say

TOOLS = ("erase", "undo", "clear", "done")
MASK_NAME = "mask.png"


def paint_box(given: Given, target: Asset | None, request: Any) -> str:
    """Whether a mask is painted, the ways to one, and the closed easel; nothing without a target."""
    if target is None:
        return ""
    holds = _words("holds", request) if target.kind == "video" else ""
    data = {"target": target.id, "mask": given.mask, "name": MASK_NAME, "not-image": say("ui.paint.not_image", request)}
    marks = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    state, paint = "", _words("edit" if given.mask else "open", request)
    if given.mask:
        state = (
            f'<span class="at-paint-state"><img src="files/{html.escape(given.mask)}" alt="" width="40" height="40">'
            f'<span role="status">{_words("painted", request)}</span> · {_button("away", "at-plain", request)}</span>'
        )
    return (
        f'<section class="at-paint" {marks} aria-label="{_words("title", request)}">{state}'
        f'<button type="button" class="at-button" data-act="open" hidden>{paint}</button>{_button("choose", "at-plain", request)}'
        f"{_note(holds if given.mask else '')}{_easel(holds, request)}</section>"
    )


def _easel(holds: str, request: Any) -> str:
    tools = "".join(_button(name, "at-button", request) for name in TOOLS)
    return (
        f'<dialog class="at-easel" aria-labelledby="at-easel-title"><div class="at-easel-head"><h2 id="at-easel-title">{_words("open", request)}</h2>'
        f'<button type="button" class="at-plain" data-act="leave" aria-label="{_words("leave", request)}">✕</button></div>{_note(holds)}'
        f'{board_html(request)}<div class="at-easel-tools"><label>{_words("size", request)} '
        f'<input type="range" min="1" max="30" step="0.5" value="7"></label>{tools}</div></dialog>'
    )


def board_html(request: Any) -> str:
    """What is painted on: the picture, the paint over it, and where the brush is."""
    return (
        '<div class="at-easel-board"><canvas class="at-easel-frame" aria-hidden="true"></canvas>'
        f'<canvas class="at-easel-paint" role="application" tabindex="0" aria-label="{_words("board", request)}"></canvas>'
        '<i class="at-easel-ring" aria-hidden="true" hidden></i></div>'
    )


def _note(text: str) -> str:
    return f'<p class="at-note">{text}</p>' if text else ""


def _button(act: str, look: str, request: Any) -> str:
    pressed = ' aria-pressed="false"' if act == "erase" else ""
    return f'<button type="button" class="{look}" data-act="{act}"{pressed}>{_words(act, request)}</button>'


def _words(key: str, request: Any) -> str:
    return html.escape(say(f"ui.paint.{key}", request))
