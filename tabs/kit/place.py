"""The picture that a tool takes, and the place in it that is meant, as a box on the page: with an easel, and the word about rights."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.asset import Asset
from tabs.kit.characterkept import Mark
from tabs.kit.i18n import say
from tabs.kit.paint import MASK_NAME, board_html
from tabs.kit.people import consent


@dataclass(frozen=True)
class Place:
    """``tools``: what the easel has to show a place with, of those that ``place.js`` knows; none for no easel."""

    tools: Sequence[str]


def place_html(place: Place, picture: Asset | None, own: bool, mark: Mark, confirmed: bool | None, request: Any) -> str:
    """``own``: whether the picture was brought for the tool. ``confirmed`` is None where rights aren't asked for."""
    data = {
        "picture": picture.id if picture else "",
        "mask": mark.mask,
        "hints": json.dumps(mark.hints, separators=(",", ":")),
        "name": MASK_NAME,
        "not-image": say("ui.paint.not_image", request),
    }
    marks = " ".join(f'data-{name}="{html.escape(value, quote=True)}"' for name, value in data.items())
    easel = _marking(place, mark, request) if picture and place.tools else ""
    asked = "" if confirmed is None else consent(confirmed, request, "at-place-why")
    return f'<section class="at-place" {marks}>{_taken(picture, own, request)}{easel}{asked}</section>'


def _taken(picture: Asset | None, own: bool, request: Any) -> str:
    """Which picture it is, and the ways to another."""
    if picture is None:
        shown = f'<span class="at-note">{_words("none", request)}</span>'
    else:
        said = html.escape(picture.name) if own else _words("newest", request)
        shown = (
            f'<img src="thumbs/{picture.id}" alt="" width="56" height="56"><span class="at-place-said">{said}</span>'
        )
    newest = _button("newest", "at-plain", request) if own else ""
    return f'<div class="at-place-row">{shown}<span class="at-owns">{_file("own", request)}</span>{newest}</div>'


def _marking(place: Place, mark: Mark, request: Any) -> str:
    """What is marked, the ways to mark it, and the closed easel."""
    state = ""
    if mark.marked:
        image = f'<img src="files/{html.escape(mark.mask)}" alt="" width="40" height="40">' if mark.mask else ""
        said = _words("marked", request)
        state = f'<span class="at-paint-state">{image}<span role="status">{said}</span> {_button("away", "at-plain", request)}</span>'
    paint = _words("change" if mark.marked else "open", request)
    button = f'<button type="button" class="at-button" data-act="place-open" data-home="place-away place-newest">{paint}</button>'
    files = f'<span class="at-owns">{_file("mask", request)}</span>'
    return f'<div class="at-place-row">{state}{button}{files}</div>{_easel(place, request)}'


def _easel(place: Place, request: Any) -> str:
    radios = "".join(
        f'<label><input type="radio" name="at-place-tool" value="{tool}"{" checked" if number == 0 else ""}>'
        f'<i class="at-tool-{tool}" aria-hidden="true"></i>{_words(f"tool.{tool}", request)}</label>'
        for number, tool in enumerate(place.tools)
    )
    buttons = "".join(
        f'<button type="button" class="at-button" data-act="place-{name}">{_paint(name, request)}</button>'
        for name in ("undo", "clear", "done")
    )
    title = _words("open", request)
    return (
        f'<dialog class="at-easel at-place-easel" aria-label="{title}"><div class="at-easel-head"><h2>{title}</h2>'
        f'<button type="button" class="at-plain" data-act="place-leave" aria-label="{_paint("leave", request)}">✕</button></div>'
        f'<fieldset class="at-regions"><legend><span>{title}</span></legend>{radios}</fieldset>{board_html(request)}'
        f'<div class="at-easel-tools"><label>{_paint("size", request)} <input type="range" min="1" max="30" step="0.5" value="6"></label>'
        f"{buttons}</div></dialog>"
    )


def _file(name: str, request: Any) -> str:
    return f'<label><input type="file" accept="image/*" data-act="place-{name}">＋ {_words(name, request)}</label>'


def _button(act: str, look: str, request: Any) -> str:
    return f'<button type="button" class="{look}" data-act="place-{act}">{_words(act, request)}</button>'


def _words(key: str, request: Any) -> str:
    return html.escape(say(f"ui.place.{key}", request), quote=True)


def _paint(key: str, request: Any) -> str:
    return html.escape(say(f"ui.paint.{key}", request), quote=True)
