"""A drawer that works on a graphics card, by the styles' twins in torch."""

from collections.abc import Callable, Sequence
from typing import Any

from engines.arrays import PlanesLike
from engines.batches import Gather
from engines.media.frame import Frame, Planes
from engines.style import torch_cel, torch_ink, torch_paint, torch_pencil
from engines.style.palette import Palette
from engines.style.picture import Prepared
from engines.style.style import Style

PIXELS = 8 * 1280 * 720
"""As many are drawn at once: eight frames of 720p fill a card, one of 4K does so alone."""
PREPARE: dict[str, Callable[[Sequence[PlanesLike], str], list[Prepared]]] = {
    "ink": torch_ink.prepare,
    "cel": torch_cel.prepare,
    "paint": torch_paint.prepare,
    "pencil": torch_pencil.prepare,
}
RENDER: dict[str, Callable[[Sequence[Prepared], Any, str], list[Planes]]] = {
    "ink": torch_ink.render,
    "paint": torch_paint.render,
    "pencil": torch_pencil.render,
}


class TorchHand:
    """Draws on ``device``, such as ``cuda:0``; frames that threads bring at the same time are drawn as one batch."""

    def __init__(self, style: Style, device: str) -> None:
        self.style, self.device = style, device
        self._prepare = Gather(lambda planes: PREPARE[style.name](planes, device), _kind, _most)
        self._render = Gather(self._rendered, lambda draft: _kind(draft[0]), _most)

    @property
    def colours(self) -> int:
        return self.style.colours

    @property
    def settling(self) -> float:
        return self.style.settling

    def start(self, frame: Frame) -> Prepared:
        return self._prepare(frame.planes)

    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame:
        return frame.replace(planes=self._render((prepared, palette)), alpha=frame.alpha)

    def _rendered(self, drafts: Sequence[tuple[Prepared, Palette | None]]) -> list[Planes]:
        return render(self.style, [prepared for prepared, _ in drafts], [palette for _, palette in drafts], self.device)


def _kind(picture: PlanesLike) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """What pictures of a batch have in common: size, size of the chroma, range."""
    return picture.y.shape, picture.u.shape, picture.full_range


def _most(kind: tuple[tuple[int, ...], tuple[int, ...], bool]) -> int:
    height, width = kind[0]
    return max(1, PIXELS // (height * width))


def render(style: Style, pictures: Sequence[Prepared], palettes: Sequence[Palette | None], device: str) -> list[Planes]:
    """Draw prepared pictures of one size and range on ``device``; palettes as in ``Style.render``, one a picture."""
    if style.name == "cel":
        fitted = [style.palette(picture, own) for picture, own in zip(pictures, palettes, strict=True)]
        return torch_cel.render(pictures, style.controls, fitted, device)
    return RENDER[style.name](pictures, style.controls, device)
