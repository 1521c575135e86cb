"""How the writing of a prompt stands: what has come so far, what it cost, what to know about it."""

import html
from typing import Any

from studio.job import Job
from studio.tasks.describe import DescribeResult
from studio.tasks.prompt import Usage
from studio.views import job_view
from tabs.kit.i18n import language, say
from tabs.kit.view import status


def problem_html(sentence: str) -> str:
    return f'<p class="at-error" role="alert">{html.escape(sentence)}</p>'


def note_html(sentence: str) -> str:
    return f'<p class="at-note" role="status">{html.escape(sentence)}</p>'


def standing_html(job: Job, request: Any) -> str:
    """While it works, the words that have come; at its end only what is worth knowing."""
    if job.state == "done":
        sentences = [*job_view(job, (), language(request)).notes, *_told(job, request)]
        return "".join(map(note_html, sentences))
    words = html.escape(job.said) if job.state == "running" else ""
    return status(job, language(request)) + (f'<p class="at-said" lang="en">{words}</p>' if words else "")


def _told(job: Job, request: Any) -> list[str]:
    result: dict[str, Any] = dict(job.result or {})
    told = []
    if job.task == "describe":
        (seen,) = DescribeResult.model_validate(result).pictures
        told += [] if seen.sheet.lines else [seen.problem or say("ui.prompt.nothing_sure", request)]
    if job.request.get("keep"):
        told.append(say("ui.prompt.saved", request))
    if result.get("usage"):
        told.append(usage_text(Usage.model_validate(result["usage"]), request))
    return told


def usage_text(usage: Usage, request: Any) -> str:
    """Which model it was, its tokens, and what they cost where that is known."""
    counted = {"model": usage.model, "sent": usage.tokens_in, "came": usage.tokens_out}
    if usage.cost is None:
        return say("ui.prompt.usage", request, **counted)
    return say("ui.prompt.usage_cost", request, **counted, cost=f"{usage.cost:.4f}")
