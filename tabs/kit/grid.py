"""A grid of files to choose from, and what is known of one of them."""

import html
import time
from collections.abc import Sequence
from typing import Any

from studio.asset import Asset
from tabs.kit.i18n import language, say
from tabs.kit.view import download, player

GRID = """
const chosen = () => [...element.querySelectorAll('.at-tile[aria-pressed="true"]')].map((tile) => tile.dataset.key);
element.addEventListener('click', (event) => {
  const tile = event.target.closest('.at-tile');
  if (!tile) return;
  const on = tile.getAttribute('aria-pressed') !== 'true';
  if (!(event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest('.at-tick')))
    element.querySelectorAll('.at-tile').forEach((other) => other.setAttribute('aria-pressed', 'false'));
  tile.setAttribute('aria-pressed', String(on));
  trigger('select', {keys: chosen()});
});
"""


def grid(assets: Sequence[Asset], request: Any) -> str:
    """Tiles; a click chooses one, a click on its tick (or with Ctrl) several."""
    several = html.escape(say("ui.gallery.several", request))
    parts = []
    for asset in assets:
        name = html.escape(asset.name)
        picture = f'<img src="thumbs/{asset.id}" alt="" loading="lazy">' if asset.thumb else '<img alt="">'
        parts.append(
            f'<button type="button" class="at-tile" data-key="{asset.id}" aria-pressed="false" title="{name}">{picture}'
            f'<i class="at-tick" title="{several}">✓</i><span>{name}</span></button>'
        )
    return f'<div class="at-grid">{"".join(parts)}</div>'


def details(asset: Asset, request: Any) -> str:
    """The file itself, a link to save it, and how it came about."""
    lang = language(request)
    size = f"{asset.width}×{asset.height}" if asset.width else ""
    length = f"{asset.seconds:.1f} s" if asset.seconds else ""
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(asset.created))
    rows = [
        ("made", made),
        ("size", " · ".join(part for part in (size, length) if part)),
        ("engine", asset.engine or ""),
        ("seed", "" if asset.seed is None else str(asset.seed)),
        ("models", ", ".join(f"{card} {revision}" for card, revision in (asset.models or {}).items())),
        ("worked", f"{asset.worked:.1f} s" if asset.worked else ""),
        ("request", _settings(asset)),
        ("tags", ", ".join(asset.tags)),
    ]
    table = "".join(
        f"<tr><th>{say(f'ui.detail.{key}', request)}</th><td>{html.escape(value)}</td></tr>"
        for key, value in rows
        if value
    )
    shown = player(asset) if asset.kind in ("image", "video") else ""
    return f'{shown}{download(asset, lang)}<table class="at-table at-facts">{table}</table>'


def _settings(asset: Asset) -> str:
    """The settings of the style that was used, on one line."""
    request = dict(asset.request or {})
    style = request.get("style")
    own = request.get(str(style))
    listed = {"style": style, **(own if isinstance(own, dict) else {})} if style else {}
    return ", ".join(f"{name} {value}" for name, value in listed.items())
