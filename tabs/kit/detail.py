"""Everything that is known of one file: the file itself, how it came about, and where it can go."""

import html
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from studio.asset import Asset
from studio.errors import NotFound, StudioError
from studio.media import each_medium
from studio.recall import Recalled
from studio.schema import options, title_of
from studio.sendto import places
from studio.sniff import TEXTS
from studio.tasks import FlatField
from studio.texts import catalogue, text
from studio.views import job_view
from tabs.kit.i18n import language, say
from tabs.kit.view import amount, download, player

if TYPE_CHECKING:
    from studio.studio import Studio

MOST_READ = 1 << 20
GLANCE = 2000
"""Characters of a text that are shown."""


def details(studio: "Studio", asset: Asset, receivers: Sequence[str], request: Any) -> str:
    """The panel for one file. ``receivers`` are the tabs that take files."""
    recalled, problem = _recalled(studio, asset, language(request))
    name = html.escape(asset.name)
    head = (
        f'<div class="at-detail-head">{_icon("before", "‹", request)}{_icon("after", "›", request)}'
        f'<h2 title="{name}" tabindex="-1">{name}</h2>{_icon("close", "✕", request)}</div>'
    )
    return (
        f'<section class="at-detail-body" data-key="{asset.id}" aria-label="{name}">{head}{_shown(asset)}'
        f"{_acts(asset, recalled, receivers, request)}{problem}{_tags(studio, asset, request)}{_facts(studio, asset, request)}"
        f"{_settings(studio, asset, recalled, request)}</section>"
    )


def _recalled(studio: "Studio", asset: Asset, lang: str) -> tuple[Recalled | None, str]:
    """The settings behind a file, and what to say where it has some that can't be read."""
    try:
        return studio.recall(asset.id, asset.owner), ""
    except NotFound:
        return None, ""
    except StudioError as error:
        return None, f'<p class="at-note">{html.escape(error.text(lang))}</p>'


def _shown(asset: Asset) -> str:
    if asset.kind == "audio":
        return f'<audio class="at-sound" src="files/{asset.id}" controls preload="metadata"></audio>'
    if asset.kind == "file":
        return _words(asset)
    return player(asset) if asset.kind in ("image", "video") else ""


def _words(asset: Asset) -> str:
    """How a text begins; of a file of prompts the prompts."""
    if asset.path.suffix not in TEXTS:
        return ""
    with asset.path.open(encoding="utf-8-sig", errors="replace") as file:
        begins = file.read(MOST_READ)
    words = "\n\n".join(_prompts(begins)) or begins
    more = "…" if len(words) > GLANCE else ""
    return f'<pre class="at-words" tabindex="0">{html.escape(words[:GLANCE])}{more}</pre>'


def _prompts(written: str) -> list[str]:
    try:
        found = json.loads(written)
        return [str(prompt["prompt"]) for prompt in found["prompts"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _acts(asset: Asset, recalled: Recalled | None, receivers: Sequence[str], request: Any) -> str:
    def button(act: str, words: str, kind: str = "", more: str = "") -> str:
        return f'<button type="button" class="at-button {kind}" data-act="{act}" {more}>{html.escape(words)}</button>'

    parts = [download(asset, language(request))]
    if recalled is not None and recalled.task in receivers:
        parts.append(button("load", say("ui.gallery.load", request)))
    for place in places(asset.kind):
        if place.main and place.task in receivers:
            tab = say(f"ui.tab.{place.task}", request)
            parts.append(button("send", say("ui.gallery.send", request, tab=tab), "", f'data-task="{place.task}"'))
    asking = [("sure", say("ui.gallery.sure_one", request, name=asset.name))]
    asking += [(key, say(f"ui.gallery.{key}", request)) for key in ("yes", "no")]
    data = " ".join(f'data-{key}="{html.escape(words)}"' for key, words in asking)
    parts.append(button("delete", say("ui.gallery.delete", request), "at-danger", data))
    return f'<div class="at-acts">{"".join(parts)}</div>'


def _tags(studio: "Studio", asset: Asset, request: Any) -> str:
    chips = []
    for tag in asset.tags:
        away = html.escape(say("ui.gallery.tag_away", request, tag=tag))
        shown = html.escape(tag)
        chips.append(
            f'<span class="at-chip">{shown}<button type="button" data-act="untag" data-tag="{shown}" aria-label="{away}">✕</button></span>'
        )
    known = "".join(f'<option value="{html.escape(tag)}">' for tag in studio.library.tags(asset.owner))
    words, add = html.escape(say("ui.gallery.tags", request)), html.escape(say("ui.gallery.tag", request))
    return (
        f'<form class="at-tagging"><span class="at-chips">{"".join(chips)}</span><input type="text" class="at-text" maxlength="64" '
        f'list="at-tags" placeholder="{words}" aria-label="{words}"><button type="submit" class="at-button">{add}</button>'
        f'<datalist id="at-tags">{known}</datalist></form>'
    )


def _facts(studio: "Studio", asset: Asset, request: Any) -> str:
    size = f"{asset.width}×{asset.height}" if asset.width else ""
    length = say("ui.detail.seconds", request, seconds=f"{asset.seconds:.1f}") if asset.seconds else ""
    moment = datetime.fromtimestamp(asset.created, UTC).isoformat(timespec="seconds")
    rows = {
        "made": f'<time datetime="{moment}"></time>',
        "size": " · ".join(part for part in (size, length, amount(asset.bytes, language(request))) if part),
        "engine": html.escape(asset.engine or ""),
        "why": html.escape(_why(studio, asset, language(request))),
        "seed": "" if asset.seed is None else str(asset.seed),
        "models": "<br>".join(html.escape(f"{card} · {revision}") for card, revision in (asset.models or {}).items()),
        "worked": say("ui.detail.seconds", request, seconds=f"{asset.worked:.1f}") if asset.worked else "",
    }
    table = "".join(
        f"<tr><th scope='row'>{html.escape(say(f'ui.detail.{key}', request))}</th><td>{value}</td></tr>"
        for key, value in rows.items()
        if value
    )
    return f'<table class="at-table at-facts"><tbody>{table}</tbody></table>'


def _why(studio: "Studio", asset: Asset, lang: str) -> str:
    """Why its engine was chosen, as long as the job is remembered."""
    try:
        return job_view(studio.job(asset.job, asset.owner), (), lang).why if asset.job else ""
    except StudioError:
        return ""


def _settings(studio: "Studio", asset: Asset, recalled: Recalled | None, request: Any) -> str:
    """The settings that made it, by the names of the form; those that don't stand at their default are marked."""
    if recalled is None:
        return ""
    rows = []
    for name, value in recalled.values.items():
        option = options(recalled.task)[name]
        if name == "seed" or (name in _unused(recalled)):
            continue
        shown = _files(studio, option.field, value, asset.owner) if option.field.media else _value(value, request)
        own = value != option.field.default
        rows.append(
            f"<tr{' class=at-own' if own else ''}><th scope='row'>{html.escape(_title(recalled.task, name, language(request)))}</th>"
            f"<td>{html.escape(shown)}</td></tr>"
        )
    title = html.escape(say("ui.detail.request", request))
    return (
        f'<details class="at-settings"><summary>{title}</summary>'
        f'<table class="at-table at-facts"><tbody>{"".join(rows)}</tbody></table></details>'
    )


def _unused(recalled: Recalled) -> frozenset[str]:
    """Settings that didn't matter, such as those of another style."""
    known = options(recalled.task)
    values: Mapping[str, Any] = {
        name: recalled.values.get(name, option.field.default) for name, option in known.items()
    }

    def matters(name: str) -> bool:
        when = known[name].field.when
        return not when or any(values.get(other) in wanted and matters(other) for other, wanted in when.items())

    return frozenset(name for name in known if not matters(name))


def _title(task: str, name: str, lang: str) -> str:
    """With its group before it, since several groups have settings of the same name."""
    option = options(task)[name]
    own = title_of(task, name, lang)
    group = option.field.path[0] if option.field.group else ""
    style = catalogue(lang).get(f"choice.{group}")
    return f"{style}: {own}" if style else own


def _value(value: Any, request: Any) -> str:
    if isinstance(value, bool):
        return say("ui.detail.yes" if value else "ui.detail.no", request)
    key = f"choice.{value}"
    known = isinstance(value, str) and key in catalogue("en")
    return text(key, language(request)) if known else str(value)


def _files(studio: "Studio", field: FlatField, value: Any, owner: str) -> str:
    """The names of the files in a field, each after its own name where it has one."""
    shown = []
    for place, medium in each_medium(field, value):
        own = place.removeprefix(field.name).removeprefix(".")
        name = _file_name(studio, str(medium), owner)
        shown.append(f"{own}: {name}" if own else name)
    return ", ".join(shown)


def _file_name(studio: "Studio", asset_id: str, owner: str) -> str:
    try:
        return studio.library.get(asset_id, owner).name
    except StudioError:
        return ""


def _icon(act: str, sign: str, request: Any) -> str:
    words = html.escape(say(f"ui.detail.{act}", request))
    return (
        f'<button type="button" class="at-icon" data-act="{act}" aria-label="{words}" title="{words}">{sign}</button>'
    )
