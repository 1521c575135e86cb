"""The embedded cartoonist: ink, cel, paint and pencil by classical filters, on any machine."""

import numpy as np

from engines.cartoon._film import Hands, cartoon
from engines.style.drawing import draw_film
from engines.style.hands import hand_for
from engines.style.photo import still
from engines.style.scene import Drawer, Hand, Scene
from engines.style.style import Style
from engines.vision.composite import over
from studio.engine import Engine
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, CartoonResult

ENGINE = Engine(task="cartoon", name="classical", rank=10, devices=("cuda", "cpu"))


STYLES = ("ink", "cel", "paint", "pencil")


def warm() -> None:
    """Compile the filters by drawing three small frames in every style, one of them cut out."""
    request = CartoonRequest(source="")
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)
    for style in STYLES:
        hand = Hand(Style(style, getattr(request, style)))
        draw_film([still(np.roll(noise, shift, axis=1)) for shift in range(3)], Scene(hand), request.calm)
    alpha = np.full(noise.shape[:2], 128, np.uint8)
    over(still(noise).planes, alpha, still(noise).planes)


def run(request: CartoonRequest, run: Run) -> CartoonResult:
    """Draw a picture, a video, or three frames of a video."""

    def hand(style: str) -> Drawer:
        return hand_for(Style(style, getattr(request, style)), run.device)

    back = request.layers.style
    return cartoon(request, run, Hands(lambda: hand(request.style), lambda: hand(back), request.style))
