"""What leads a model that draws, at the step that draws: a picture of the style, and LoRAs with how much each counts."""

import html
from collections.abc import Mapping
from typing import Any

from studio.asset import Asset
from studio.tasks._diffusion import MOST_LORA, MOST_NAMED, weighed
from tabs.kit.i18n import say


def leading_html(style: Asset | None, worn: str, loras: Mapping[str, str], request: Any) -> str:
    """``worn``: LoRAs as the request takes them; ``loras``: the titles of those that are installed, by their ids."""
    here = " open" if style or worn else ""
    return (
        f'<details class="at-fold at-leading" data-fold="leading"{here}><summary>{_words("leading", request)}</summary>'
        f"{_style(style, request)}{_loras(worn, loras, request)}</details>"
    )


def _style(style: Asset | None, request: Any) -> str:
    shown = ""
    if style:
        away = _words("style_away", request)
        shown = (
            f'<img src="thumbs/{style.id}" alt="" width="56" height="56"><span class="at-place-said">{html.escape(style.name)}</span>'
            f'<button type="button" class="at-plain" data-act="style-away">{away}</button>'
        )
    choose = _words("style_picture", request)
    own = f'<input type="file" accept="image/*" data-act="style" data-home="style-away">＋ {choose}'
    return f'<div class="at-place-row">{shown}<span class="at-owns"><label>{own}</label></span></div>'


def _loras(worn: str, loras: Mapping[str, str], request: Any) -> str:
    try:
        scales = weighed(worn)
    except ValueError:
        return f'<p class="at-note">{_words("loras_unread", request)}</p>'
    rows = "".join(_lora(card, scale, loras.get(card, card), request) for card, scale in scales.items())
    more = {card: title for card, title in loras.items() if card not in scales}
    if not rows and not more:
        return f'<p class="at-note">{_words("loras_none", request)}</p>'
    if not more or len(scales) == MOST_NAMED:
        return f'<ul class="at-loras">{rows}</ul>'
    name = _words("lora_add", request)
    choices = "".join(f'<option value="{card}">{html.escape(title)}</option>' for card, title in more.items())
    select = f'<select data-act="lora-add" data-home="lora-away lora-add" aria-label="{name}"><option value="">＋ {name}</option>{choices}</select>'
    return f'<ul class="at-loras">{rows}</ul>{select}'


def _lora(card: str, scale: float, title: str, request: Any) -> str:
    shown, away = html.escape(title, quote=True), _words("lora_away", request)
    counts = _words("lora_counts", request)
    return (
        f'<li data-lora="{card}"><label><span>{shown}</span><input type="number" data-act="lora" data-lora="{card}" min="-{MOST_LORA}" '
        f'max="{MOST_LORA}" step="0.01" required value="{scale:g}" aria-label="{counts}: {shown}"></label>'
        f'<button type="button" class="at-icon" data-act="lora-away" data-lora="{card}" aria-label="{away}: {shown}">✕</button></li>'
    )


def _words(key: str, request: Any) -> str:
    return html.escape(say(f"ui.character.{key}", request), quote=True)
