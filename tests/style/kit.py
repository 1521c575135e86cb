"""The four styles behind one call, and controls like the form's."""

from types import SimpleNamespace
from typing import Any

from engines.media.frame import Planes
from engines.style import cel, ink, paint, pencil
from engines.style.palette import Palette

DEFAULTS: dict[str, dict[str, Any]] = {
    "ink": {"lines": 0.6, "detail": 0.5, "levels": 9, "colour": 1.2, "shadows": 0.5},
    "cel": {"colours": 12, "lines": 0.5, "smooth": 0.5, "colour": 1.25, "shadows": 0.5},
    "paint": {"brush": 6.0, "sharpness": 0.6, "contrast": 1.1, "colour": 1.15},
    "pencil": {"darkness": 0.6, "hatching": 0.5, "paper": 0.4, "colour": 0.0},
}
STYLES = tuple(DEFAULTS)


def draw(style: str, planes: Planes, mask: Any = None, **changes: Any) -> Planes:
    """Prepare and render with the defaults, changed by ``changes``."""
    controls: Any = SimpleNamespace(**{**DEFAULTS[style], **changes})
    if style == "cel":
        prepared = cel.prepare(planes)
        palette = Palette(controls.colours)
        palette.fit([prepared])
        return cel.render(prepared, controls, palette, mask)
    module = {"ink": ink, "paint": paint, "pencil": pencil}[style]
    return module.render(module.prepare(planes), controls, mask)
