"""What every engine of views does around its drawing: who it is, the views, the page, and the files."""

from collections.abc import Callable
from dataclasses import dataclass

from engines.arrays import Bytes
from engines.figure.library import Library
from engines.figure.placing import Placed, Scene
from engines.media.lettering import writable
from engines.media.picture import write_picture
from engines.views._back import back
from engines.views._details import Detail, details, rules
from engines.views._faces import faces
from engines.views._page import Page, Sheet, Shown, shown
from engines.views._palette import palette
from engines.views._posed import placed, posed, stage
from engines.views._side import side
from engines.views._turned import turned
from studio.run import Run
from studio.tasks._figure import Character
from studio.tasks.character import CharacterResult
from studio.tasks.views import Swatch, View, ViewPicture, ViewsRequest, ViewsResult
from studio.texts import text

STEPS = 4


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a character for the page: the views, the front one first, and the faces."""

    views: list[Shown]
    faces: list[Detail]


Redraw = Callable[[CharacterResult, Scene, Drawn, Run], Drawn]
"""Views and faces drawn anew: of whom, standing how, as the parts show them, and the run of it."""


def sheet(request: ViewsRequest, run: Run, redraw: Redraw | None = None) -> ViewsResult:
    """A character sheet. Raises BadInput for names that the library hasn't, and what ``redraw`` raises."""
    made = run.call("character", request.wishes(), number=0, of=STEPS, aside=True)
    assert isinstance(made, CharacterResult)
    who, data = made.character, stage()
    run.resolved(request.model_copy(update={"figure": who.model_dump_json()}), prompt=made.prompt)
    run.step(1, STEPS, unit="steps")
    front = placed(posed(who))
    drawn = Drawn(all_views(front), faces(who, front, request.expressions, _language(request)))
    if redraw:
        drawn = redraw(made, front, drawn, run.piece(1, STEPS))
    run.step(2, STEPS, unit="steps")
    whole = _sheet(request, who, data, front, drawn)
    page = Page(whole, request.width)
    run.step(3, STEPS, unit="steps")
    output = _kept(run, page.drawn(), "sheet")
    alone: list[ViewPicture] = []
    if request.separate:
        for one in drawn.views:
            kept = _kept(run, page.alone(one), one.view)
            alone.append(ViewPicture(view=one.view, picture=kept))  # type: ignore[arg-type]
    run.step(STEPS, STEPS, unit="steps")
    swatches = tuple(Swatch(name=one.name, hex=one.hex) for one in whole.colours)
    return ViewsResult(output=output, views=tuple(alone), palette=swatches, character=who)


def all_views(front: Scene) -> list[Shown]:
    """Every view from the front one, in the order of the page."""
    made: dict[View, tuple[Placed, ...]] = {
        "front": front.shapes,
        "three_quarter": turned(front),
        "side": side(front),
        "back": back(front),
    }
    return [shown(view, shapes) for view, shapes in made.items()]


def _language(request: ViewsRequest) -> str:
    """The request's where its letters can be written."""
    title = request.name.strip() or text("views.title", request.language)
    return request.language if writable(text("views.title", request.language) + title, request.language) else "en"


def _sheet(request: ViewsRequest, who: Character, data: Library, front: Scene, drawn: Drawn) -> Sheet:
    language = _language(request)
    body = data.bodies[who.body][who.build].label[language]
    colours = data.swatches.palettes[who.palette].label[language]
    heads = text("views.heads", language, heads=f"{front.stance.body.heads:.1f}")
    return Sheet(
        title=request.name.strip() or text("views.title", language),
        subtitle=f"{body} · {colours} · {heads}",
        front=front,
        views=drawn.views,
        details=details(front, data, language),
        faces=drawn.faces,
        colours=palette(front, data, language, drawn.views[0].area, rules()["swatches"]),
        language=language,
    )


def _kept(run: Run, picture: Bytes, name: str) -> str:
    with run.output(".png", name=name) as out:
        write_picture(out.path, picture)
    return out.id
