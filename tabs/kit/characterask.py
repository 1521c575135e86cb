"""What a visitor asks for on the character tab, as a request to the task."""

import secrets
from collections.abc import Mapping
from typing import Any

from studio.tasks._sheet import Sheet
from studio.tasks.character import Step, step_number
from tabs.kit.characterkept import Kept

SEEDS = 1 << 32
FIGURE = ("body", "build", "pose", "palette")


def request_of(
    kept: Kept, settings: Mapping[str, Any], first: Step, until: Step, lang: str, *, anew: bool
) -> dict[str, Any]:
    """Values of a request that makes the steps from ``first`` to ``until`` from what is kept; ``anew``: by another seed."""
    number = step_number(first)
    wanted = {name: value for name, value in settings.items() if value not in (None, "", "fitting")}
    wanted |= {"until": until, "language": lang}
    fresh = anew or kept.seed is None or first == "tags"
    wanted["seed"] = secrets.randbelow(SEEDS) if fresh else kept.seed
    wanted["pictures"] = {region: [picture] for region, picture in kept.pictures.items()}
    if kept.style_picture:
        wanted["diffusion_style_picture"] = kept.style_picture
    sheet = kept.sheet if number > 0 else Sheet(lines=kept.sheet.locked, style=kept.sheet.style)
    if sheet.lines:
        wanted |= {"sheet": sheet.model_dump_json(), "redraw": number == 0}
    if number > 1:
        own = {name: wanted[name] for name in FIGURE if name in wanted}
        wanted["figure"] = kept.character.model_copy(update=own).model_dump_json()
    elif kept.worn:
        wanted["parts"] = list(kept.worn)
    if number > 1 and kept.painted:
        wanted["masks"] = kept.painted
    if number > 3 and kept.drawing:
        wanted["drawing"] = kept.drawing
    if number > 5 and kept.refined:
        wanted["refined"] = kept.refined
    if kept.job and (number > 0 or sheet.lines):
        wanted["after"] = kept.job
    if kept.refused and number <= 5 and number > 3:
        wanted["refused"] = list(kept.refused)
    return wanted
