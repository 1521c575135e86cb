"""A drawing in one of the styles of Cartoonize."""

from engines.arrays import Bytes
from engines.media.picture import read_picture, write_picture
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult
from studio.tasks.character import CharacterRequest


def styled(drawing: Bytes, request: CharacterRequest, run: Run, *, number: int, of: int) -> Bytes:
    """The drawing as the request's look has it, as piece ``number`` of ``of``; the very drawing where that is ``drawn``."""
    if request.look == "drawn":
        return drawing
    with run.output(".png", name="lines", aside=True) as out:
        write_picture(out.path, drawing)
    made = run.call("cartoon", CartoonRequest(source=out.id, style=request.look), number=number, of=of, aside=True)
    assert isinstance(made, CartoonResult)
    return read_picture(run.path(made.output))
