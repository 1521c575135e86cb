"""The embedded engine: the studio's own parts on a mannequin, drawn with their lines and shadows, or in a style of Cartoonize."""

from engines.arrays import Bytes
from engines.character._drawn import Drawn
from engines.character._looks import styled
from engines.character._steps import Steps
from studio.engine import Engine
from studio.run import Run
from studio.tasks._sheet import Sheet
from studio.tasks.character import CharacterRequest, CharacterResult

ENGINE = Engine(task="character", name="drawn", rank=10, devices=("cuda", "cpu"), composite=True)


def run(request: CharacterRequest, run: Run) -> CharacterResult:
    """A character from the drawn library. Raises BadInput for names that the library hasn't, and for maps of another shape."""

    def draw(drawn: Drawn, sheet: Sheet) -> Bytes:
        return styled(drawn.whole(), request, run, number=3, of=request.last + 1)

    return Steps(request, run, draw, {"engine": "detail"}).result()
