"""The embedded engine: the studio's own parts on a mannequin, drawn with their lines and shadows, or in a style of Cartoonize."""

from engines.arrays import Bytes
from engines.character._drawn import Drawn
from engines.character._steps import Steps
from engines.media.picture import read_picture, write_picture
from studio.engine import Engine
from studio.run import Run
from studio.tasks._sheet import Sheet
from studio.tasks.cartoon import CartoonRequest, CartoonResult
from studio.tasks.character import CharacterRequest, CharacterResult

ENGINE = Engine(task="character", name="drawn", rank=10, devices=("cuda", "cpu"), composite=True)


def run(request: CharacterRequest, run: Run) -> CharacterResult:
    """A character from the drawn library. Raises BadInput for names that the library hasn't, and for maps of another shape."""

    def draw(drawn: Drawn, sheet: Sheet) -> Bytes:
        whole = drawn.whole()
        return whole if request.look == "drawn" else _styled(whole, request, run)

    return Steps(request, run, draw).result()


def _styled(whole: Bytes, request: CharacterRequest, run: Run) -> Bytes:
    with run.output(".png", name="lines", aside=True) as out:
        write_picture(out.path, whole)
    made = run.call(
        "cartoon", CartoonRequest(source=out.id, style=request.look), number=3, of=request.last + 1, aside=True
    )  # type: ignore[arg-type]
    assert isinstance(made, CartoonResult)
    return read_picture(run.path(made.output))
