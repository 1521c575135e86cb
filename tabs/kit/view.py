"""What a visitor sees of jobs and files, as HTML with addresses that only their owner can open."""

import html
from collections.abc import Sequence
from typing import Any

from studio.asset import Asset
from studio.jobs import Job
from studio.sendto import places
from studio.texts import has_text, text
from studio.views import job_view


def player(asset: Asset) -> str:
    """A picture or a video."""
    address = f"files/{asset.id}"
    name = html.escape(asset.name)
    if asset.kind == "video":
        return f'<video class="at-media" src="{address}" poster="thumbs/{asset.id}" controls playsinline loop muted></video>'
    return f'<img class="at-media" src="{address}" alt="{name}">'


def compared(before: Asset, after: Asset, lang: str) -> str:
    """Before and after over each other with a divider; videos play in step."""
    sides = []
    for side, asset in (("after", after), ("before", before)):
        tag = "video" if asset.kind == "video" else "img"
        more = "muted loop playsinline autoplay" if tag == "video" else f'alt="{html.escape(text(f"ui.{side}", lang))}"'
        sides.append(f'<{tag} class="at-{side}" src="files/{asset.id}" {more}>{"</video>" if tag == "video" else ""}')
    slider = (
        f'<input class="at-divider" type="range" min="0" max="100" value="50" aria-label="{text("ui.divider", lang)}">'
    )
    names = "".join(
        f'<span class="at-side at-side-{side}">{html.escape(text(f"ui.{side}", lang))}</span>'
        for side in ("before", "after")
    )
    return f'<div class="at-compare">{"".join(sides)}{names}{slider}</div>'


def status(job: Job, lang: str) -> str:
    """One line on how a job stands, and what to know about it."""
    view = job_view(job, (), lang)
    lines = [
        f'<p class="at-state at-{job.state}" role="status" data-job="{job.id}">{html.escape(sentence(job, lang))}</p>'
    ]
    if job.state == "running" and job.total:
        lines.append(f'<progress class="at-progress" max="{job.total}" value="{job.done}"></progress>')
    if view.error:
        lines.append(f'<p class="at-error" role="alert">{html.escape(view.error.message)}</p>')
    lines.extend(f'<p class="at-note">{html.escape(note)}</p>' for note in view.notes)
    return "".join(lines)


def live(job: Job) -> str:
    """The latest frame of a job at work, or its sound so far."""
    if job.audible:
        return f'<audio class="at-sound" data-job="{job.id}" src="previews/{job.id}" controls autoplay></audio>'
    return f'<img class="at-media" src="previews/{job.id}?{job.changed}" alt="">'


def facts(job: Job, lang: str) -> str:
    """Which engine ran and why, the seed, the time, and what would be better."""
    view = job_view(job, (), lang)
    result: dict[str, Any] = dict(job.result or {})
    parts = [view.why, text("ui.facts", lang, seed=job.seed, seconds=round(result.get("seconds", 0), 1)), *view.better]
    return "".join(f'<p class="at-note">{html.escape(part)}</p>' for part in parts if part)


def download(asset: Asset, lang: str, key: str = "ui.download") -> str:
    size = amount(asset.bytes, lang)
    return f'<a class="at-download" href="files/{asset.id}?download=1" download="{html.escape(asset.name)}">{text(key, lang)} · {size}</a>'


def sends(asset: Asset, receivers: Sequence[str], lang: str) -> str:
    """Buttons that send a file to other tabs."""
    return "".join(
        f'<button type="button" class="at-button" data-act="send" data-task="{place.task}" data-file="{asset.id}">'
        f"{html.escape(text('ui.gallery.send', lang, tab=text(f'ui.tab.{place.task}', lang)))}</button>"
        for place in places(asset.kind)
        if place.main and place.task in receivers
    )


def amount(size: float, lang: str) -> str:
    """Bytes in the unit that suits them, two or three digits."""
    unit = "kb"
    number = size / 1024
    for larger in ("mb", "gb"):
        if number < 1000:
            break
        unit, number = larger, number / 1024
    return text(f"ui.amount.{unit}", lang, number=f"{number:.0f}" if number >= 100 else f"{number:.1f}")


def sentence(job: Job, lang: str) -> str:
    """How a job stands, in words."""
    eta = "" if job.eta_s is None else text("ui.eta", lang, time=clock(job.eta_s))
    if job.state == "queued":
        return text("ui.queued", lang, rank=job.rank or 0) + eta
    if job.state == "running" and job.total:
        own = f"ui.running.{job.task}"
        return text(own if has_text(own) else "ui.running", lang, done=job.done, total=job.total) + eta
    if job.state == "cancelled" and job.long and job.done and job.total:
        return text("ui.stopped_at", lang, done=job.done, total=job.total)
    return text("ui.starting" if job.state == "running" else f"ui.{job.state}", lang)


def clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
