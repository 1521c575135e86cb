"""What the face swap tab does: who is in the target, which photos they get, which frame is tried, and the word about rights."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.owners import owner_of
from studio.paths import ASSETS
from studio.tasks.faces import PersonFound
from tabs.kit.given import EVERYONE, IDENTITY, WAYS, Given
from tabs.kit.i18n import language, say
from tabs.kit.paint import paint_box
from tabs.kit.people import SHOWN, again, cards, frame_slider, looking
from tabs.kit.roll import Roll
from tabs.kit.runbar import has_result
from tabs.kit.view import player, sentence

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "face_swap"
SAMPLE = ASSETS / "samples" / "portraits.mp4"
AUTO = -1.0
"""The moment of a frame that nobody has chosen yet."""
PLACED = 7
"""How many parts of the page show a target."""
AROUND_S = 0.5
"""How far spans may be off: people are looked for in steps."""


class SwapDesk:
    """``kept`` is a ``Given`` as the browser keeps it, ``at`` the second of the frame that is tried."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio
        self._roll = Roll(studio)

    def restore(self, kept: Any, at: Any, job: str, request: gr.Request) -> list[Any]:
        """What the visitor had here last, else the sample. The stage is left to a job's result."""
        owner, given = owner_of(request), Given.of(kept)
        if not self._studio.library.owns(given.target, owner):
            given, at = given.onto(self._studio.library.add(SAMPLE, owner).id), AUTO
        drawn = self._placed(given, _moment(at), request)
        stage = gr.skip() if has_result(self._studio, job, owner) else drawn[-1]
        return [*drawn[:-2], gr.skip(), stage]

    def upload(self, file: str | None, kept: Any, request: gr.Request) -> list[Any]:
        """Another target; without a file the sample. People are no longer looked for in the one before."""
        owner, given = owner_of(request), Given.of(kept)
        try:
            asset = self._studio.library.add(Path(file) if file else SAMPLE, owner)
            if asset.id != given.target:
                self._roll.stop(given.target, owner)
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return [gr.skip()] * PLACED
        return self._placed(given.onto(asset.id), AUTO, request)

    def receive(self, asset: Asset | None, values: Mapping[str, Any] | None, request: gr.Request) -> list[Any]:
        """A file that was sent here, or one with the settings that made another."""
        if asset is None:
            return [gr.skip()] * PLACED
        values = values or {}
        by = values.get("by", IDENTITY)
        photos = dict(values.get("map") or {}) if by in WAYS else {}
        sent = {"photos": {**photos, EVERYONE: values.get("source") or ()}, "mask": values.get("mask_brush"), "by": by}
        given = Given.of({"target": asset.id, **sent})
        return self._placed(given, AUTO, request)

    def look(self, kept: Any, request: gr.Request) -> Iterator[str]:
        """Look for the people of the target, unless they are known; how it goes on."""
        owner, target = owner_of(request), Given.of(kept).target
        if not target:
            yield ""
            return
        try:
            for job in self._studio.watch(self._roll.call(target, owner).id, owner):
                if job.state == "done":
                    yield ""
                elif job.over:
                    error = job.error
                    told = say(f"error.{error[0]}", request, **error[1]) if error else sentence(job, language(request))
                    yield again(told, request)
                else:
                    yield looking(say("ui.people.looking", request), job.done, job.total or 0, request)
        except StudioError as error:
            yield again(error.text(language(request)), request)

    def found(self, kept: Any, at: Any, request: gr.Request) -> list[Any]:
        """The cards of the people, and a frame that shows somebody, unless one was chosen."""
        owner, given = owner_of(request), Given.of(kept)
        at, people = _moment(at), self._roll.people(given.target, owner)
        if at == AUTO and people:
            at = people[0].at
        return [at, self._cards(given, request), self._slider(given, at, request)]

    def halt(self, kept: Any, request: gr.Request) -> None:
        """Stop looking for people."""
        try:
            self._roll.stop(Given.of(kept).target, owner_of(request))
        except StudioError as error:
            gr.Info(error.text(language(request)))

    def give(self, event: gr.EventData, kept: Any, at: Any, request: gr.Request) -> list[Any]:
        """Other photos, as the visitor's hand has left them; the frame moves to one in which who got a photo is seen."""
        owner, given = owner_of(request), Given.of(kept)
        if str(event.turn) != given.turn:
            return [gr.skip()] * 4
        sent = Given.of({"photos": event.photos}).photos
        given = replace(given, photos=sent).there(self._studio.library, owner)
        chosen, moved = _moment(at), gr.skip()
        for person in self._roll.people(given.target, owner) or ():
            if person.name == event.person and not _seen(person, chosen):
                chosen, moved = person.at, self._slider(given, person.at, request)
        return [given.kept(), chosen, self._cards(given, request), moved]

    def pick(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Another frame."""
        at = _moment(event.at)
        return [at, self._slider(Given.of(kept), at, request)]

    def mask(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Another painted mask, or none; not one that was painted over the target before."""
        owner, given = owner_of(request), Given.of(kept)
        if str(event.over) != given.target:
            return [gr.skip()] * 2
        given = replace(given, mask=str(event.mask)).there(self._studio.library, owner)
        return [given.kept(), paint_box(given, self._target(given, owner), request)]

    def tell_apart(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Another way to tell people apart."""
        given = Given.of({**Given.of(kept).kept(), "by": event.by})
        return [given.kept(), self._cards(given, request)]

    def confirm(self, kept: Any, request: gr.Request) -> str:
        self._studio.rights.confirm(owner_of(request), NAME)
        return self._cards(Given.of(kept), request)

    def withdraw(self, kept: Any, request: gr.Request) -> str:
        self._studio.rights.withdraw(owner_of(request), NAME)
        return self._cards(Given.of(kept), request)

    def ready(self, request: gr.Request, kept: Any, *_: Any) -> bool:
        """Whether a frame can be tried: the rights are confirmed, somebody has got a photo, and nobody is
        being looked for whose face has to be known.
        """
        owner, given = owner_of(request), Given.of(kept)
        if not self._studio.rights.confirmed(owner, NAME) or not given.anybody:
            return False
        if given.by != IDENTITY:
            return True
        job = self._roll.known(given.target, owner)
        return job is None or job.over

    def asked(self, kept: Any, request: gr.Request) -> dict[str, Any]:
        """The part of a request that the cards make. Pictures of who is who go with it while they are there; without them
        the engine looks by itself.
        """
        owner = owner_of(request)
        given = Given.of(kept).there(self._studio.library, owner)
        people = self._roll.people(given.target, owner) if given.by == IDENTITY else None
        photos = given.of_people()
        if people is not None:
            there = {person.name for person in people}
            photos = {name: ids for name, ids in photos.items() if name in there}
        everyones = list(given.photos.get(EVERYONE, ()))
        asked: dict[str, Any] = {"target": given.target, "source": everyones, "map": photos, "by": given.by}
        if given.mask:
            asked["mask_brush"] = given.mask
        if people and photos:
            known = {person.name: [person.crop] for person in people[:SHOWN]}
            asked["references"] = known
        return asked

    def moment(self, request: gr.Request, kept: Any, at: Any, *_: Any) -> dict[str, Any]:
        """The frame of a preview, where one is chosen; of the people only those who are about to be seen in it are asked for."""
        owner, given, at = owner_of(request), Given.of(kept), _moment(at)
        target = self._target(given, owner)
        if target is None or target.kind != "video" or at == AUTO:
            return {}
        asked, people = self.asked(kept, request), self._roll.people(given.target, owner) or ()
        seen = {person.name for person in people if _seen(person, at, AROUND_S)}
        photos = {name: ids for name, ids in asked["map"].items() if name in seen}
        if "references" not in asked or not (photos or asked["source"]):
            return {"at": at}
        known = {name: crops for name, crops in asked["references"].items() if photos and name in seen}
        return {"at": at, "map": photos, "references": known}

    def keep(self, path: Path, request: gr.Request) -> str:
        """The id of an upload in the library."""
        return self._studio.library.add(path, owner_of(request)).id

    def _placed(self, given: Given, at: float, request: gr.Request) -> list[Any]:
        """Given, moment, cards, slider, mask, status and stage for a target."""
        owner = owner_of(request)
        given = given.there(self._studio.library, owner)
        target, people = self._target(given, owner), self._roll.people(given.target, owner)
        if at == AUTO and people:
            at = people[0].at
        stage = player(target) if target else ""
        drawn = [self._cards(given, request), self._slider(given, at, request), paint_box(given, target, request)]
        return [given.kept(), at, *drawn, "", stage]

    def _cards(self, given: Given, request: gr.Request) -> str:
        owner = owner_of(request)
        people, confirmed = self._roll.people(given.target, owner), self._studio.rights.confirmed(owner, NAME)
        return cards(given, people, self._target(given, owner), confirmed, request)

    def _slider(self, given: Given, at: float, request: gr.Request) -> str:
        target = self._target(given, owner_of(request))
        middle = (target.seconds or 0.0) / 2 if target else 0.0
        return frame_slider(target, middle if at == AUTO else at, request)

    def _target(self, given: Given, owner: str) -> Asset | None:
        return next(iter(self._studio.library.those([given.target], owner)), None)


def _moment(at: Any) -> float:
    return float(at) if isinstance(at, int | float) and at >= 0 else AUTO


def _seen(person: PersonFound, at: float, around: float = 0.0) -> bool:
    return any(start - around <= at < end + around for start, end in person.spans)
