"""A film drawn in one style: prepared in parallel, steadied in order along the motion, drawn in parallel, settled in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engines.media.flow_control import Fold, Map
from engines.media.frame import Frame, Planes
from engines.style.palette import Palette
from engines.style.picture import Prepared
from engines.style.style import Style
from engines.vision.calm import Calm
from engines.vision.cuts import CutDetector
from engines.vision.flow import Motion, measure
from engines.vision.look import Look, look, pack, unpack

PALETTE_EVERY = 12
BEFORE_LINES = 0.8
AFTER_LINES = 0.45


@dataclass
class Draft:
    """A frame on its way to a drawing. ``fresh`` is false for a frame that repeats the drawing before it."""

    frame: Frame
    small: Look
    cut: bool = False
    fresh: bool = True
    before: Look | None = None
    motion: Motion | None = None
    prepared: Prepared | None = None
    palette: Palette | None = None
    drawn: Planes | None = None


def stages(style: Style, calm: float, hold: int) -> Sequence[Map | Fold]:
    """Stages that turn Frames into drawn Frames. ``calm`` 0..1; a new drawing every ``hold`` frames and at cuts."""
    return (
        Map(begin),
        Fold(Shots(hold)),
        Map(lambda draft: prepare(draft, style, calm)),
        Fold(Steady(style, calm * BEFORE_LINES)),
        Map(lambda draft: draw(draft, style)),
        Fold(Settle(calm * AFTER_LINES)),
    )


def begin(frame: Frame) -> Draft:
    return Draft(frame, look(frame.planes))


class Shots:
    """Finds cuts, decides which frames get a drawing of their own, and gives each the one drawn before it."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._cuts = CutDetector()
        self._before: Look | None = None
        self._held = 0

    def __call__(self, draft: Draft) -> Iterable[Draft]:
        draft.cut = self._cuts(draft.small) or self._before is None
        self._held = 0 if draft.cut else self._held + 1
        draft.fresh = self._held % self._hold == 0
        if draft.fresh:
            draft.before = None if draft.cut else self._before
            self._before = draft.small
        return (draft,)

    def flush(self) -> Iterable[Draft]:
        return ()

    def state(self) -> dict[str, Any]:
        return {"held": self._held, **pack("before", self._before), **_inside("cuts", self._cuts.state())}

    def restore(self, state: dict[str, Any]) -> None:
        self._before, self._held = unpack("before", state), int(state["held"])
        self._cuts.restore(_outside("cuts", state))


def prepare(draft: Draft, style: Style, calm: float) -> Draft:
    if draft.fresh:
        draft.prepared = style.prepare(draft.frame.planes)
        if draft.before is not None and calm > 0:
            draft.motion = measure(draft.before, draft.small)
    return draft


class Steady:
    """Calms what lines and tones are made from, and keeps the palette of the shot."""

    def __init__(self, style: Style, strength: float) -> None:
        self._style = style
        self._calm = Calm(strength)
        self._palette: Palette | None = None
        self._age = 0

    def __call__(self, draft: Draft) -> Iterable[Draft]:
        if draft.prepared is not None:
            old = draft.prepared
            y, luma, u, v, tensor = self._calm((old.y, old.luma, old.u, old.v, old.tensor), draft.motion)
            draft.prepared = replace(old, y=y, luma=luma, u=u, v=v, tensor=tensor)
            if self._style.colours:
                draft.palette = self._palette_for(draft.prepared, draft.cut)
        return (draft,)

    def flush(self) -> Iterable[Draft]:
        return ()

    def state(self) -> dict[str, Any]:
        centres = self._palette.centres if self._palette else np.zeros((0, 3), np.float32)
        return {"age": self._age, "centres": centres, **_inside("calm", self._calm.state())}

    def restore(self, state: dict[str, Any]) -> None:
        self._age = int(state["age"])
        self._calm.restore(_outside("calm", state))
        if len(state["centres"]):
            self._palette = Palette(self._style.colours)
            self._palette.restore({"colours": self._style.colours, "centres": state["centres"]})

    def _palette_for(self, prepared: Prepared, cut: bool) -> Palette:
        self._age = 0 if cut else self._age + 1
        if self._palette is None or cut:
            self._palette = Palette(self._style.colours)
            self._palette.fit([prepared])
        elif self._age % PALETTE_EVERY == 0:
            moved = Palette(self._style.colours)
            moved.restore(self._palette.state())
            moved.update(prepared)
            self._palette = moved
        return self._palette


def draw(draft: Draft, style: Style) -> Draft:
    if draft.prepared is not None:
        draft.drawn = style.render(draft.prepared, draft.palette)
        draft.prepared = None
    return draft


class Settle:
    """Calms the drawing itself, and repeats it for the frames that hold it."""

    def __init__(self, strength: float) -> None:
        self._calm = Calm(strength)
        self._last: Planes | None = None

    def __call__(self, draft: Draft) -> Iterable[Frame]:
        drawn = draft.drawn
        if drawn is not None:
            y, u, v = self._calm((drawn.y, drawn.u, drawn.v), draft.motion)
            self._last = Planes(y, u, v, drawn.full_range)
        assert self._last is not None
        return (draft.frame.replace(planes=replace(self._last)),)

    def flush(self) -> Iterable[Frame]:
        return ()

    def state(self) -> dict[str, Any]:
        last = (
            {}
            if self._last is None
            else {"y": self._last.y, "u": self._last.u, "v": self._last.v, "full": self._last.full_range}
        )
        return {**last, **_inside("calm", self._calm.state())}

    def restore(self, state: dict[str, Any]) -> None:
        if "y" in state:
            self._last = Planes(state["y"], state["u"], state["v"], bool(state["full"]))
        self._calm.restore(_outside("calm", state))


def _inside(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}.{key}": value for key, value in state.items()}


def _outside(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {key[len(name) + 1 :]: value for key, value in state.items() if key.startswith(f"{name}.")}
