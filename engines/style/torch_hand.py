"""A drawer that works on a graphics card, for the styles that have a twin in torch."""

from dataclasses import dataclass
from typing import Any

from engines.media.frame import Frame
from engines.style import torch_ink
from engines.style.palette import Palette
from engines.style.picture import Prepared
from engines.style.style import Style


@dataclass(frozen=True)
class TorchHand:
    """Draws ink on ``device``, such as ``cuda:0``; frames one at a time, from as many threads as there are."""

    style: Style
    device: str

    @property
    def colours(self) -> int:
        return self.style.colours

    def start(self, frame: Frame) -> Prepared:
        return torch_ink.prepare([frame.planes], self.device)[0]

    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame:
        [drawn] = torch_ink.render([prepared], self.style.controls, self.device)
        return frame.replace(planes=drawn, alpha=frame.alpha)
