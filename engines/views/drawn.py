"""The embedded engine: all views, faces and colours from the parts of the drawn library, on one page."""

from engines.arrays import Bytes
from engines.figure.library import Library
from engines.figure.placing import Placed, Scene
from engines.media.lettering import writable
from engines.media.picture import write_picture
from engines.views._back import back
from engines.views._details import details, rules
from engines.views._faces import faces
from engines.views._page import Page, Sheet, Shown, shown
from engines.views._palette import palette
from engines.views._posed import placed, posed, stage
from engines.views._side import side
from engines.views._turned import turned
from studio.engine import Engine
from studio.run import Run
from studio.tasks._figure import Character
from studio.tasks.character import CharacterResult
from studio.tasks.views import Swatch, View, ViewPicture, ViewsRequest, ViewsResult
from studio.texts import text

ENGINE = Engine(task="views", name="drawn", rank=10, composite=True)
STEPS = 4


def run(request: ViewsRequest, run: Run) -> ViewsResult:
    """A character sheet. Raises BadInput for names that the library hasn't."""
    made = run.call("character", request.wishes(), number=0, of=STEPS, aside=True)
    assert isinstance(made, CharacterResult)
    who, data = made.character, stage()
    run.resolved(request.model_copy(update={"figure": who.model_dump_json()}), prompt=made.prompt)
    run.step(1, STEPS, unit="steps")
    front = placed(posed(who))
    views = all_views(front)
    run.step(2, STEPS, unit="steps")
    sheet = _sheet(request, who, data, front, views)
    page = Page(sheet, request.width)
    run.step(3, STEPS, unit="steps")
    output = _kept(run, page.drawn(), "sheet")
    alone: list[ViewPicture] = []
    if request.separate:
        for one in views:
            kept = _kept(run, page.alone(one), one.view)
            alone.append(ViewPicture(view=one.view, picture=kept))  # type: ignore[arg-type]
    run.step(STEPS, STEPS, unit="steps")
    swatches = tuple(Swatch(name=one.name, hex=one.hex) for one in sheet.colours)
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


def _sheet(request: ViewsRequest, who: Character, data: Library, front: Scene, views: list[Shown]) -> Sheet:
    title = request.name.strip() or text("views.title", request.language)
    language = request.language if writable(text("views.title", request.language) + title, request.language) else "en"
    body = data.bodies[who.body][who.build].label[language]
    colours = data.swatches.palettes[who.palette].label[language]
    heads = text("views.heads", language, heads=f"{front.stance.body.heads:.1f}")
    return Sheet(
        title=request.name.strip() or text("views.title", language),
        subtitle=f"{body} · {colours} · {heads}",
        front=front,
        views=views,
        details=details(front, data, language),
        faces=faces(who, front, request.expressions, language),
        colours=palette(front, data, language, views[0].area, rules()["swatches"]),
        language=language,
    )


def _kept(run: Run, picture: Bytes, name: str) -> str:
    with run.output(".png", name=name) as out:
        write_picture(out.path, picture)
    return out.id
