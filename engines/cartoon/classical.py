"""The embedded cartoonist: ink, cel, paint and pencil by classical filters, on any machine."""

from engines.cartoon._film import Hands, cartoon
from engines.style.scene import Hand
from engines.style.style import Style
from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

ENGINE = Engine(task="cartoon", name="classical", rank=10)


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    """Draw a picture, a video, or three frames of a video."""

    def hand(style: str) -> Hand:
        return Hand(Style(style, getattr(request, style)))

    back = request.layers.style
    return cartoon(request, run, Hands(lambda: hand(request.style), lambda: hand(back), request.style))
