"""One model as a card: what it is for, whose it is, under which licence, how it stands, and what can be done about it."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.card import Card
from studio.downloads import ACTIVE, Download
from studio.owners import owner_of
from studio.views import keyed_text
from tabs.kit.i18n import language, say
from tabs.kit.view import amount, clock

if TYPE_CHECKING:
    from studio.studio import Studio

COME_APART = frozenset({"partial", "missing", "changed"})


@dataclass(frozen=True)
class Standing:
    """How a model stands for one visitor. ``download`` is the one that goes on or ended badly, None where there is none."""

    card: Card
    state: str
    download: Download | None
    disk_bytes: int
    held: bool
    accepted: bool
    elsewhere: bool
    offline: bool

    @property
    def active(self) -> bool:
        return self.download is not None and self.download.state in ACTIVE

    @property
    def failed(self) -> bool:
        return self.download is not None and self.download.error is not None

    @property
    def by_hand(self) -> bool:
        """Whether bringing the file oneself is a way to get this model here now."""
        if self.elsewhere or self.active:
            return False
        return self.card.by_hand or (self.state in COME_APART and (self.offline or self.failed))

    @property
    def fetchable(self) -> bool:
        return self.state in COME_APART and not (self.card.by_hand or self.offline or self.elsewhere or self.active)


def standing(studio: "Studio", card: Card, request: Any) -> Standing:
    cards = studio.cards
    return Standing(
        card,
        cards.state(card.id),
        studio.downloads.get(card.id),
        cards.disk_bytes(card.id),
        studio.memory.holds(card.id),
        cards.accepted(card.id, owner_of(request)),
        cards.elsewhere(card.id),
        studio.settings.offline,
    )


def model_card(now: Standing, allowed: bool, request: Any) -> str:
    """``allowed`` says whether the visitor may change anything; without it a card has no buttons."""
    card, lang = now.card, language(request)
    name = html.escape(card.title.text(lang))
    acts = _acts(now, name, request) if allowed else ""
    return (
        f'<article class="at-model" data-card="{card.id}" data-state="{_pill_state(now)}" aria-labelledby="at-{card.id}">'
        f'<div class="at-model-head"><h3 id="at-{card.id}">{name}</h3>{_pill(now, request)}</div>'
        f'<p class="at-model-use">{html.escape(card.summary.text(lang))}</p>'
        f"{_terms(now, request)}{_progress(now, name, request)}{acts}</article>"
    )


def _pill_state(now: Standing) -> str:
    if now.active and now.download is not None:
        return now.download.state
    return "held" if now.held else now.state


def _pill(now: Standing, request: Any) -> str:
    state = _pill_state(now)
    return f'<span class="at-pill at-pill-{state}" role="status">{_words(f"state.{state}", request)}</span>'


def _terms(now: Standing, request: Any) -> str:
    """Licence, size and origin; that a model isn't for commercial use is said beside the licence."""
    card = now.card
    badge = ""
    if not card.commercial:
        badge = f'<b class="at-terms-badge at-terms-not">{_words("noncommercial", request)}</b>'
    elif not card.by_hand:
        badge = f'<span class="at-terms-badge">{_words("commercial", request)}</span>'
    origin = urlsplit(card.homepage)
    place = f"{origin.hostname}{origin.path.rstrip('/')}"
    rows = (
        ("licence", f"{_link(card.licence_url, card.licence)}{badge}"),
        ("size", html.escape(_size(now, request))),
        ("origin", _link(card.homepage, place)),
    )
    return (
        '<dl class="at-terms">'
        + "".join(f"<div><dt>{_words(key, request)}</dt><dd>{value}</dd></div>" for key, value in rows)
        + "</dl>"
    )


def _size(now: Standing, request: Any) -> str:
    """What an installed model takes on disk, else what its card states."""
    lang = language(request)
    if now.state == "installed":
        return say("ui.models.on_disk", request, size=amount(now.disk_bytes, lang))
    return amount(now.card.bytes, lang) if now.card.bytes else say("ui.models.size.unknown", request)


def _progress(now: Standing, name: str, request: Any) -> str:
    """How far a download is, why it failed, or what is on disk."""
    lang = language(request)
    download = now.download
    if now.active and download is not None:
        words = html.escape(_pace(download, lang, request))
        value = f'value="{download.done_bytes}" max="{download.total_bytes}"' if download.total_bytes else ""
        return (
            f'<div class="at-model-now"><progress class="at-progress" {value} aria-label="{name}"></progress>'
            f'<p class="at-note">{words}</p></div>'
        )
    lines = []
    if download is not None and download.error is not None:
        words = html.escape(keyed_text("error", download.error, lang))
        lines.append(f'<p class="at-error" role="alert">{words}</p>')
    if now.elsewhere:
        lines.append(f'<p class="at-note">{_words("elsewhere", request)}</p>')
    elif now.disk_bytes and now.state != "installed":
        lines.append(f'<p class="at-note">{_words("kept", request, size=amount(now.disk_bytes, lang))}</p>')
    if now.card.by_hand and now.state != "installed":
        lines.append(f'<p class="at-note">{_words("bring", request)}</p>')
    elif now.offline and now.by_hand:
        lines.append(f'<p class="at-note">{_words("offline", request)}</p>')
    return f'<div class="at-model-now">{"".join(lines)}</div>' if lines else ""


def _pace(download: Download, lang: str, request: Any) -> str:
    """ "3.1 MB of 8.2 MB · 1.2 MB/s · about 0:05 left", as far as it is known."""
    done = amount(download.done_bytes, lang)
    if download.total_bytes:
        parts = [say("ui.models.progress", request, done=done, total=amount(download.total_bytes, lang))]
    else:
        parts = [say("ui.models.progress.open", request, done=done)]
    if download.bytes_per_s:
        parts.append(say("ui.models.speed", request, amount=amount(download.bytes_per_s, lang)))
    eta = "" if download.eta_s is None else say("ui.eta", request, time=clock(download.eta_s))
    return "".join(parts) + eta


def _acts(now: Standing, name: str, request: Any) -> str:
    parts, accept = [], ""
    if now.active:
        parts.append(_button("stop", say("ui.stop", request), name))
    if now.fetchable:
        key = {"partial": "resume", "changed": "again"}.get(now.state, "download")
        parts.append(_button("start", say(f"ui.models.{key}", request), name, "at-strong"))
    if now.by_hand:
        strong = "at-strong" if now.card.by_hand and now.state != "installed" else ""
        busy = f'data-busy="{_words("bringing", request)}"'
        parts.append(_button("bring", say("ui.models.by_hand", request), name, strong, busy))
    if not now.accepted and (now.fetchable or now.by_hand):
        accept = (
            f'<label class="at-accept"><input type="checkbox" data-first="{_words("accept_first", request)}">'
            f"<span>{_words('accept', request)}</span></label>"
        )
    if now.held:
        parts.append(_button("unload", say("ui.models.unload_one", request), name))
    if now.disk_bytes and not now.active and not now.elsewhere:
        parts.append(_button("delete", say("ui.delete", request), name, "at-danger", _asking(now, request)))
    return f'{accept}<div class="at-acts">{"".join(parts)}</div>' if parts else ""


def _asking(now: Standing, request: Any) -> str:
    lang = language(request)
    sure = say("ui.models.sure", request, name=now.card.title.text(lang), size=amount(now.disk_bytes, lang))
    words = {"sure": sure, "yes": say("ui.gallery.yes", request), "no": say("ui.gallery.no", request)}
    return " ".join(f'data-{key}="{html.escape(value)}"' for key, value in words.items())


def _button(act: str, words: str, name: str, kind: str = "", more: str = "") -> str:
    """The accessible name says which model is meant."""
    words = html.escape(words)
    return (
        f'<button type="button" class="at-button {kind}" data-act="{act}" aria-label="{words}: {name}" {more}>'
        f"{words}</button>"
    )


def _link(address: str, words: str) -> str:
    """A long path may break after its slashes."""
    shown = html.escape(words).replace("/", "/<wbr>")
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def _words(key: str, request: Any, **params: Any) -> str:
    return html.escape(say(f"ui.models.{key}", request, **params))
