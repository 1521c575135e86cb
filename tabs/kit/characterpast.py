"""What came of what on the character tab: the pictures as a tree, and the state of the tab as it was at one of them."""

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from studio.asset import Asset
from studio.job import Job
from studio.owners import owner_of
from studio.tasks import flat_values
from studio.tasks.character import CharacterRequest, CharacterResult
from tabs.kit.characterkept import MADE, Kept
from tabs.kit.i18n import say

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "character"
MOST_JOBS, MOST_SHOWN = 200, 60
PICTURES = ("output", "refined", "drawing", "preliminary")
"""Where a result has its picture: the furthest one counts."""
NOTHING = {name: field.default for name, field in CharacterResult.model_fields.items()}


class CharacterPast:
    """The visitor's own finished jobs of this tab, as far as they are still known."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def shown(self, current: str, request: Any) -> str:
        """The tree, newest first; ``current`` is the job that the tab stands at. Nothing before the first picture."""
        jobs = self._jobs(owner_of(request))
        pictures = self._pictures(jobs, owner_of(request))
        nodes = [job for job in jobs if job.id in pictures][:MOST_SHOWN]
        if not nodes:
            return ""
        known = {job.id for job in nodes}
        roots = [job for job in nodes if _after(job) not in known]
        drawn = "".join(f"<li>{_branch(root, nodes, pictures, current, request)}</li>" for root in roots)
        title = html.escape(say("ui.character.past", request))
        told = html.escape(say("ui.character.past_told", request))
        return (
            f'<details class="at-fold at-past"><summary>{title}</summary><p class="at-note">{told}</p>'
            f'<ul class="at-tree">{drawn}</ul></details>'
        )

    def state(self, job_id: str, owner: str) -> tuple[Kept, dict[str, Any]] | None:
        """What the tab kept at the end of a job, and the form's values then; None for a job that isn't the visitor's or is gone."""
        known = {job.id: job for job in self._jobs(owner)}
        chain = [*_way(job_id, known)]
        if not chain:
            return None
        kept = Kept()
        for job in reversed(chain):
            kept = _further(kept, job)
        last = chain[0]
        values = flat_values(CharacterRequest.model_validate(last.request))
        return kept.model_copy(update={"job": last.id}).based_on(values), values

    def _jobs(self, owner: str) -> list[Job]:
        found = self._studio.jobs.of(owner, MOST_JOBS)
        return [job for job in found if job.task == NAME and job.state == "done" and _is_picture(job)]

    def _pictures(self, jobs: Sequence[Job], owner: str) -> Mapping[str, Asset]:
        """The furthest picture of each job that is still there."""
        ids = {job.id: [str(made) for name in PICTURES if (made := (job.result or {}).get(name))] for job in jobs}
        there = {
            asset.id: asset
            for asset in self._studio.library.those([one for found in ids.values() for one in found], owner)
        }
        return {job: there[one] for job, found in ids.items() for one in reversed(found) if one in there}


def _branch(job: Job, nodes: Sequence[Job], pictures: Mapping[str, Asset], current: str, request: Any) -> str:
    """A job and what came of it, one after the other in a row; where there are several, the others in rows below."""
    row, below = [], []
    one: Job | None = job
    while one is not None:
        row.append(_node(one, pictures[one.id], current, request))
        after = [other for other in reversed(nodes) if _after(other) == one.id]
        below += after[1:]
        one = after[0] if after else None
    others = "".join(f"<li>{_branch(other, nodes, pictures, current, request)}</li>" for other in below)
    return f'<div class="at-row">{"".join(row)}</div>' + (f"<ul>{others}</ul>" if others else "")


def _node(job: Job, asset: Asset, current: str, request: Any) -> str:
    step = html.escape(say(f"ui.character.step.{job.request.get('until', 'upscale')}", request))
    made = datetime.fromtimestamp(job.created, UTC).isoformat(timespec="seconds")
    here = ' aria-current="true"' if job.id == current else ""
    return (
        f'<button type="button" class="at-past-one" data-act="back" data-job="{job.id}"{here}>'
        f'<img src="thumbs/{asset.id}" alt="" width="64" height="96" loading="lazy"><span>{step}</span>'
        f'<small><time datetime="{made}"></time></small></button>'
    )


def _is_picture(job: Job) -> bool:
    return job.request.get("output_format", "picture") == "picture"


def _after(job: Job) -> str:
    return str(job.request.get("after") or "")


def _way(job_id: str, known: Mapping[str, Job]) -> Iterator[Job]:
    """The job, and those that it goes on from, back to the first."""
    seen = set()
    while job_id in known and job_id not in seen:
        seen.add(job_id)
        yield known[job_id]
        job_id = _after(known[job_id])


def _further(kept: Kept, job: Job) -> Kept:
    """What is kept with what a job has made, and with what it was given of the artist's own."""
    result = CharacterResult.model_validate(job.result or {})
    request = CharacterRequest.model_validate(job.request)
    names = [name for names in MADE.values() for name in names]
    made = {name: getattr(result, name) for name in names if getattr(result, name) != NOTHING[name]}
    for name in ("drawing", "refined"):
        if given := getattr(request, name):
            made.setdefault(name, given)
    return kept.model_copy(
        update={
            **made,
            "seed": job.seed,
            "worn": request.parts or kept.worn,
            "painted": request.masks or "",
            "pictures": {region: found[0] for region, found in request.pictures.items() if found},
            "refused": request.refused,
            "style_picture": request.diffusion.style_picture or "",
        }
    )
