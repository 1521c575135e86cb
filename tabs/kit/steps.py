"""The seven steps of a character on the page: how each stands, what it has made, and what can be done with it."""

import base64
import html
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from studio.asset import Asset
from studio.figures import figure_titles, part_picture
from studio.tasks._sheet import Line
from studio.tasks.character import STEPS, Choice, Format, Step
from tabs.kit.characterkept import Kept
from tabs.kit.i18n import language, say
from tabs.kit.regions import easel_html, owns_html
from tabs.kit.sheet import sheet_html
from tabs.kit.view import download

Slots = Mapping[str, str]
Assets = Mapping[str, Asset]
MOST_LINES = 60
SHOWN_HEIGHT = 460
"""Height in CSS pixels of a step's picture where there is room."""
FORMATS = tuple(name for name in get_args(Format) if name != "picture")


def steps_html(
    kept: Kept, settings: Mapping[str, Any], slots: Slots, assets: Assets, ends: Mapping[Step, str], request: Any
) -> str:
    """All steps. ``assets`` are the files of what is kept that are still there, by their ids; ``ends`` what stands at the end of a
    step.
    """
    cards = []
    for number, step in enumerate(STEPS, 1):
        body = BODIES[step](kept, assets, request)
        state = "empty" if not kept.has(step) else "stale" if kept.stale(step, settings) else "done"
        more = _lines(kept, slots, request) if step == "tags" and kept.sheet.lines else ""
        cards.append(_card(number, step, state, body, more + ends.get(step, ""), request))
    return f'<div class="at-seven" data-turn="{kept.turn}">{"".join(cards)}</div>'


def browser_html(name: str, titles: Mapping[str, str], request: Any) -> str:
    """The parts beside one, to choose another; and the way to leave it as it is."""
    tiles = "".join(
        f'<button type="button" class="at-part" data-act="wear" data-part="{html.escape(part)}" '
        f'aria-pressed="{str(part == name).lower()}">{part_image(part)}<span>{html.escape(title)}</span></button>'
        for part, title in titles.items()
    )
    close, away = _say("close", request), _say("unwear", request)
    return (
        f'<dialog class="at-easel at-parts" aria-label="{_say("choose_part", request)}"><div class="at-parts-head">'
        f'<button type="button" class="at-button" data-act="unwear" data-part="{html.escape(name)}">{away}</button>'
        f'<button type="button" class="at-icon" data-act="leave" aria-label="{close}">✕</button></div><div>{tiles}</div></dialog>'
    )


def packs_html(kept: Kept, assets: Assets, request: Any) -> str:
    """The finished picture in layers: a button for each format, and what was made of them."""
    lang = language(request)
    ways = "".join(
        f'<button type="button" class="at-button" data-act="pack" data-format="{name}">'
        f"{html.escape(say(f'choice.{name}', request))}</button>"
        for name in FORMATS
    )
    files = "".join(download(assets[one], lang) for one in kept.packs.values() if one in assets)
    return f'<p class="at-note">{_say("packs", request)}</p><div class="at-acts">{ways}</div><div class="at-acts">{files}</div>'


def part_image(name: str) -> str:
    data = base64.b64encode(part_picture(name)).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="" width="80" height="80" loading="lazy">'


def _card(number: int, step: Step, state: str, body: str, end: str, request: Any) -> str:
    title = _say(f"step.{step}", request)
    badge = f'<small class="at-step-state">{_say(state, request)}</small>' if state != "empty" else ""
    acts = _button("run", step, request) + (_button("to", step, request) if number > 1 else "")
    acts += _button("again", step, request) if state != "empty" and step in ("tags", "library", "draw") else ""
    content = body or f'<p class="at-note">{_say(f"what.{step}", request)}</p>'
    return (
        f'<article class="at-step at-step-{state}" data-step="{step}" aria-label="{number}. {title}"><header><b>{number}</b>'
        f'<h3>{title}</h3>{badge}<span class="at-step-acts">{acts}</span></header>'
        f'<div class="at-step-body">{content}{end}</div></article>'
    )


def _button(act: str, step: str, request: Any) -> str:
    words, title = _say(f"do.{act}", request), _say(f"step.{step}", request)
    return f'<button type="button" class="at-button" data-act="step-{act}" data-step="{step}" aria-label="{words}: {title}">{words}</button>'


def _tags(kept: Kept, assets: Assets, request: Any) -> str:
    return f'<p class="at-step-words" lang="en">{html.escape(kept.prompt)}</p>' if kept.prompt else ""


def _lines(kept: Kept, slots: Slots, request: Any) -> str:
    """The sheet to change, folded."""
    sheet = sheet_html(kept.sheet, slots, kept.turn, request)
    return f'<details class="at-fold"><summary>{_say("lines", request)}</summary>{sheet}</details>'


def _library(kept: Kept, assets: Assets, request: Any) -> str:
    if not kept.found:
        return ""
    who, lang = kept.character, language(request)
    named = {"bodies": who.body, "poses": who.pose, "palettes": who.palette}
    told = " · ".join(figure_titles(what, lang).get(name, name) for what, name in named.items())
    tiles = "".join(_choice(choice, kept, assets, request) for choice in kept.found)
    return f'<div class="at-found">{tiles}</div><p class="at-note">{html.escape(told)}</p>{owns_html(request)}'


def _choice(choice: Choice, kept: Kept, assets: Assets, request: Any) -> str:
    if choice.picture:
        picture = (
            f'<img src="thumbs/{choice.picture}" alt="" width="80" height="80">' if choice.picture in assets else ""
        )
        act = f'data-act="own-away" data-region="{choice.region}"'
    else:
        picture, act = part_image(choice.part), f'data-act="part" data-part="{html.escape(choice.part)}"'
    said = html.escape(choice.line or say(f"ui.character.how.{choice.how}", request))
    pinned = ' data-pinned="true"' if choice.part in kept.worn or choice.picture else ""
    return (
        f'<button type="button" class="at-part" {act}{pinned} title="{_say(f"how.{choice.how}", request)}">{picture}'
        f"<span>{html.escape(choice.title)}</span><small>{said}</small></button>"
    )


def _masks(kept: Kept, assets: Assets, request: Any) -> str:
    if kept.preliminary not in assets:
        return ""
    map_id = kept.masks if kept.masks in assets else ""
    data = {"base": kept.preliminary, "map": map_id, "name": "map.png"}
    marks = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    pictures = "".join(
        _picture(assets[one], f"alt.{name}", request)
        for name, one in (("preliminary", kept.preliminary), ("masks", map_id))
        if one
    )
    away = (
        f'<button type="button" class="at-plain" data-act="unpaint">{_say("unpaint", request)}</button>'
        if kept.painted
        else ""
    )
    return (
        f'<div class="at-two" {marks}>{pictures}</div><p><button type="button" class="at-button" data-act="paint">{_say("paint", request)}</button> '
        f"{away}</p>{easel_html(request)}"
    )


def _draw(kept: Kept, assets: Assets, request: Any) -> str:
    return _picture(assets[kept.drawing], "alt.drawing", request) if kept.drawing in assets else ""


def _redefine(kept: Kept, assets: Assets, request: Any) -> str:
    if not kept.has("redefine"):
        return ""
    changes = _marked("del", kept.gone, request) + _marked("ins", kept.come, request)
    if not changes:
        return f'<p class="at-note">{_say("same", request)}</p>'
    take = f'<button type="button" class="at-button" data-act="take">{_say("take", request)}</button>'
    return f'<p class="at-changes">{changes}</p><p>{take}</p>'


def _refine(kept: Kept, assets: Assets, request: Any) -> str:
    spots = []
    for number, spot in enumerate(kept.spots):
        if spot.before in assets and spot.after in assets:
            checked = "" if number in kept.refused else " checked"
            spots.append(
                f'<label class="at-spot"><img src="files/{spot.before}" alt="{_say("before", request)}">'
                f'<img src="files/{spot.after}" alt="{_say("after", request)}"><span><input type="checkbox" data-act="spot" '
                f'data-number="{number}"{checked}> {_say(f"spot.{spot.kind}", request)}</span></label>'
            )
    return (
        f'<div class="at-spots">{"".join(spots)}</div>'
        if spots
        else _picture(assets[kept.refined], "alt.drawing", request)
        if kept.refined in assets
        else ""
    )


def _upscale(kept: Kept, assets: Assets, request: Any) -> str:
    if kept.output not in assets:
        return ""
    made = assets[kept.output]
    return f'{_picture(made, "alt.output", request)}<p class="at-note">{made.width}×{made.height}</p>'


def _picture(asset: Asset, alt: str, request: Any) -> str:
    """The picture with the room that it will take, so that nothing moves when it arrives."""
    width = round(SHOWN_HEIGHT * (asset.width or 2) / (asset.height or 3))
    image = (
        f'<img class="at-step-picture" src="files/{asset.id}" alt="{_say(alt, request)}" width="{width}" '
        f'height="{SHOWN_HEIGHT}" loading="lazy">'
    )
    return f'<a href="files/{asset.id}" target="_blank" aria-label="{_say(alt, request)}">{image}</a>'


def _marked(mark: str, lines: Iterable[Line], request: Any) -> str:
    said = html.escape(say(f"ui.prompt.{mark}", request))
    return "".join(f'<{mark} aria-label="{said}">{html.escape(line.text)}</{mark}> ' for line in [*lines][:MOST_LINES])


def _say(key: str, request: Any) -> str:
    return html.escape(say(f"ui.character.{key}", request), quote=True)


BODIES = {
    "tags": _tags,
    "library": _library,
    "masks": _masks,
    "draw": _draw,
    "redefine": _redefine,
    "refine": _refine,
    "upscale": _upscale,
}
