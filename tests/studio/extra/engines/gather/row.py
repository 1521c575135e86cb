"""One row of small pictures; tells whose each is, and how red."""

from PIL import Image, UnidentifiedImageError
from studio.tasks.gather import GatherRequest, GatherResult

from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run

ENGINE = Engine(task="gather", name="row", rank=1)


def run(request: GatherRequest, run: Run) -> GatherResult:
    placed = [("cover", request.cover)] if request.cover else []
    placed += [("picture", media) for media in request.pictures]
    placed += [(person, media) for person, several in request.cast.people.items() for media in several]
    row = Image.new("RGB", (max(1, len(placed)) * request.side, request.side))
    run.step(1, 2)
    note = run.workdir / "stumbled"
    if request.stumbles and not note.exists():
        note.touch()
        raise BadInput("media.broken_picture", name=run.path(placed[-1][1]).name)
    order = []
    for at, (word, media) in enumerate(placed):
        path = run.path(media)
        try:
            with Image.open(path) as opened:
                small = opened.convert("RGB").resize((request.side, request.side))
        except UnidentifiedImageError as problem:
            raise BadInput("media.broken_picture", name=path.name) from problem
        row.paste(small, (at * request.side, 0))
        order.append(f"{word} {small.getpixel((0, 0))[0]}")
    with run.output(".png", name="row") as out:
        row.save(out.path)
    return GatherResult(output=out.id, order=", ".join(order))
