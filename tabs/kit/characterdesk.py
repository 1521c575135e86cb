"""What the character tab does: steps are made by jobs, changed by hand, and kept in the browser."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr
from pydantic import ValidationError

from studio.asset import Asset
from studio.errors import StudioError
from studio.figures import parts_beside
from studio.job import Job
from studio.owners import owner_of
from studio.prompting import prompt_of, slot_titles
from studio.tasks._figure import Character
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import STEPS, CharacterResult, Choice, Step, step_number
from tabs.kit.begun import finished, stop, waits, watched
from tabs.kit.characterask import request_of
from tabs.kit.characterkept import Kept
from tabs.kit.characterpast import CharacterPast
from tabs.kit.i18n import language, say
from tabs.kit.leading import leading_html
from tabs.kit.steps import browser_html, packs_html, steps_html
from tabs.kit.view import download, facts, live, player, sends, status

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "character"
LORAS = "diffusion_loras"
MOST_PAGES = 1000
"""So many open pages are known by what they show last."""
Begun = dict[str, str]
"""The job that the page waits for: its id, and the first and the last step that it makes; or a sheet that comes from elsewhere; or
nothing.
"""


class CharacterDesk:
    """Each act on steps submits a job and follows it; ``take`` puts what came of it beside what was changed meanwhile."""

    def __init__(self, studio: "Studio", receivers: Mapping[str, Any]) -> None:
        self._studio, self._receivers = studio, receivers
        self._past = CharacterPast(studio)
        self._turns: OrderedDict[str, str] = OrderedDict()

    def past(self, kept: Any, request: gr.Request) -> str:
        """The tree of what came of what."""
        return self._past.shown(Kept.of(kept).job, request)

    def back(self, job_id: str, request: gr.Request) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What was kept at the end of a job, and the form's values then."""
        found = self._past.state(job_id, owner_of(request))
        return (found[0].model_dump(mode="json"), found[1]) if found else None

    def restore(self, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        return self._shown(Kept.of(kept), settings, request)

    def renew(self, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """The steps by other settings; nothing where something else has been shown since it was asked for, as a sheet that came along
        with these settings.
        """
        known, page = Kept.of(kept), str(request.session_hash)
        shown = self._seen(known, settings, request)
        return shown if self._turns.get(page, known.turn) == known.turn else [gr.skip() for _ in shown]

    def all_steps(
        self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], services: Any, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Somebody new, from the idea or by chance to the finished picture; locked lines and chosen parts stay."""
        yield from self._job(Kept.of(kept), settings, "tags", "upscale", services, request, anew=True)

    def step(
        self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], services: Any, request: gr.Request
    ) -> Iterator[list[Any]]:
        """One step; all that must be made up to it; or one by another seed."""
        known, wanted, how = _by_hand(event, Kept.of(kept)), event.step, event.how
        first: Step = wanted if how != "to" else known.first_stale(wanted, settings)
        before = known.first_stale(wanted, settings)
        if step_number(before) < step_number(first) and not all(known.has(step) for step in _before(first)):
            first = before
        yield from self._job(known, settings, first, wanted, services, request, anew=how == "again")

    def pack(
        self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], services: Any, request: gr.Request
    ) -> Iterator[list[Any]]:
        """What is there as a file in layers."""
        known = Kept.of(kept)
        more = {"output_format": str(event.format)}
        yield from self._job(known, {**settings, **more}, "upscale", "upscale", services, request, anew=False)

    def follow(self, begun: Begun, request: gr.Request) -> Iterator[list[Any]]:
        """How the job stands that the page waits for: what is begun, status and stage."""
        if not waits(begun):
            yield [gr.skip(), gr.skip(), gr.skip()]
            return
        for job in watched(self._studio, begun, request):
            stage = live(job) if job and job.state == "running" and job.pictured else gr.skip()
            standing = status(job, language(request)) if job and job.state != "done" else ""
            yield [begun if job else {}, standing, stage]

    def take(self, kept: Any, begun: Begun, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """What has come of the job: nothing more to wait for, and what is kept now."""
        job = finished(self._studio, begun, request)
        if job is None or job.result is None:
            return [{}, *[gr.skip()] * 3]
        result = CharacterResult.model_validate(job.result)
        if begun.get("pack"):
            known = Kept.of(kept)
            packs = {**known.packs, begun["pack"]: result.output or ""}
            return [{}, *self._shown(known.model_copy(update={"packs": packs}), settings, request)]
        first, until = begun["first"], begun["until"]
        taken = Kept.of(kept).taken(result, first, until, settings)  # type: ignore[arg-type]
        return [{}, *self._shown(taken.model_copy(update={"job": job.id}), settings, request, job)]

    def given(self, values: Mapping[str, Any]) -> Begun:
        """What comes from elsewhere, for the page to take up: a sheet, and the parts that were worn."""
        worn = Character.model_validate_json(values["figure"]).parts if values.get("figure") else ()
        style = str(values.get("diffusion_style_picture") or "")
        return {"sheet": str(values.get("sheet") or ""), "worn": "\n".join(worn), "style": style}

    def load(self, kept: Any, begun: Begun, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """A sheet from elsewhere in place of the one that is there; everything that was made of that is out of date."""
        if not begun or not begun.get("sheet"):
            return [gr.skip()] * 4
        sheet = Sheet.model_validate_json(begun["sheet"])
        worn = tuple(begun.get("worn", "").splitlines())
        known = Kept.of(kept).begun_with(sheet, prompt_of(sheet, "sd").prompt, worn, settings)
        known = known.model_copy(update={"style_picture": begun.get("style", "")})
        return [{}, *self._shown(known, settings, request)]

    def stop(self, begun: Begun, request: gr.Request) -> None:
        stop(self._studio, begun, request)

    def edit(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """Lines as the visitor's hand has left them."""
        known = _by_hand(event, Kept.of(kept))
        section = getattr(event, "add", None)
        if section:
            new = Line(section=section, text=say("ui.sheet.new", request), locked=True)
            known = known.changed("tags", sheet=known.sheet.model_copy(update={"lines": (*known.sheet.lines, new)}))
            return self._shown(known, settings, request)
        return [known.model_dump(mode="json"), gr.skip(), gr.skip()]

    def browse(self, event: gr.EventData, request: gr.Request) -> str:
        """The parts beside one."""
        return browser_html(str(event.part), parts_beside(str(event.part), language(request)), request)

    def wear(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """Another part in the place of one of its kind, which then stays; or that kind left out."""
        known, name = Kept.of(kept), str(event.part)
        kind = name.partition("/")[0]
        titles = parts_beside(name, language(request))
        others = [one for one in known.found if one.part.partition("/")[0] != kind]
        old = next((one for one in known.found if one.part.partition("/")[0] == kind), None)
        worn = [part for part in known.worn if part.partition("/")[0] != kind]
        parts = [part for part in known.character.parts if part.partition("/")[0] != kind]
        if getattr(event, "away", False):
            found = others
        else:
            region = old.region if old else "torso"
            new = Choice(region=region, part=name, title=titles[name], how="given")
            found = [new if one is old else one for one in known.found] if old else [*others, new]
            worn, parts = [*worn, name], [*parts, name]
        character = known.character.model_copy(update={"parts": tuple(parts)})
        changed = known.changed("library", found=tuple(found), worn=tuple(worn), character=character, painted="")
        return ["", *self._shown(changed, settings, request)]

    def paint(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """A map of regions that the visitor has painted; an empty one is the parts' own again."""
        return self._shown(Kept.of(kept).changed("library", painted=str(event.map)), settings, request)

    def own(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """An own picture for a region, or none any more."""
        known = Kept.of(kept)
        pictures = {region: one for region, one in known.pictures.items() if region != event.region}
        if event.picture:
            pictures[str(event.region)] = str(event.picture)
        return self._shown(known.changed("library", pictures=pictures), settings, request)

    def style(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """Another picture whose style the drawing takes, or none; it belongs to what step 4 is given."""
        return self._shown(Kept.of(kept).changed("masks", style_picture=str(event.picture)), settings, request)

    def spot(self, event: gr.EventData, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """A face or hand that is to be taken, or left as it was drawn."""
        known, number = Kept.of(kept), int(event.number)
        refused = tuple(sorted({*known.refused} ^ {number}))
        return self._shown(known.model_copy(update={"refused": refused}), settings, request)

    def take_lines(self, kept: Any, settings: Mapping[str, Any], request: gr.Request) -> list[Any]:
        """The lines as the drawing shows them, in place of the sheet's."""
        known = Kept.of(kept)
        return self._shown(known.changed("tags", sheet=known.described, gone=(), come=()), settings, request)

    def _job(
        self,
        kept: Kept,
        settings: Mapping[str, Any],
        first: Step,
        until: Step,
        services: Any,
        request: gr.Request,
        *,
        anew: bool,
    ) -> Iterator[list[Any]]:
        """A job from its submission to its end."""
        try:
            wanted = request_of(kept, settings, first, until, language(request), anew=anew)
            job = self._studio.submit(NAME, wanted, owner_of(request), services)
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            yield [{}, gr.skip(), gr.skip()]
            return
        pack = str(wanted.get("output_format", ""))
        yield from self.follow({"id": job.id, "first": first, "until": until, "pack": pack}, request)

    def _shown(self, kept: Kept, settings: Mapping[str, Any], request: gr.Request, job: Job | None = None) -> list[Any]:
        """What is kept, the steps, and the stage; from now on this is what the page shows."""
        page = str(request.session_hash)
        self._turns[page] = kept.turn
        self._turns.move_to_end(page)
        if len(self._turns) > MOST_PAGES:
            self._turns.popitem(last=False)
        return self._seen(kept, settings, request, job)

    def _seen(self, kept: Kept, settings: Mapping[str, Any], request: gr.Request, job: Job | None = None) -> list[Any]:
        lang, owner = language(request), owner_of(request)
        ids = {kept.preliminary, kept.masks, kept.drawing, kept.refined, kept.output, *kept.pictures.values()}
        ids |= {*kept.packs.values(), kept.style_picture}
        ids |= {side for spot in kept.spots for side in (spot.before, spot.after)}
        ids |= {choice.picture for choice in kept.found}
        assets = {asset.id: asset for asset in self._studio.library.those([*filter(None, ids)], owner)}
        end = ""
        if kept.output in assets:
            made = assets[kept.output]
            others = [name for name in self._receivers if name != NAME]
            end = f'<div class="at-acts">{download(made, lang)}{sends(made, others, lang)}</div>{packs_html(kept, assets, request)}'
        ends: dict[Step, str] = {"draw": self._leading(kept, settings, assets, request), "upscale": end}
        steps = steps_html(kept, settings, slot_titles(lang), assets, ends, request)
        return [kept.model_dump(mode="json"), steps, _stage(kept, assets) + (facts(job, lang) if job else "")]

    def _leading(
        self, kept: Kept, settings: Mapping[str, Any], assets: Mapping[str, Asset], request: gr.Request
    ) -> str:
        """What leads a model that draws."""
        cards = self._studio.cards.of_kind(NAME, "lora")
        titles = {card.id: card.title.text(language(request)) for card in cards}
        return leading_html(assets.get(kept.style_picture), str(settings.get(LORAS) or ""), titles, request)


def _stage(kept: Kept, assets: Mapping[str, Asset]) -> str:
    """The furthest picture that there is."""
    newest = next((one for one in (kept.output, kept.refined, kept.drawing, kept.preliminary) if one in assets), None)
    return player(assets[newest]) if newest else ""


def _before(step: Step) -> list[Step]:
    return list(STEPS[: step_number(step)])


def _by_hand(event: gr.EventData, kept: Kept) -> Kept:
    """What is kept with the lines that the page sent, where it sent any and they are of what is kept now."""
    sent = getattr(event, "sheet", None)
    if sent is None or str(getattr(event, "turn", "")) != kept.turn:
        return kept
    try:
        sheet = Sheet.model_validate(sent)
    except ValidationError:
        return kept
    turn = kept.turn
    return kept.changed("tags", sheet=sheet).model_copy(update={"turn": turn}) if sheet != kept.sheet else kept
