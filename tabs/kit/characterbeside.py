"""What stands beside the seven steps on the character tab, and what each takes of them."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from studio.figures import figure_titles
from studio.prompting import style_titles
from studio.schema import options, title_of
from studio.tasks._sheet import Sheet
from tabs.kit.beside import Beside
from tabs.kit.characterkept import Kept
from tabs.kit.form import EMPTY
from tabs.kit.i18n import language, say
from tabs.kit.place import Place

NAME = "character"
CHANGED = ("seed", "palette", "pose", "body", "build", "style", "look", "spread", "backdrop", "height")
"""Settings of the tab that a grid can change; those of diffusion besides, where a number or a choice is set."""
LIBRARY = {"palette": "palettes", "pose": "poses", "body": "bodies"}
FEW = 4
"""So many values are proposed for a setting that takes names."""


def besides() -> tuple[Beside, ...]:
    """In the order of the page."""
    return (
        Beside("grid", ("x", "x_values", "y", "y_values", "count", "side"), _grid, frozenset({"x", "y"})),
        Beside("views", ("name", "width", "expressions", "separate", "strength", "diffusion_model"), _views),
        Beside(
            "inpaint",
            ("grow", "prompt", "negative", "strength", "guide", "diffusion_model"),
            partial(_picture, "inpaint"),
            place=Place(("fill", "erase")),
        ),
        Beside(
            "stylize",
            ("style", "strength", "lines", "colours", "keep_faces", "prompt", "diffusion_model"),
            partial(_picture, "stylize"),
            place=Place(()),
        ),
        Beside(
            "cutout",
            ("soft", "clean", "model"),
            partial(_picture, "cutout"),
            place=Place(("on", "off", "erase", "box", "in", "out")),
        ),
    )


def changes(request: gr.Request) -> list[Any]:
    """Choices for both settings of a grid: across, and down."""
    known = options(NAME)
    names = [*CHANGED, *(name for name in known if name.startswith("diffusion_") and known[name].kind in (int, float))]
    choices = [(title_of(NAME, name, language(request)), name) for name in names if name in known]
    nothing = (say("ui.beside.nothing", request), EMPTY)
    return [gr.update(choices=choices, value="seed"), gr.update(choices=[nothing, *choices])]


def proposed(name: str, request: gr.Request) -> str:
    """Values of a setting to begin with."""
    if name in LIBRARY or name == "style":
        found = style_titles(language(request)) if name == "style" else figure_titles(LIBRARY[name], language(request))
        return ", ".join([*found][:FEW])
    option = options(NAME).get(name)
    if option is None or name == "seed":
        return ""
    if option.choices:
        return ", ".join(map(str, option.choices))
    return "true, false" if option.kind is bool else ""


def _grid(kept: Kept, settings: Mapping[str, Any], asked: Mapping[str, Any], lang: str) -> Mapping[str, Any]:
    """The form's settings and the idea; the sheet as it stands, so that only what is changed changes, and of it only locked lines
    where seeds change: they draw somebody else. Nothing is enlarged.
    """
    base: dict[str, Any] = {name: value for name, value in settings.items() if value not in (None, "", "fitting")}
    base["until"] = "refine"
    seeds = "seed" in (asked.get("x"), asked.get("y"))
    sheet = Sheet(lines=kept.sheet.locked, style=kept.sheet.style) if seeds else kept.sheet
    if sheet.lines:
        base |= {"sheet": sheet.model_dump_json(), "redraw": seeds}
    if kept.seed is not None and not seeds:
        base["seed"] = kept.seed
    if kept.worn:
        base["parts"] = list(kept.worn)
    return {"base": json.dumps({**base, "language": lang}), "language": lang}


def _views(kept: Kept, settings: Mapping[str, Any], asked: Mapping[str, Any], lang: str) -> Mapping[str, Any]:
    """The character as it is, or who is asked for."""
    if not kept.has("library"):
        shared = ("idea", "style", "body", "build", "palette")
        return {name: settings[name] for name in shared if settings.get(name)} | {"language": lang}
    return {"figure": kept.character.model_dump_json(), "sheet": kept.sheet.model_dump_json(), "language": lang}


def _picture(
    task: str, kept: Kept, settings: Mapping[str, Any], asked: Mapping[str, Any], lang: str
) -> Mapping[str, Any]:
    """The picture that is shown in the tool's box, and what is marked in it."""
    mark = kept.mark_for(task)
    given = {"picture": kept.picture_for(task), "mask": mark.mask, "hints": list(mark.hints)}
    return {name: value for name, value in given.items() if value}
