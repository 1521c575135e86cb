"""A prompt sheet on the page: lines to change, lock, weigh and draw anew, the contact sheet, and the text that comes of it."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from studio.asset import Asset
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import Prompt
from tabs.kit.i18n import say
from tabs.kit.view import player

SECTIONS = ("subject", "face", "hair", "body", "outfit", "held", "pose", "setting", "style", "quality", "negative")
GLANCE = 9
"""How many lines of a sheet its card in the contact sheet shows."""
WEIGHTS = ("0", "2", "0.05")


def sheet_html(sheet: Sheet, slots: Mapping[str, str], turn: str, request: Any) -> str:
    """The lines by section. ``turn`` changes when the server has other lines than the page."""
    if not sheet.lines:
        return f'<section class="at-sheet" data-turn="{turn}"><p class="at-note">{_say("empty", request)}</p></section>'
    blocks = []
    for section in SECTIONS:
        lines = [(number, line) for number, line in enumerate(sheet.lines) if line.section == section]
        entries = "".join(_line(number, line, slots, request) for number, line in lines)
        add = f'<button type="button" class="at-plain" data-act="add" data-section="{section}">＋ {_say("add", request)}</button>'
        title = html.escape(say(f"ui.sheet.section.{section}", request))
        if lines or section in ("subject", "negative"):
            blocks.append(
                f'<section class="at-lines-of" data-section="{section}" aria-label="{title}"><h3>{title}</h3>'
                f"<ul>{entries}</ul>{add}</section>"
            )
    style = html.escape(sheet.style)
    return f'<section class="at-sheet" data-turn="{turn}" data-style="{style}">{"".join(blocks)}</section>'


def _line(number: int, line: Line, slots: Mapping[str, str], request: Any) -> str:
    slot = slots.get(line.slot, "")
    english = line.english if line.english and line.english != line.text else ""
    data = html.escape(json.dumps(line.model_dump()), quote=True)
    text = html.escape(line.text, quote=True)
    locked = "true" if line.locked else "false"
    lock = (
        f'<button type="button" class="at-icon" data-act="lock" aria-pressed="{locked}" '
        f'aria-label="{_say("unlock" if line.locked else "lock", request)}: {text}">'
        '<span class="at-lock" aria-hidden="true"></span></button>'
    )
    acts = (_button("again", "⟳", text, request) if slot else "") + _button("sharpen", "✎", text, request)
    beside = f'<small class="at-english" lang="en">{html.escape(english)}</small>' if english else ""
    low, high, step = WEIGHTS
    weight = (
        f'<input class="at-weight" type="number" min="{low}" max="{high}" step="{step}" value="{line.weight:g}" '
        f'aria-label="{_say("weight", request)}: {text}">'
    )
    named = html.escape(slot or say("ui.sheet.text", request), quote=True)
    return (
        f'<li class="at-line" data-number="{number}" data-line="{data}">{lock}'
        f'<span class="at-line-head"><small>{html.escape(slot)}</small>{acts}{_button("away", "✕", text, request)}</span>'
        f'<span class="at-line-words"><textarea class="at-line-text" rows="1" maxlength="500" aria-label="{named}">'
        f"{html.escape(line.text)}</textarea>{beside}</span>{weight}</li>"
    )


def _button(act: str, sign: str, text: str, request: Any) -> str:
    said = _say(act, request)
    return f'<button type="button" class="at-icon" data-act="{act}" aria-label="{said}: {text}" title="{said}">{sign}</button>'


def contact_html(sheets: Sequence[Sheet], chosen: int, request: Any) -> str:
    """Cards of several sheets, one of them chosen; nothing for a single one."""
    if len(sheets) < 2:
        return ""
    cards = []
    for number, sheet in enumerate(sheets):
        lines = [line for line in sheet.lines if line.section not in ("style", "quality", "negative")]
        words = html.escape(", ".join(line.text for line in lines[:GLANCE]))
        current = ' aria-current="true"' if number == chosen else ""
        cards.append(
            f'<button type="button" class="at-contact" data-act="choose" data-number="{number}"{current}>'
            f"<b>{number + 1}</b><span>{words}</span></button>"
        )
    title, every = _say("contact", request), _say("draw_all", request)
    return (
        f'<section class="at-contacts" aria-label="{title}"><div class="at-out-head"><h3>{title}</h3>'
        f'<button type="button" class="at-button" data-act="batch">{every}</button></div>'
        f'<div class="at-contact-cards">{"".join(cards)}</div></section>'
    )


def text_html(prompt: Prompt | None, request: Any) -> str:
    """The prompt and the negative prompt, each with a button that copies it, and one that saves the sheet."""
    if prompt is None or not prompt.prompt:
        return ""
    data = html.escape(prompt.sheet.model_dump_json(), quote=True)
    save = f'<button type="button" class="at-button" data-act="save">{_say("save", request)}</button>'
    save += (
        f'<button type="button" class="at-button" data-act="hand" data-sheet="{data}">{_say("hand", request)}</button>'
    )
    texts = _text("prompt", prompt.prompt, save, request)
    return texts + (_text("negative", prompt.negative, "", request) if prompt.negative else "")


def seen_html(picture: Asset, request: Any) -> str:
    """The picture that is looked at, with a button that takes it away."""
    return f'<div class="at-seen">{player(picture)}{_button("forget", "✕", html.escape(picture.name), request)}</div>'


def _text(name: str, words: str, more: str, request: Any) -> str:
    title, copy = _say(f"out.{name}", request), _say("copy", request)
    return (
        f'<section class="at-out" aria-label="{title}"><div class="at-out-head"><h3>{title}</h3><span>{more}'
        f'<button type="button" class="at-button" data-act="copy" data-done="{_say("copied", request)}">{copy}</button></span>'
        f'</div><p class="at-out-text" lang="en" tabindex="0">{html.escape(words)}</p></section>'
    )


def _say(key: str, request: Any) -> str:
    return html.escape(say(f"ui.sheet.{key}", request), quote=True)
