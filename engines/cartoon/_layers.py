"""From a request's layers to a scene: who cuts out, who draws what, and what is put behind."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engines.media.frame import Frame
from engines.media.picture import read_picture
from engines.style.backdrop import Backdrop, Moving, Still
from engines.style.scene import Behind, Drawer, Scene, Small
from engines.vision.composite import colour_of
from engines.vision.cutout import ByKey, ByMatte, ByRvm, CutOut
from engines.vision.key import find_screen, screen_of
from studio.errors import BadInput, Unavailable
from studio.run import Run
from studio.tasks.cartoon import CartoonRequest, Layers

GREEN = "#00b140"
TRANSPARENT = ("webm", "prores", "png", "gif")
SELFIE, RVM, MODNET = "selfie-segmentation", "rvm-mobilenetv3", "modnet"
BEHIND: dict[str, Behind] = {"draw": "draw", "keep": "keep", "blur": "blur", "transparent": "none"}


@contextmanager
def scene_for(
    request: CartoonRequest, run: Run, front: Callable[[], Drawer], back: Callable[[], Drawer], looks: Iterable[Frame]
) -> Iterator[Scene]:
    """The scene that a request describes; ``looks`` are frames of it, in which a screen's colour is looked for.

    Raises BadInput where there is no screen.
    """
    layers = request.layers
    if layers.cut == "none":
        yield Scene(_at_work(front(), request.work))
        return
    with ExitStack() as held:
        cut_out = _keyed(layers, looks) if layers.cut == "screen" else held.enter_context(_matte(layers, run))
        backdrop = _backdrop(layers, run)
        if isinstance(backdrop, Moving):
            held.callback(backdrop.close)
        drawn = layers.background == "draw"
        yield Scene(
            _at_work(front(), request.work) if layers.person == "draw" else None,
            cut_out,
            BEHIND.get(layers.background, "put"),
            _at_work(back(), request.work) if drawn else None,
            backdrop,
        )
        if not cut_out.found:
            run.note("cartoon.nobody")


def without_alpha(request: CartoonRequest) -> None:
    """Raises BadInput for a transparent video in a format that can't be."""
    layers = request.layers
    if layers.cut != "none" and layers.background == "transparent" and request.output.format not in TRANSPARENT:
        raise BadInput("cartoon.no_alpha", format=request.output.format)


def _at_work(drawer: Drawer, height: int) -> Drawer:
    return Small(drawer, height) if height else drawer


def _keyed(layers: Layers, looks: Iterable[Frame]) -> CutOut:
    for look in looks:
        planes = look.planes
        if layers.key:
            return ByKey(screen_of(colour_of(layers.key), full_range=planes.full_range), layers.tolerance)
        screen = find_screen(planes)
        if screen is not None:
            return ByKey(screen, layers.tolerance)
    raise BadInput("cartoon.no_screen")


@contextmanager
def _matte(layers: Layers, run: Run) -> Iterator[CutOut]:
    """The cut-out by the matte that was asked for; ``auto`` takes the best that is installed."""
    kept = layers.person == "keep"
    for card in {"auto": (RVM, MODNET), "rvm": (RVM,), "modnet": (MODNET,)}.get(layers.matte, ()):
        try:
            path = run.card_file(card, run.card(card).files[0].name)
        except Unavailable:
            if layers.matte != "auto":
                raise
            continue
        with run.model(card, _loader(card, path, run)) as network:
            yield ByRvm(network, card) if card == RVM else ByMatte(network, card, own_colours=kept)
        return
    from engines.vision.selfie import Selfie

    with run.model(SELFIE, Selfie) as selfie:
        yield ByMatte(selfie, SELFIE, own_colours=kept)


def _loader(card: str, path: Path, run: Run) -> Callable[[], Any]:
    if card == RVM:
        from engines.vision.rvm import RvmNet

        return lambda: RvmNet(path, device=run.device, threads=run.threads)
    from engines.vision.modnet import ModNet

    return lambda: ModNet(path, device=run.device)


def _backdrop(layers: Layers, run: Run) -> Backdrop | None:
    match layers.background:
        case "colour":
            return Still(_plain(layers.colour))
        case "green":
            return Still(_plain(GREEN))
        case "media":
            assert layers.media is not None
            path = run.path(layers.media)
            return Moving(path) if run.kind(layers.media) == "video" else Still(read_picture(path)[..., :3])
    return None


def _plain(colour: str) -> np.ndarray:
    return np.full((2, 2, 3), colour_of(colour), np.uint8)
