"""Earlier sheets on the page: what made way for what, and the lines in which each differs from the one that is worked on."""

import html
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from studio.tasks._sheet import Line
from tabs.kit.i18n import say
from tabs.kit.promptkept import Kept, Past, difference

MOST_SHOWN = 40
"""Lines of a difference that are shown."""


def history_html(kept: Kept, request: Any) -> str:
    """The earlier sheets, the latest first, each with what taking it back would change."""
    if not kept.past:
        return f'<p class="at-note">{html.escape(say("ui.prompt.no_past", request))}</p>'
    return f'<ol class="at-past">{"".join(_entry(number, past, kept, request) for number, past in enumerate(kept.past))}</ol>'


def _entry(number: int, past: Past, kept: Kept, request: Any) -> str:
    moment = datetime.fromtimestamp(past.when, UTC).isoformat(timespec="seconds")
    gone, come = difference(kept.sheet, past.sheet)
    changes = _lines("del", gone, request) + _lines("ins", come, request)
    same = html.escape(say("ui.prompt.same", request))
    before = html.escape(say(f"ui.prompt.before.{past.how}", request))
    take = html.escape(say("ui.prompt.back", request))
    return (
        f'<li><div class="at-past-head"><span>{before} <time datetime="{moment}"></time></span>'
        f'<button type="button" class="at-button" data-act="back" data-number="{number}">{take}</button></div>'
        f'<p class="at-changes">{changes or same}</p></li>'
    )


def _lines(mark: str, lines: Iterable[Line], request: Any) -> str:
    """Lines as removed (``del``) or added (``ins``), with their weights where these are no usual ones."""
    said = html.escape(say(f"ui.prompt.{mark}", request))
    shown = []
    for line in [*lines][:MOST_SHOWN]:
        weight = f" ×{line.weight:g}" if line.weight != 1 else ""
        shown.append(f'<{mark} aria-label="{said}">{html.escape(line.text)}{weight}</{mark}> ')
    return "".join(shown)
