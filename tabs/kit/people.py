"""The people of a picture or a video as cards that take photos of the faces that they get, and the word about rights."""

import html
import json
import re
from collections.abc import Sequence
from typing import Any

from studio.asset import Asset
from studio.tasks.face_swap import PEOPLE, PHOTOS
from studio.tasks.faces import PersonFound
from tabs.kit.given import EVERYONE, ORDER, WAYS, Given
from tabs.kit.i18n import say
from tabs.kit.view import clock

SHOWN = 12
ROWS = 4
"""How many numbers from the left there are photos for, at least."""
DIGITS = 2
NUMBERED = re.compile(r"^person(\d+)$")
TEXTS = ("not_image", "full", "busy", "first")
LEAST_SPAN = 1.2
"""Percent of a timeline below which a span would be too thin to see."""


def cards(
    given: Given, people: Sequence[PersonFound] | None, target: Asset | None, confirmed: bool, request: Any
) -> str:
    """``people`` is None as long as nobody has looked for them: then the page asks for it."""
    ordered = given.by == ORDER
    look = given.target if people is None and not ordered else ""
    shown = (people or ())[:SHOWN]
    seconds = (target.seconds or 0.0) if target else 0.0
    entries = [_everyone(given, request)]
    entries += _rows(given, request) if ordered else [_person(person, given, seconds, request) for person in shown]
    data = {"turn": given.turn, "look": look, "given": json.dumps(given.kept()["photos"]), "most": str(PHOTOS)}
    data |= {f"say-{name}": say(f"ui.people.{name}", request, most=PHOTOS) for name in TEXTS}
    marks = " ".join(f'data-{name.replace("_", "-")}="{html.escape(value)}"' for name, value in data.items())
    hint = _words("hint", request)
    return (
        f'<section class="at-people" {marks} aria-labelledby="at-people"><h2 id="at-people">{_words("title", request)}</h2>'
        f'<p class="at-note">{hint}</p>{_ways(given, request)}<ul class="at-cast">{"".join(entries)}</ul>'
        f"{'' if ordered else _remark(people, request)}{consent(confirmed, request)}</section>"
    )


def person_name(name: str, request: Any) -> str:
    """“Person 1” for person1, in the visitor's language."""
    number = NUMBERED.match(name)
    return say("ui.people.name", request, number=number[1]) if number else name


def _ways(given: Given, request: Any) -> str:
    """The choice of how people are told apart."""
    options = "".join(
        f'<option value="{way}"{" selected" if way == given.by else ""}>{html.escape(say(f"choice.{way}", request))}</option>'
        for way in WAYS
    )
    return f'<label class="at-ways">{_words("by", request)} <select data-act="by">{options}</select></label>'


def _rows(given: Given, request: Any) -> list[str]:
    """One for each number from the left."""
    last = max([ROWS, *(int(name) for name in given.of_people() if len(name) <= DIGITS)])
    return [_row(str(number), given, request) for number in range(1, min(last, PEOPLE) + 1)]


def _row(number: str, given: Given, request: Any) -> str:
    name = _words("order", request, number=number)
    return (
        f'<li class="at-person" data-person="{number}"><span class="at-face at-face-number" aria-hidden="true">{number}</span>'
        f'<div class="at-person-words"><b>{name}</b></div>{_photos(number, name, given, request)}</li>'
    )


def _everyone(given: Given, request: Any) -> str:
    name, who = _words("everyone", request), _words("everyone.help", request)
    return (
        f'<li class="at-person" data-person="{EVERYONE}"><span class="at-face at-face-all" aria-hidden="true"></span>'
        f'<div class="at-person-words"><b>{name}</b><small>{who}</small></div>{_photos(EVERYONE, name, given, request)}</li>'
    )


def _person(person: PersonFound, given: Given, seconds: float, request: Any) -> str:
    name = html.escape(person_name(person.name, request))
    face = f'<img class="at-face" src="files/{person.crop}" alt="{name}" width="72" height="72">'
    seen = ""
    if seconds > 0:
        show = _words("show", request, name=person_name(person.name, request))
        face = f'<button type="button" class="at-show" data-act="show" data-at="{person.at}" title="{show}" aria-label="{show}">{face}</button>'
        shown = html.escape(_seconds(person.seconds, request))
        spans = "".join(_span(start, end, seconds) for start, end in person.spans)
        seen = f'<small>{_words("seen", request, time=shown)}</small><span class="at-spans" aria-hidden="true">{spans}</span>'
    return (
        f'<li class="at-person" data-person="{html.escape(person.name)}">{face}<div class="at-person-words"><b>{name}</b>{seen}</div>'
        f"{_photos(person.name, name, given, request)}</li>"
    )


def _span(start: float, end: float, seconds: float) -> str:
    width = max(100 * (end - start) / seconds, LEAST_SPAN)
    left = min(100 * start / seconds, 100 - width)
    return f'<i style="left:{left:.2f}%;width:{width:.2f}%"></i>'


def _photos(name: str, shown_name: str, given: Given, request: Any) -> str:
    """Thumbnails of what was given, and a button for more."""
    photos = given.photos.get(name, ())
    away = _words("away", request)
    thumbs = "".join(
        f'<span class="at-photo"><img src="thumbs/{photo}" alt="" width="56" height="56">'
        f'<button type="button" data-act="away" data-photo="{html.escape(photo)}" aria-label="{away}: {shown_name}, {number}">✕</button></span>'
        for number, photo in enumerate(photos, 1)
    )
    add = _words("more" if photos else "add", request)
    button = (
        f'<button type="button" class="at-give" data-act="give" aria-label="{add}: {shown_name}">'
        f'<span aria-hidden="true">＋</span> <span class="at-give-words">{add}</span></button>'
    )
    return f'<div class="at-photos">{thumbs}{button if len(photos) < PHOTOS else ""}</div>'


def _remark(people: Sequence[PersonFound] | None, request: Any) -> str:
    """What to know where nobody was found, or too many to show."""
    if people is None or 0 < len(people) <= SHOWN:
        return ""
    if not people:
        return f'<p class="at-lack" role="status">{html.escape(say("note.faces.nobody", request))} {_words("nobody", request)}</p>'
    return f'<p class="at-note">{_words("more_people", request, count=len(people), shown=SHOWN)}</p>'


def consent(confirmed: bool, request: Any, name: str = "at-consent-why") -> str:
    """The word about rights, to be given or withdrawn; ``name`` is one that nothing else on the page has."""
    if confirmed:
        return (
            f'<p class="at-consent-given">✓ {_words("confirmed", request)} '
            f'<button type="button" class="at-plain" data-act="withdraw" data-home="confirm">{_words("withdraw", request)}</button></p>'
        )
    return (
        f'<div class="at-consent"><label><input type="checkbox" data-act="confirm" data-home="withdraw" aria-describedby="{name}">'
        f'<b>{_words("confirm", request)}</b></label><p class="at-note" id="{name}">{_words("why", request)}</p></div>'
    )


def looking(text: str, done: int, total: int, request: Any) -> str:
    """How far the search for people has come, with a way to stop it."""
    return (
        f'<div class="at-looking"><span role="status">{html.escape(text)}</span><button type="button" class="at-button" data-act="halt">'
        f'{_words("halt", request)}</button><progress class="at-progress" {_value(done, total)} aria-label="{html.escape(text)}"></progress></div>'
    )


def again(text: str, request: Any) -> str:
    """Why nobody is looking for people any more, with a way to begin anew."""
    return (
        f'<div class="at-looking"><span role="status">{html.escape(text)}</span>'
        f'<button type="button" class="at-button" data-act="again">{_words("again", request)}</button></div>'
    )


def frame_slider(target: Asset | None, at: float, request: Any) -> str:
    """Which frame of a video is tried; nothing for a picture."""
    if target is None or target.kind != "video" or not target.seconds:
        return ""
    last = max(target.seconds - 0.05, 0.0)
    at = min(max(at, 0.0), last)
    name = _words("frame", request)
    return (
        f'<div class="at-frame" data-target="{target.id}"><label for="at-frame">{name}</label>'
        f'<span class="at-scrub" hidden><video src="files/{target.id}" muted playsinline preload="none"></video></span>'
        f'<input id="at-frame" type="range" min="0" max="{last:.2f}" step="0.04" value="{at:.2f}"><output>{clock(at)}</output></div>'
    )


def _seconds(seconds: float, request: Any) -> str:
    if seconds >= 60:
        return clock(seconds)
    return say("ui.detail.seconds", request, seconds=f"{seconds:.1f}")


def _value(done: int, total: int) -> str:
    return f'value="{done}" max="{total}"' if total else ""


def _words(key: str, request: Any, **params: Any) -> str:
    return html.escape(say(f"ui.people.{key}", request, **params))
