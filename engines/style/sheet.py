"""What one drawer makes of a frame, and how that is calmed from frame to frame."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engines.media.frame import Frame
from engines.style.palette import Palette
from engines.style.picture import Prepared
from engines.style.scene import Drawer
from engines.vision.calm import Calm
from engines.vision.drift import Drifting
from engines.vision.flow import Motion

PALETTE_EVERY = 12


@dataclass
class Sheet:
    """What one drawer makes of a frame: ``source`` is what it sees, ``drawn`` what it has drawn, or the source."""

    source: Frame
    prepared: Any = None
    palette: Palette | None = None
    drawn: Frame | None = None


class SteadySheet:
    """Calms a drawer's prepared pictures, keeps each shot's palette, and lets grain drift with the motion. Ordered."""

    def __init__(self, drawer: Drawer, strength: float) -> None:
        self._colours = drawer.colours
        self._calm = Calm(strength)
        self._drift = Drifting()
        self._palette: Palette | None = None
        self._age = 0

    def __call__(self, sheet: Sheet, motion: Motion | None, cut: bool) -> None:
        old = sheet.prepared
        if not isinstance(old, Prepared):
            return
        y, luma, u, v, tensor = self._calm((old.y, old.luma, old.u, old.v, old.tensor), motion)
        drift = self._drift(motion) if old.grainy and self._calm.amount > 0 else None
        sheet.prepared = replace(old, y=y, luma=luma, u=u, v=v, tensor=tensor, drift=drift)
        if self._colours:
            sheet.palette = self._palette_for(sheet.prepared, cut)

    def state(self) -> dict[str, Any]:
        palette = {} if self._palette is None else {"centres": self._palette.centres}
        return {
            "age": self._age,
            **palette,
            **inside("calm", self._calm.state()),
            **inside("drift", self._drift.state()),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._age = int(state["age"])
        self._calm.restore(outside("calm", state))
        self._drift.restore(outside("drift", state))
        if "centres" in state:
            self._palette = Palette(self._colours)
            self._palette.restore({"colours": self._colours, "centres": state["centres"]})

    def _palette_for(self, prepared: Prepared, cut: bool) -> Palette:
        self._age = 0 if cut else self._age + 1
        if self._palette is None or cut:
            self._palette = Palette(self._colours)
            self._palette.fit([prepared])
        elif self._age % PALETTE_EVERY == 0:
            moved = Palette(self._colours)
            moved.restore(self._palette.state())
            moved.update(prepared)
            self._palette = moved
        return self._palette


def inside(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """A state whose keys say that they belong to ``name``."""
    return {f"{name}.{key}": value for key, value in state.items()}


def outside(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """What ``inside`` put under ``name``."""
    return {key[len(name) + 1 :]: value for key, value in state.items() if key.startswith(f"{name}.")}
