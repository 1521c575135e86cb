"""What the voice tab shows: who can speak, sounds to hear, before and after, and how the lines of a film fit."""

import html
import json
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from studio.asset import Asset
from studio.errors import StudioError
from studio.jobs import Job
from studio.paths import ASSETS
from studio.texts import text
from tabs.kit.view import download, facts, player, sends

if TYPE_CHECKING:
    from studio.studio import Studio

SHOWN_LINES = 200


@cache
def _voices() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ASSETS / "speech" / "espeak.toml").read_text(encoding="utf-8"))[
        "voice"
    ]
    return found


def voices(lang: str) -> list[tuple[str, str]]:
    """Friendly names of the voices, and their own."""
    return [(voice["titles"].get(lang, voice["titles"]["en"]), voice["name"]) for voice in _voices()]


def sound(asset: Asset, name: str = "") -> str:
    """A sound or a film to play, with its name above it."""
    if asset.kind == "audio":
        seen = f'<audio class="at-sound" src="files/{asset.id}" controls preload="metadata"></audio>'
    else:
        seen = player(asset).replace(" loop muted>", ">")
    return f'<p class="at-note">{html.escape(name)}</p>{seen}' if name else seen


def spoken(studio: "Studio", job: Job, lang: str, receivers: Sequence[str]) -> str:
    """A text as sound, and its timings."""
    made = dict(job.result or {})
    asset = studio.library.get(made["output"], job.owner)
    saved = download(asset, lang)
    if made.get("times"):
        saved += download(studio.library.get(made["times"], job.owner), lang, "ui.voice.times")
    heard = sound(asset).replace(" controls", f' data-job="{job.id}" controls', 1)
    return f'{heard}<div class="at-acts">{saved}{sends(asset, receivers, lang)}</div>{facts(job, lang)}'


def restyled(studio: "Studio", job: Job, lang: str, receivers: Sequence[str]) -> str:
    """A voice before and after."""
    asset = studio.library.get(dict(job.result or {})["output"], job.owner)
    parts = [sound(asset, text("ui.after", lang))]
    with suppress(StudioError):  # its owner may have removed the original
        parts.append(sound(studio.library.get(job.request["sound"], job.owner), text("ui.before", lang)))
    acts = f'<div class="at-acts">{download(asset, lang)}{sends(asset, receivers, lang)}</div>'
    return f"{''.join(parts)}{acts}{facts(job, lang)}"


def filmed(studio: "Studio", job: Job, lang: str, receivers: Sequence[str]) -> str:
    """A film."""
    film = studio.library.get(dict(job.result or {})["output"], job.owner)
    acts = f'<div class="at-acts">{download(film, lang)}{sends(film, receivers, lang)}</div>'
    return f"{sound(film)}{acts}{facts(job, lang)}"


def dubbed(studio: "Studio", job: Job, lang: str, receivers: Sequence[str]) -> str:
    """The film, and a row for each line with how it fits."""
    made = dict(job.result or {})
    film, report, words = (studio.library.get(made[name], job.owner) for name in ("output", "report", "subtitles"))
    saved = download(film, lang) + download(words, lang, "ui.voice.srt") + download(report, lang, "ui.voice.report")
    rows = json.loads(report.path.read_text(encoding="utf-8"))["lines"][:SHOWN_LINES]
    acts = f'<div class="at-acts">{saved}{sends(film, receivers, lang)}</div>'
    return f"{sound(film)}{acts}{lines(rows, lang)}{facts(job, lang)}"


def lines(rows: Sequence[dict[str, Any]], lang: str) -> str:
    """The rows of a dub's report as a table."""
    titles = "".join(
        f'<th scope="col">{html.escape(text(f"ui.voice.{name}", lang))}</th>'
        for name in ("begins", "said_by", "line", "fit")
    )
    body = "".join(_row(row, lang) for row in rows)
    return f'<div class="at-lines"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: dict[str, Any], lang: str) -> str:
    fit = text(
        f"ui.voice.fit.{row['action']}", lang, faster=f"{row['faster']:.2f}", stretch=f"{row['stretch']:.2f}",
        borrowed=f"{row['borrowed']:.1f}", overflow=f"{row['overflow']:.1f}",
    )  # fmt: skip
    start = f"{int(row['start'] // 60)}:{row['start'] % 60:04.1f}"
    cells = (start, row["name"] or row["voice"], row["text"], fit)
    return f'<tr data-fit="{html.escape(row["action"])}">{"".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)}</tr>'
