"""What of a frame is drawn how: the whole of it, or people and background each in a way of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from engines.arrays import Bytes
from engines.media.frame import Frame, Planes
from engines.style.backdrop import Backdrop
from engines.style.palette import Palette
from engines.style.photo import enlarged, sized
from engines.style.style import Style
from engines.vision.composite import blurred, over, without
from engines.vision.cutout import CutOut
from engines.vision.matte import Person

Behind = Literal["draw", "keep", "blur", "put", "none"]


class Drawer(Protocol):
    """Draws frames. ``start`` and ``finish`` may run on several threads; between them a ``Prepared`` picture is steadied."""

    @property
    def colours(self) -> int:
        """Size of the palette that it draws with; 0 for none."""

    @property
    def settling(self) -> float:
        """How much of the calm its finished drawings get as well, 0..1: little where lines would grow soft."""

    def start(self, frame: Frame) -> Any: ...
    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame: ...


@dataclass(frozen=True)
class Hand:
    """Draws in one of the classical styles."""

    style: Style

    @property
    def colours(self) -> int:
        return self.style.colours

    @property
    def settling(self) -> float:
        return self.style.settling

    def start(self, frame: Frame) -> Any:
        return self.style.prepare(frame.planes)

    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame:
        return frame.replace(planes=self.style.render(prepared, palette), alpha=frame.alpha)


@dataclass(frozen=True)
class Small:
    """Lets another draw at a lower height, for less work; higher frames are enlarged when the scene is composed."""

    drawer: Drawer
    height: int

    @property
    def colours(self) -> int:
        return self.drawer.colours

    @property
    def settling(self) -> float:
        return self.drawer.settling

    def start(self, frame: Frame) -> Any:
        return self.drawer.start(self._reduced(frame))

    def finish(self, frame: Frame, prepared: Any, palette: Palette | None) -> Frame:
        return self.drawer.finish(self._reduced(frame), prepared, palette)

    def _reduced(self, frame: Frame) -> Frame:
        return sized(frame, self.height) if self.height < frame.height else frame


@dataclass(frozen=True)
class Scene:
    """``front`` draws what stands in front (None leaves it as filmed), or everything where there's no ``cut_out``.

    ``behind``: the background is drawn by ``back``, kept, blurred, put there by ``backdrop``, or left out.
    """

    front: Drawer | None
    cut_out: CutOut | None = None
    behind: Behind = "keep"
    back: Drawer | None = None
    backdrop: Backdrop | None = None

    @property
    def drawers(self) -> Sequence[Drawer | None]:
        """For what is cut out (or all), and for the background."""
        return (self.front, self.back if self.behind == "draw" else None) if self.cut_out else (self.front,)

    def seen_behind(self, frame: Frame, person: Person | None) -> Frame:
        """What the background's drawer sees: the frame without the person, who would bleed into strokes and leave ghosts."""
        if self.behind != "draw" or person is None or not person.present:
            return frame
        rest = without(frame.planes, person.alpha)
        return frame.replace(planes=Planes(rest.y, rest.u, rest.v, rest.full_range), alpha=frame.alpha)

    def composed(self, frame: Frame, sheets: Sequence[Frame], alpha: Bytes | None, behind: Planes | None) -> Frame:
        """The finished frame. ``sheets``: what was drawn of the front and of the background, or the frame itself."""
        sheets = [enlarged(sheet, frame) for sheet in sheets]
        if self.cut_out is None or alpha is None:
            return sheets[0]
        front = sheets[0].planes
        match self.behind:
            case "none":
                return frame.replace(planes=replace(front), alpha=alpha)
            case "blur":
                back: Any = blurred(frame.planes, alpha)
            case "put":
                back = behind
            case _:
                back = sheets[1].planes
        layer = over(front, alpha, back)
        return frame.replace(planes=Planes(layer.y, layer.u, layer.v, layer.full_range), alpha=frame.alpha)
