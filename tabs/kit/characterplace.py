"""The boxes of pictures and places beside the seven steps: what is brought, marked and confirmed in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from pydantic import ValidationError

from studio.owners import owner_of
from studio.tasks import tasks
from tabs.kit.beside import Opened
from tabs.kit.characterkept import Kept, Mark
from tabs.kit.place import place_html
from tabs.kit.runbar import QUIET

if TYPE_CHECKING:
    from studio.studio import Studio

FACES = "keep_faces"
"""The setting for which a task asks for its owner's word."""


@dataclass(frozen=True)
class PlaceDesk:
    """What the boxes of these tools show, and what is done in them. Values go in as: what is kept, and then those of ``askers``."""

    studio: "Studio"
    opened: Sequence[Opened]

    @property
    def askers(self) -> list[gr.components.Component]:
        """Widgets by which a tool comes to ask for the word about rights."""
        return [opened.form.widgets[FACES] for opened in self.opened if _asks(opened)]

    def shown(self, kept: Any, request: gr.Request, *asked: Any) -> list[str]:
        """Each box."""
        known, owner, answers = Kept.of(kept), owner_of(request), iter(asked)
        return [self._box(opened, known, owner, answers, request) for opened in self.opened]

    def bring(self, task: str, event: gr.EventData, kept: Any, request: gr.Request, *asked: Any) -> list[Any]:
        """Another picture for a tool."""
        return self._changed(Kept.of(kept).with_picture(task, str(event.picture)), request, *asked)

    def mark(self, task: str, event: gr.EventData, kept: Any, request: gr.Request, *asked: Any) -> list[Any]:
        """Another place in a tool's picture; not one that was marked in a picture before."""
        known = Kept.of(kept)
        try:
            mark = Mark.model_validate({"picture": event.picture, "mask": event.mask, "hints": event.hints})
        except ValidationError:
            return self._changed(known, request, *asked)
        return self._changed(known.with_mark(task, mark), request, *asked)

    def confirm(self, task: str, kept: Any, request: gr.Request, *asked: Any) -> list[str]:
        self.studio.rights.confirm(owner_of(request), task)
        return self.shown(kept, request, *asked)

    def withdraw(self, task: str, kept: Any, request: gr.Request, *asked: Any) -> list[str]:
        self.studio.rights.withdraw(owner_of(request), task)
        return self.shown(kept, request, *asked)

    def _changed(self, kept: Kept, request: gr.Request, *asked: Any) -> list[Any]:
        value = kept.model_dump(mode="json")
        return [value, *self.shown(value, request, *asked)]

    def _box(self, opened: Opened, kept: Kept, owner: str, answers: Iterator[Any], request: gr.Request) -> str:
        task, place = opened.beside.task, opened.beside.place
        assert place is not None
        picture, mark = kept.picture_for(task), kept.mark_for(task)
        there = {asset.id: asset for asset in self.studio.library.those([picture], owner)} if picture else {}
        asks = _asks(opened) and bool(next(answers))
        confirmed = self.studio.rights.confirmed(owner, task) if asks else None
        return place_html(place, there.get(picture), task in kept.brought, mark, confirmed, request)


def wire_places(opened: Sequence[Opened], studio: "Studio", blocks: gr.Blocks, kept: Any) -> None:
    """The boxes follow what is kept, and change it."""
    desk = PlaceDesk(studio, [one for one in opened if one.place is not None])
    boxes = [one.place for one in desk.opened]
    given, now = [kept, *desk.askers], {**QUIET, "queue": False}
    for event in (blocks.load, kept.change, *(widget.change for widget in desk.askers)):  # type: ignore[attr-defined]
        event(desk.shown, given, boxes, trigger_mode="always_last", **now)
    for one in desk.opened:
        box: Any = one.place
        for event, way in ((box.bring, desk.bring), (box.mark, desk.mark)):
            event(_act(way, one.beside.task), given, [kept, *boxes], trigger_mode="always_last", **now)
        if _asks(one):
            for event, told in ((box.confirm, desk.confirm), (box.withdraw, desk.withdraw)):
                event(_word(told, one.beside.task), given, boxes, **now)


def _act(way: Any, task: str) -> Any:
    def called(event: gr.EventData, kept: Any, request: gr.Request, *asked: Any) -> Any:
        return way(task, event, kept, request, *asked)

    return called


def _word(way: Any, task: str) -> Any:
    def called(kept: Any, request: gr.Request, *asked: Any) -> Any:
        return way(task, kept, request, *asked)

    return called


def _asks(opened: Opened) -> bool:
    return tasks()[opened.beside.task].rights and FACES in opened.form.widgets
