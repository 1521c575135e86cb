"""A style with its settings, behind one pair of functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engines.media.frame import Planes
from engines.style import cel, ink, paint, pencil
from engines.style.palette import Palette
from engines.style.picture import Prepared

PREPARE: dict[str, Callable[[Planes], Prepared]] = {
    "ink": ink.prepare,
    "cel": cel.prepare,
    "paint": paint.prepare,
    "pencil": pencil.prepare,
}
RENDER: dict[str, Callable[[Prepared, Any], Planes]] = {
    "ink": ink.render,
    "paint": paint.render,
    "pencil": pencil.render,
}

SETTLING_LINES, SETTLING_LINELESS = 0.6, 1.0


@dataclass(frozen=True)
class Style:
    """One of ink, cel, paint and pencil, and its controls."""

    name: str
    controls: Any

    @property
    def colours(self) -> int:
        """Size of the palette that the style draws with; 0 for a style without one."""
        return self.controls.colours if self.name == "cel" else 0

    @property
    def settling(self) -> float:
        """Share of the calm that the style's finished drawings get, 0..1: all of it where no lines are drawn."""
        return SETTLING_LINELESS if self.name == "paint" else SETTLING_LINES

    def prepare(self, planes: Planes) -> Prepared:
        return PREPARE[self.name](planes)

    def render(self, prepared: Prepared, palette: Palette | None) -> Planes:
        """Draw; ``palette`` must be fitted where ``colours`` isn't 0."""
        if self.name == "cel":
            return cel.render(prepared, self.controls, self.palette(prepared, palette))
        return RENDER[self.name](prepared, self.controls)

    def palette(self, prepared: Prepared, shot: Palette | None) -> Palette:
        """The shot's palette, or one fitted to this picture alone."""
        if shot is not None:
            return shot
        own = Palette(self.colours)
        own.fit([prepared])
        return own
