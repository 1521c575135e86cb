"""A film drawn as a scene: prepared in parallel, steadied in order along the motion, drawn in parallel, settled in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engines.media.flow_control import Fold, Map, through
from engines.media.frame import Frame, Planes
from engines.style.picture import Prepared
from engines.style.scene import Scene
from engines.style.sheet import Sheet, SteadySheet, inside, outside
from engines.vision.calm import Calm
from engines.vision.cutout import ByRvm
from engines.vision.cuts import CutDetector
from engines.vision.flow import Motion, measure
from engines.vision.look import Look, look, pack, unpack
from engines.vision.matte import Person, SteadyMatte


@dataclass
class Draft:
    """A frame on its way to a drawing. ``fresh`` is false for a frame that repeats the drawing before it."""

    frame: Frame
    small: Look
    cut: bool = False
    fresh: bool = True
    before: Look | None = None
    motion: Motion | None = None
    front: Frame | None = None
    person: Person | None = None
    sheets: list[Sheet] = field(default_factory=list)
    behind: Planes | None = None


def stages(scene: Scene, calm: float, hold: int) -> Sequence[Map | Fold]:
    """Stages that turn Frames into drawn Frames. ``calm`` 0..1; a new drawing every ``hold`` frames and at cuts.

    People who are left as filmed move on every frame, and so does what is drawn behind them.
    """
    hold = hold if scene.front else 1
    in_order = (Fold(InOrder(scene.cut_out)),) if isinstance(scene.cut_out, ByRvm) else ()
    return (
        Map(begin),
        Fold(Shots(hold)),
        *in_order,
        Map(lambda draft: prepare(draft, scene, calm)),
        Fold(Steady(scene, calm)),
        Map(lambda draft: draw(draft, scene)),
        Fold(Settle(scene, calm, hold)),
        Map(lambda draft: compose(draft, scene)),
    )


def draw_one(frame: Frame, scene: Scene) -> Frame:
    """A single frame through the same stages."""
    return draw_film([frame], scene, 0.0)[0]


def draw_film(frames: Iterable[Frame], scene: Scene, calm: float) -> list[Frame]:
    """A few frames through the same stages, one after the other."""
    return through(stages(scene, calm, 1), frames)


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
        return {"held": self._held, **pack("before", self._before), **inside("cuts", self._cuts.state())}

    def restore(self, state: dict[str, Any]) -> None:
        self._before, self._held = unpack("before", state), int(state["held"])
        self._cuts.restore(outside("cuts", state))


class InOrder:
    """Cuts out with a network that remembers."""

    def __init__(self, cut_out: ByRvm) -> None:
        self._cut_out = cut_out

    def __call__(self, draft: Draft) -> Iterable[Draft]:
        cut = self._cut_out(draft.frame, draft.cut)
        if draft.fresh:
            draft.front, draft.person = cut.front, cut.person
        return (draft,)

    def flush(self) -> Iterable[Draft]:
        return ()

    def state(self) -> dict[str, Any]:
        return self._cut_out.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._cut_out.restore(state)


def prepare(draft: Draft, scene: Scene, calm: float) -> Draft:
    """Cut out, and let each drawer take its source apart; measure the motion where something will be carried along it."""
    if not draft.fresh:
        return draft
    front = draft.front or draft.frame
    if scene.cut_out is not None and draft.person is None:
        cut = scene.cut_out(draft.frame)
        front, draft.person = cut.front, cut.person
    behind = scene.seen_behind(draft.frame, draft.person)
    for drawer, source in zip(scene.drawers, (front, behind), strict=False):
        draft.sheets.append(Sheet(source, drawer.start(source) if drawer else None))
    carried = calm > 0 or (scene.cut_out is not None and scene.cut_out.steady)
    if draft.before is not None and carried:
        grain = any(isinstance(sheet.prepared, Prepared) and sheet.prepared.grainy for sheet in draft.sheets)
        draft.motion = measure(draft.before, draft.small, grain=grain)
    return draft


class Steady:
    """Calms what lines and tones are made from, keeps each shot's palette, and smooths the matte."""

    def __init__(self, scene: Scene, calm: float) -> None:
        self._sheets = [SteadySheet(drawer, calm) if drawer else None for drawer in scene.drawers]
        self._cut_out = scene.cut_out
        self._matte = SteadyMatte() if scene.cut_out is not None and scene.cut_out.steady else None

    def __call__(self, draft: Draft) -> Iterable[Draft]:
        for steady, sheet in zip(self._sheets, draft.sheets, strict=False):
            if steady is not None:
                steady(sheet, draft.motion, draft.cut)
        if self._matte is not None and draft.person is not None:
            draft.person = self._matte(draft.person, draft.motion)
        return (draft,)

    def flush(self) -> Iterable[Draft]:
        return ()

    def state(self) -> dict[str, Any]:
        state = inside("matte", self._matte.state()) if self._matte else {}
        state["found"] = self._cut_out is not None and self._cut_out.found
        for number, steady in enumerate(self._sheets):
            state |= inside(str(number), steady.state()) if steady else {}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        if self._matte is not None:
            self._matte.restore(outside("matte", state))
        if self._cut_out is not None and state["found"]:
            self._cut_out.found = True
        for number, steady in enumerate(self._sheets):
            if steady is not None:
                steady.restore(outside(str(number), state))


def draw(draft: Draft, scene: Scene) -> Draft:
    for drawer, sheet in zip(scene.drawers, draft.sheets, strict=False):
        sheet.drawn = drawer.finish(sheet.source, sheet.prepared, sheet.palette) if drawer else None
        sheet.prepared = None
    return draft


class Settle:
    """Calms the drawings themselves, and repeats them for the frames that hold them; finds what lies behind."""

    def __init__(self, scene: Scene, strength: float, hold: int) -> None:
        self._keeps = hold > 1
        self._calms = [Calm(strength * drawer.settling if drawer else 0.0) for drawer in scene.drawers]
        self._last: list[Planes | None] = [None for _ in scene.drawers]
        self._person: Person | None = None
        self._backdrop = scene.backdrop

    def __call__(self, draft: Draft) -> Iterable[Draft]:
        if draft.fresh:
            self._person = draft.person if self._keeps else None
            for number, sheet in enumerate(draft.sheets):
                self._settle(number, sheet, draft.motion)
        else:
            draft.person = self._person
            draft.sheets = [Sheet(draft.frame, drawn=_repeated(draft.frame, last)) for last in self._last]
        if self._backdrop is not None:
            draft.behind = self._backdrop(draft.frame)
        return (draft,)

    def _settle(self, number: int, sheet: Sheet, motion: Motion | None) -> None:
        drawn, calm = sheet.drawn, self._calms[number]
        if drawn is None:
            return
        if calm.amount > 0:
            planes = drawn.planes
            y, u, v = calm((planes.y, planes.u, planes.v), motion)
            sheet.drawn = drawn.replace(planes=Planes(y, u, v, planes.full_range), alpha=drawn.alpha)
        if self._keeps and sheet.drawn is not None:
            self._last[number] = sheet.drawn.planes

    def flush(self) -> Iterable[Draft]:
        return ()

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for number, (calm, last) in enumerate(zip(self._calms, self._last, strict=True)):
            planes = {} if last is None else {"y": last.y, "u": last.u, "v": last.v, "full": last.full_range}
            state |= inside(str(number), {**planes, **inside("calm", calm.state())})
        if self._person is not None:
            state |= {"alpha": self._person.alpha, "present": self._person.present}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        for number, calm in enumerate(self._calms):
            own = outside(str(number), state)
            calm.restore(outside("calm", own))
            if "y" in own:
                self._last[number] = Planes(own["y"], own["u"], own["v"], bool(own["full"]))
        if "alpha" in state:
            self._person = Person(state["alpha"], bool(state["present"]))


def compose(draft: Draft, scene: Scene) -> Frame:
    sheets = [sheet.drawn or sheet.source for sheet in draft.sheets]
    return scene.composed(draft.frame, sheets, draft.person.alpha if draft.person else None, draft.behind)


def _repeated(frame: Frame, last: Planes | None) -> Frame | None:
    return None if last is None else frame.replace(planes=replace(last), alpha=frame.alpha)
