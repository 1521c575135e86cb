"""A grid of files to look at and to choose from, with what can be done to those that are chosen."""

import html
from collections.abc import Sequence
from typing import Any

from studio.asset import Asset
from tabs.kit.i18n import say
from tabs.kit.view import clock

GB = 1 << 30
SIGNS = {"video": "▶", "audio": "♪"}


def grid(assets: Sequence[Asset], request: Any, *, more: bool = False, note: str = "") -> str:
    """One tile a file: a button that opens it and a box that chooses it. ``more`` says that there are others behind."""
    tiles = "".join(_tile(asset, request) for asset in assets)
    words = html.escape(say("ui.gallery.more", request))
    keys = html.escape(say("ui.gallery.keys", request))
    further = f'<button type="button" class="at-button at-more" data-act="more">{words}</button>' if more else ""
    return (
        f'{_bar(request)}<div class="at-grid">{tiles}</div><div class="at-grid-foot">{further}'
        f'<p class="at-note">{html.escape(note)}</p><p class="at-note at-keys">{keys}</p></div>'
    )


def nothing(request: Any, sentence: str, buttons: Sequence[tuple[str, str, str]]) -> str:
    """What stands in place of an empty grid: why, and (act, task, words) of what to do."""
    acts = "".join(
        f'<button type="button" class="at-button at-strong" data-act="{act}" data-task="{html.escape(task)}">{html.escape(words)}</button>'
        for act, task, words in buttons
    )
    return f'<div class="at-empty"><p>{html.escape(sentence)}</p><div class="at-acts">{acts}</div></div>'


def used(used_bytes: int, allowed_gb: float, request: Any) -> str:
    """How much room the owner's files take."""
    return say("ui.gallery.used", request, used=f"{used_bytes / GB:.2f}", allowed=f"{allowed_gb:g}")


def face(asset: Asset) -> str:
    """A file's small picture, or a sign of its kind, with its length."""
    sign = SIGNS.get(asset.kind, "")
    if asset.thumb:
        picture = f'<img src="thumbs/{asset.id}" alt="" loading="lazy">'
    else:
        picture = f'<span class="at-tile-sign" aria-hidden="true">{sign or "▤"}</span>'
    length = f" {clock(asset.seconds)}" if asset.seconds else ""
    return picture + (f'<small class="at-badge">{sign}{length}</small>' if sign else "")


def _tile(asset: Asset, request: Any) -> str:
    name = html.escape(asset.name)
    tags = "".join(f'<small class="at-tag">{html.escape(tag)}</small>' for tag in asset.tags[:3])
    choose = html.escape(say("ui.gallery.choose", request, name=asset.name))
    return (
        f'<div class="at-file"><button type="button" class="at-tile" data-key="{asset.id}" aria-pressed="false" '
        f'aria-keyshortcuts="Space Delete" title="{name}">'
        f'{face(asset)}<span class="at-tile-name">{name}</span></button><span class="at-tile-tags">{tags}</span>'
        f'<input type="checkbox" class="at-choose" tabindex="-1" data-key="{asset.id}" aria-label="{choose}"></div>'
    )


def _bar(request: Any) -> str:
    """What can be done to chosen files; shown while there are any."""

    def words(key: str, **params: Any) -> str:
        return html.escape(say(f"ui.gallery.{key}", request, **params))

    def button(act: str, kind: str = "") -> str:
        return f'<button type="button" class="at-button {kind}" data-act="{act}">{words(act)}</button>'

    asking = f'data-sure="{words("sure", count="{count}")}" data-yes="{words("yes")}" data-no="{words("no")}"'
    return (
        f'<div class="at-bar" role="group" aria-label="{words("chosen")}" {asking} data-busy="{words("zipping")}" hidden>'
        f'<span class="at-bar-count" role="status">{words("chosen")} <b></b></span>'
        f'{button("all")}{button("none")}<span class="at-bar-tags"><input type="text" class="at-text" maxlength="64" '
        f'list="at-tags" placeholder="{words("tags")}" aria-label="{words("tags")}">{button("tag")}{button("untag")}</span>'
        f"{button('zip', 'at-strong')}{button('delete', 'at-danger')}</div>"
    )
