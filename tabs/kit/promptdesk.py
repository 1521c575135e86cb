"""What the prompt tab does: sheets are made by jobs, changed by hand, kept in the browser, and written as text.

An act submits a job and follows it; ``take`` then puts what came of it beside what the visitor has changed meanwhile.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr
from pydantic import ValidationError

from studio.errors import StudioError
from studio.job import Job
from studio.owners import owner_of
from studio.prompting import prompt_of, slot_titles, style_titles
from studio.services import LLM
from studio.tasks._sheet import Line, Sheet
from studio.tasks.describe import DescribeResult
from studio.tasks.prompt import Dialect, PromptResult
from tabs.kit.begun import finished, stop, waits, watched
from tabs.kit.form import card_choices
from tabs.kit.i18n import language, say
from tabs.kit.promptask import Asked
from tabs.kit.prompthistory import history_html
from tabs.kit.promptkept import Kept
from tabs.kit.promptstatus import note_html, problem_html, standing_html
from tabs.kit.sheet import contact_html, sheet_html, text_html

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "prompt"
SHOWN = 4
"""How many parts of the page show what is kept: the browser's store, the sheet, the text, the history."""
ONE_LINE = ("again", "sharpen")
Begun = dict[str, str]
"""The job that the page waits for: its id, and how its sheet came about; or a sheet that comes from elsewhere; or nothing."""
Step = list[Any]
"""What is begun, and how it stands."""


class PromptDesk:
    """Acts give steps, everything else the parts of the page that show what is kept."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def restore(self, kept: Any, request: gr.Request) -> list[Any]:
        return self._shown(Kept.of(kept), request)

    def styles(self, request: gr.Request) -> Any:
        """The styles by their titles in the visitor's language."""
        titles = style_titles(language(request))
        choices = sorted(((title, name) for name, title in titles.items()), key=lambda item: item[0].casefold())
        return gr.update(choices=[(say("ui.prompt.no_style", request), ""), *choices])

    def writers(self, request: gr.Request) -> Any:
        """What can write: the best, the library, a server, and the model cards."""
        return gr.update(choices=card_choices(self._studio.cards, NAME, "model", request))

    def models(self, url: str, key: str, model: str | None, request: gr.Request) -> tuple[Any, str]:
        """The models of a server, and whether it answers."""
        given = Asked(url=url, key=key).services
        try:
            names = self._studio.models_of(LLM, given)
        except StudioError as error:
            return gr.skip(), error.text(language(request))
        chosen = model if model in names else next(iter(names), "")
        return gr.update(choices=names, value=chosen), say("ui.prompt.answers", request, count=len(names))

    def write(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """Sheets from the idea; without one, drawn."""
        asked = Asked(*values)
        draws = not asked.idea.strip() and asked.ask == "expand"
        yield from self._prompt("write", Kept.of(kept), asked, {"draw": True} if draws else {}, request)

    def draw(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """Sheets drawn at random, beside the locked lines; the idea isn't read."""
        drawn = {"draw": True, "idea": "", "ask": "expand"}
        yield from self._prompt("draw", Kept.of(kept), Asked(*values), drawn, request)

    def look_at(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """A sheet of what the picture shows, beside the locked lines."""
        asked = Asked(*values)

        def wanted() -> Mapping[str, Any]:
            return {"pictures": [asked.picture], "language": language(request)}

        yield from self._with_picture("describe", "describe", asked, wanted, request)

    def read(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """The prompt that stands in the picture's file, taken apart."""
        asked = replace(Asked(*values), idea="", ask="apart", count=1, style=None)
        yield from self._redone("read", Kept(dialect=Kept.of(kept).dialect), asked, request)

    def redefine(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """The sheet with its character as the picture shows it."""
        asked = replace(Asked(*values), ask="expand", count=1)
        yield from self._redone("redefine", Kept.of(kept), asked, request)

    def again(self, event: gr.EventData, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """Another tag in one line's place."""
        yield from self._one_line("again", {"draw": True, "ask": "expand"}, event, kept, values, request)

    def sharpen(self, event: gr.EventData, kept: Any, request: gr.Request, *values: Any) -> Iterator[Step]:
        """One line said more precisely."""
        yield from self._one_line("sharpen", {"ask": "sharpen"}, event, kept, values, request)

    def save(self, kept: Any, request: gr.Request) -> Iterator[Step]:
        """The sheet that is worked on, as a file in the library."""
        known = Kept.of(kept)
        yield from self._prompt("save", known, Asked(ask="apart", style=known.sheet.style), {"keep": True}, request)

    def batch(self, kept: Any, request: gr.Request) -> str:
        """A character drawn from each sheet of the contact sheet: a job for each; how many were begun."""
        sheets, owner, lang = Kept.of(kept).sheets, owner_of(request), language(request)
        try:
            for sheet in sheets:
                self._studio.submit("character", {"sheet": sheet.model_dump_json(), "language": lang}, owner)
        except StudioError as error:
            return problem_html(error.text(lang))
        return note_html(say("ui.prompt.batch", request, count=len(sheets)))

    def follow(self, begun: Begun, request: gr.Request) -> Iterator[Step]:
        """How the job stands that the page waits for."""
        if not waits(begun):
            yield [gr.skip(), gr.skip()]
            return
        for job in watched(self._studio, begun, request):
            yield [begun, standing_html(job, request)] if job else [{}, ""]

    def stop(self, begun: Begun, request: gr.Request) -> None:
        stop(self._studio, begun, request)

    def take(self, kept: Any, begun: Begun, request: gr.Request) -> list[Any]:
        """What has come of the job: what is kept now, and nothing more to wait for."""
        job = finished(self._studio, begun, request)
        if job is None or job.result is None or begun["how"] == "save":
            return [{}, *[gr.skip()] * SHOWN]
        return [{}, *self._shown(_with(Kept.of(kept), job, begun["how"]), request)]

    def edit(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Lines as the visitor's hand has left them; only the text is shown anew, unless a line was added."""
        known = _by_hand(event, kept)
        if known is None:
            return [gr.skip()] * SHOWN
        section = getattr(event, "add", None)
        if section:
            new = Line(section=section, text=say("ui.sheet.new", request), locked=True)
            known = known.changed(known.sheet.model_copy(update={"lines": (*known.sheet.lines, new)}))
            return self._shown(known.shown(known.sheets, known.chosen), request)
        return [known.model_dump(mode="json"), gr.skip(), self._text(known, request), gr.skip()]

    def choose(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Another sheet of the contact sheet."""
        known = Kept.of(kept)
        return self._shown(known.shown(known.sheets, int(event.number)), request)

    def back(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """An earlier sheet."""
        return self._shown(Kept.of(kept).back(int(event.number)), request)

    def dialect(self, name: Dialect, kept: Any, request: gr.Request) -> list[Any]:
        known = Kept.of(kept).model_copy(update={"dialect": name})
        return [known.model_dump(mode="json"), gr.skip(), self._text(known, request), gr.skip()]

    def load(self, kept: Any, begun: Begun, request: gr.Request) -> list[Any]:
        """The sheet of settings that were loaded, in place of the one that is worked on."""
        if not begun or not begun.get("sheet"):
            return [gr.skip(), *[gr.skip()] * SHOWN]
        sheet = Sheet.model_validate_json(begun["sheet"])
        return [{}, *self._shown(Kept.of(kept).made("load", [sheet]), request)]

    def _one_line(
        self, how: str, more: Mapping[str, Any], event: gr.EventData, kept: Any, values: Any, request: gr.Request
    ) -> Iterator[Step]:
        known = _by_hand(event, kept)
        if known is None:
            yield [gr.skip(), gr.skip()]
            return
        asked = replace(Asked(*values), idea="", count=1, style=known.sheet.style)
        yield from self._prompt(how, known, asked, {**more, "line": int(event.line)}, request)

    def _redone(self, how: str, kept: Kept, asked: Asked, request: gr.Request) -> Iterator[Step]:
        def wanted() -> Mapping[str, Any]:
            more = {"picture": asked.picture}
            return asked.request(kept, more, self._studio.library, owner_of(request), language(request))

        yield from self._with_picture(how, NAME, asked, wanted, request)

    def _with_picture(
        self, how: str, task: str, asked: Asked, wanted: Callable[[], Mapping[str, Any]], request: gr.Request
    ) -> Iterator[Step]:
        if asked.picture:
            yield from self._job(how, task, wanted, asked, request)
        else:
            yield [{}, problem_html(say("ui.prompt.no_picture", request))]

    def _prompt(
        self, how: str, kept: Kept, asked: Asked, more: Mapping[str, Any], request: gr.Request
    ) -> Iterator[Step]:
        def wanted() -> Mapping[str, Any]:
            return asked.request(kept, more, self._studio.library, owner_of(request), language(request))

        yield from self._job(how, NAME, wanted, asked, request)

    def _job(
        self, how: str, task: str, wanted: Callable[[], Mapping[str, Any]], asked: Asked, request: gr.Request
    ) -> Iterator[Step]:
        """A job from its submission to its end."""
        try:
            job = self._studio.submit(task, wanted(), owner_of(request), asked.services)
        except StudioError as error:
            yield [{}, problem_html(error.text(language(request)))]
            return
        yield from self.follow({"id": job.id, "how": how}, request)

    def _shown(self, kept: Kept, request: gr.Request) -> list[Any]:
        slots = slot_titles(language(request))
        drawn = contact_html(kept.sheets, kept.chosen, request) + sheet_html(kept.sheet, slots, kept.turn, request)
        return [kept.model_dump(mode="json"), drawn, self._text(kept, request), history_html(kept, request)]

    def _text(self, kept: Kept, request: gr.Request) -> str:
        return text_html(prompt_of(kept.sheet, kept.dialect) if kept.sheet.lines else None, request)


def _with(kept: Kept, job: Job, how: str) -> Kept:
    """What is kept, with a job's result."""
    if job.task == "describe":
        (seen,) = DescribeResult.model_validate(job.result).pictures
        return kept.made(how, [Sheet(lines=(*kept.sheet.locked, *seen.sheet.lines))]) if seen.sheet.lines else kept
    sheets = [prompt.sheet for prompt in PromptResult.model_validate(job.result).prompts]
    return kept.remade(how, sheets[0]) if how in ONE_LINE else kept.made(how, sheets)


def _by_hand(event: gr.EventData, kept: Any) -> Kept | None:
    """What is kept with the lines that the page sent; None where these are not of what is kept now."""
    known = Kept.of(kept)
    try:
        sheet = Sheet.model_validate(event.sheet)
    except ValidationError:
        return None
    return known.changed(sheet) if str(event.turn) == known.turn else None
