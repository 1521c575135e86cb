"""The shelf of models: a card for each, by task; what is in memory now; which engines can run, and why others can't."""

import html
from typing import TYPE_CHECKING, Any

from studio.engine import Engine, Reason
from studio.memory import Resident
from studio.owners import is_admin
from studio.tasks import tasks
from studio.views import reason_text
from tabs.kit.i18n import language, say
from tabs.kit.modelcard import Standing, model_card, standing
from tabs.kit.view import amount

if TYPE_CHECKING:
    from studio.studio import Studio


def may_change(studio: "Studio", request: Any) -> bool:
    """Whether a visitor may download, delete and unload: anyone on a studio of their own, else its administrator."""
    return not studio.settings.public or is_admin(request)


def shelf(studio: "Studio", request: Any) -> str:
    """The whole tab."""
    allowed = may_change(studio, request)
    there = [standing(studio, card, request) for card in studio.cards.all()]
    known = list(tasks())
    groups = [(task, [now for now in there if now.card.task == task]) for task in known]
    note = "" if allowed else f'<p class="at-permission">{_words("visitor", request)}</p>'
    live = sum(now.active for now in there)
    return (
        f'<div class="at-shelf" data-live="{live}">{note}'
        f"{''.join(_group(studio, task, cards, allowed, request) for task, cards in groups if cards)}"
        f'<div class="at-below">{_memory(studio, allowed, request)}{_engines(studio, request)}</div></div>'
    )


def _group(studio: "Studio", task: str, cards: list[Standing], allowed: bool, request: Any) -> str:
    name = say(f"ui.tab.{task}", request)
    lead = ""
    if any(not lack and not engine.models for engine, lack in studio.engines(task)):
        lead = f'<p class="at-note">{_words("optional", request, task=name)}</p>'
    tiles = "".join(model_card(now, allowed, request) for now in cards)
    return (
        f'<section aria-labelledby="at-models-{task}"><h2 id="at-models-{task}">{html.escape(name)}</h2>{lead}'
        f'<div class="at-models">{tiles}</div></section>'
    )


def _memory(studio: "Studio", allowed: bool, request: Any) -> str:
    resident = studio.memory.resident()
    head = f"<h2>{_words('memory', request)}</h2>"
    if not resident:
        return f'<section>{head}<p class="at-note">{_words("nothing", request)}</p></section>'
    entries = "".join(_resident(studio, item, allowed, request) for item in resident)
    everything = (
        f'<button type="button" class="at-button" data-act="unload_all">{_words("unload", request)}</button>'
        if allowed
        else ""
    )
    return f'<section>{head}<ul class="at-lines">{entries}</ul>{everything}</section>'


def _resident(studio: "Studio", item: Resident, allowed: bool, request: Any) -> str:
    lang = language(request)
    titles = {card.id: card.title.text(lang) for card in studio.cards.all()}
    name = html.escape(titles.get(item.key.partition("/")[0], item.key))
    device = say(f"ui.models.device.{item.device.partition(':')[0]}", request)
    size = amount(item.bytes, lang) if item.bytes else say("ui.models.size.unknown", request)
    facts = [size, device]
    if item.leaving or item.uses:
        facts.append(say("ui.models.leaving" if item.leaving else "ui.models.used", request))
    words = _words("unload_one", request)
    button = (
        f'<button type="button" class="at-button" data-act="unload" data-key="{html.escape(item.key)}" '
        f'aria-label="{words}: {name}">{words}</button>'
        if allowed
        else ""
    )
    return f"<li><span><b>{name}</b><small>{html.escape(' · '.join(facts))}</small></span>{button}</li>"


def _engines(studio: "Studio", request: Any) -> str:
    """Every task's engines, best first, and what keeps one from running here."""
    entries = []
    for task in tasks():
        for engine, lack in studio.engines(task):
            mark = "✓" if not lack else "–"
            sentence = html.escape(_sentence(studio, engine, lack, request))
            where = html.escape(say(f"ui.tab.{task}", request))
            entries.append(
                f'<li><i class="at-mark{"" if lack else " at-mark-yes"}" aria-hidden="true">{mark}</i>'
                f"<span>{sentence}<small>{where}</small></span></li>"
            )
    return f'<section><h2>{_words("engines", request)}</h2><ul class="at-lines">{"".join(entries)}</ul></section>'


def _sentence(studio: "Studio", engine: Engine, lack: Reason, request: Any) -> str:
    """How an engine stands; models go by their titles here."""
    lang = language(request)
    if not lack:
        return say("ui.models.ready", request, engine=engine.name)
    if lack.key != "needs_model":
        return reason_text(lack, lang)
    missing = [card for card in engine.models if not studio.cards.installed(card)]
    if engine.any_model and len(missing) == len(engine.models):
        return say("ui.models.needs_any", request, engine=engine.name)
    wanted = engine.also if engine.any_model else (*engine.models, *engine.also)
    lacking = [studio.cards.get(card) for card in wanted if not studio.cards.installed(card)]
    titles = ", ".join(card.title.text(lang) for card in lacking)
    return say("ui.models.needs", request, engine=engine.name, models=titles)


def _words(key: str, request: Any, **params: Any) -> str:
    return html.escape(say(f"ui.models.{key}", request, **params))
