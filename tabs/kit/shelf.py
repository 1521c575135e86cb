"""Tables of models, of what is in memory, and of engines."""

import html
from typing import TYPE_CHECKING

import gradio as gr

from studio.tasks import tasks
from studio.views import reason_text
from tabs.kit.i18n import language, say

if TYPE_CHECKING:
    from studio.card import Card
    from studio.studio import Studio

MB = 1 << 20


def models_table(studio: "Studio", request: gr.Request) -> str:
    """Card, licence (what isn't for commercial use says so), size and state; a download shows how far it is."""
    rows = [
        [_titled(studio, card, request), _licence(card, request), _size(card), _state(studio, card, request)]
        for card in studio.cards.all()
    ]
    return _table(("card", "licence", "size", "state"), rows, request)


def memory_table(studio: "Studio", request: gr.Request) -> str:
    resident = studio.memory.resident()
    head = f"<h3>{say('ui.models.memory', request)}</h3>"
    if not resident:
        return f'{head}<p class="at-note">{say("ui.models.nothing", request)}</p>'
    rows = [[html.escape(item.key), f"{item.bytes / MB:.0f} MB", html.escape(item.device)] for item in resident]
    return head + _table(("card", "size", "device"), rows, request)


def engines_table(studio: "Studio", request: gr.Request) -> str:
    """Every task's engines, best first, and what keeps one from running here."""
    lang = language(request)
    rows = []
    for task in tasks():
        for engine, lack in studio.engines(task):
            state = html.escape(reason_text(lack, lang)) if lack else say("ui.models.ready", request)
            rows.append([say(f"ui.tab.{task}", request), html.escape(engine.name), state])
    return f"<h3>{say('ui.models.engines', request)}</h3>" + _table(("task", "engine", "state"), rows, request)


def _titled(studio: "Studio", card: "Card", request: gr.Request) -> str:
    lang = language(request)
    title = getattr(card.title, {"zh-CN": "zh_cn"}.get(lang, lang), None) or card.title.en
    held = studio.memory.holds(card.id)
    return html.escape(title) + (f" <small>{say('ui.models.held', request)}</small>" if held else "")


def _licence(card: "Card", request: gr.Request) -> str:
    use = say("ui.models.commercial" if card.commercial else "ui.models.noncommercial", request)
    name = f'<a href="{html.escape(card.licence_url)}" target="_blank" rel="noopener noreferrer">{html.escape(card.licence)}</a>'
    return f"{name}<br>{use if card.commercial else f'<b>{use}</b>'}"


def _size(card: "Card") -> str:
    size = card.bytes
    return f"{size / MB:.0f} MB" if size else "?"


def _state(studio: "Studio", card: "Card", request: gr.Request) -> str:
    running = studio.downloads.get(card.id)
    if running is not None and running.state in ("waiting", "running"):
        total = running.total_bytes or card.bytes or 0
        bar = f'<progress class="at-progress" max="{total or 1}" value="{running.done_bytes}"></progress>'
        return f"{running.done_bytes / MB:.1f} / {total / MB:.1f} MB · {running.bytes_per_s / MB:.1f} MB/s{bar}"
    if running is not None and running.error is not None:
        key, params = running.error
        return f'<span class="at-error">{html.escape(say(f"error.{key}", request, **params))}</span>'
    return say(f"ui.models.{studio.cards.state(card.id)}", request)


def _table(heads: tuple[str, ...], rows: list[list[str]], request: gr.Request) -> str:
    head = "".join(f"<th>{say(f'ui.models.{name}', request)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="at-scroll"><table class="at-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
