"""A drawer that works on a graphics card, by the styles' twins in torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engines.media.frame import Frame, Planes
from engines.style import torch_cel, torch_ink, torch_paint, torch_pencil
from engines.style.palette import Palette
from engines.style.picture import PlanesLike, Prepared
from engines.style.style import Style

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


@dataclass(frozen=True)
class TorchHand:
    """Draws on ``device``, such as ``cuda:0``; frames one at a time, from as many threads as there are."""

    style: Style
    device: str

    @property
    def colours(self) -> int:
        return self.style.colours

    @property
    def settling(self) -> float:
        return self.style.settling

    def start(self, frame: Frame) -> Prepared:
        return PREPARE[self.style.name]([frame.planes], self.device)[0]

    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame:
        [drawn] = render(self.style, [prepared], [palette], self.device)
        return frame.replace(planes=drawn, alpha=frame.alpha)


def render(style: Style, pictures: Sequence[Prepared], palettes: Sequence[Palette | None], device: str) -> list[Planes]:
    """Draw prepared pictures of one size and range on ``device``; palettes as in ``Style.render``, one a picture."""
    if style.name == "cel":
        fitted = [style.palette(picture, own) for picture, own in zip(pictures, palettes, strict=True)]
        return torch_cel.render(pictures, style.controls, fitted, device)
    return RENDER[style.name](pictures, style.controls, device)
