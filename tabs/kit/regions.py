"""The regions of a figure on the page: the easel on which their map is painted over, and own pictures for them."""

import html
from typing import Any

from studio.figures import regions
from tabs.kit.i18n import language, say
from tabs.kit.paint import board_html


def easel_html(request: Any) -> str:
    """The closed easel: the figure, its map in colours half clear over it, and a brush for each region."""
    radios = "".join(
        f'<label><input type="radio" name="at-region" value="{colour}"{" checked" if name == "hair" else ""}>'
        f'<i style="background:{colour}"></i>{html.escape(title)}</label>'
        for name, colour, title in regions(language(request))
    )
    tools = "".join(
        f'<button type="button" class="at-button" data-act="easel-{name}">{_paint(name, request)}</button>'
        for name in ("undo", "clear", "done")
    )
    title = html.escape(say("ui.character.paint", request))
    return (
        f'<dialog class="at-easel at-region-easel" aria-label="{title}"><div class="at-easel-head"><h2>{title}</h2>'
        f'<button type="button" class="at-plain" data-act="easel-leave" aria-label="{_paint("leave", request)}">✕</button></div>'
        f'<fieldset class="at-regions"><legend><span>{title}</span></legend>{radios}</fieldset>{board_html(request)}'
        f'<div class="at-easel-tools"><label>{_paint("size", request)} <input type="range" min="1" max="30" step="0.5" value="4"></label>'
        f"{tools}</div></dialog>"
    )


def owns_html(request: Any) -> str:
    """A way to bring an own picture for each region."""
    ways = "".join(
        f'<label><input type="file" accept="image/*" data-act="own" data-region="{name}">＋ {html.escape(title)}</label>'
        for name, _, title in regions(language(request))
    )
    said = html.escape(say("ui.character.own", request))
    return f'<p class="at-note">{said}</p><div class="at-owns">{ways}</div>'


def _paint(key: str, request: Any) -> str:
    return html.escape(say(f"ui.paint.{key}", request), quote=True)
