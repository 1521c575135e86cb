"""What the prompt tab does: sheets are made by jobs, changed by hand, kept in the browser, and written as text."""

import secrets
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from pydantic import BaseModel, ValidationError

from studio.errors import StudioError
from studio.job import Job
from studio.owners import owner_of
from studio.prompting import prompt_of, slot_titles, style_titles
from studio.services import LLM
from studio.tasks._sheet import Line, Sheet
from studio.tasks.describe import DescribeResult
from studio.tasks.prompt import Dialect, Prompt, PromptResult
from tabs.kit.i18n import language, say
from tabs.kit.sheet import contact_html, sheet_html, text_html
from tabs.kit.view import sentence

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "prompt"
MOST_KEPT = 24
SHOWN = 4
"""How many parts of the page show what is kept."""


class Kept(BaseModel):
    """What the browser keeps: the sheets that were made, and which of them is worked on. ``turn`` is new with other lines."""

    sheets: tuple[Sheet, ...] = ()
    chosen: int = 0
    turn: str = ""
    dialect: Dialect = "sd"

    @classmethod
    def of(cls, kept: Any) -> "Kept":
        """What was kept, or nothing where it can't be read."""
        try:
            return cls.model_validate(kept or {})
        except ValidationError:
            return cls()

    @property
    def sheet(self) -> Sheet:
        return self.sheets[self.chosen] if self.chosen < len(self.sheets) else Sheet()

    def other(self, sheets: Sequence[Sheet], chosen: int = 0) -> "Kept":
        """With other lines on the page."""
        return self.model_copy(update={"sheets": tuple(sheets), "chosen": chosen, "turn": secrets.token_hex(4)})

    def changed(self, sheet: Sheet) -> "Kept":
        """With the chosen sheet as the visitor's hand has left it."""
        sheets = list(self.sheets) or [Sheet()]
        sheets[min(self.chosen, len(sheets) - 1)] = sheet
        return self.model_copy(update={"sheets": tuple(sheets)})


@dataclass(frozen=True)
class Asked:
    """The widgets of the left side, in their order."""

    idea: str = ""
    picture: str | None = None
    style: str | None = None
    spread: float = 0.5
    count: float = 1
    ask: str = "expand"
    lists: Sequence[str] | None = None
    url: str = ""
    key: str = ""
    model: str | None = ""

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """The language model's server that the visitor gives."""
        return {LLM: {"url": self.url or "", "key": self.key or "", "model": self.model or ""}}


class PromptDesk:
    """Each method gives the parts of the page: what is kept, the sheet, the text, and how the work stands."""

    def __init__(self, studio: "Studio") -> None:
        self._studio = studio

    def restore(self, kept: Any, request: gr.Request) -> list[Any]:
        return self._shown(Kept.of(kept), "", request)

    def styles(self, request: gr.Request) -> Any:
        """The styles by their titles in the visitor's language."""
        titles = style_titles(language(request))
        choices = sorted(((title, name) for name, title in titles.items()), key=lambda item: item[0].casefold())
        return gr.update(choices=[(say("ui.prompt.no_style", request), ""), *choices])

    def models(self, url: str, key: str, model: str | None, request: gr.Request) -> tuple[Any, str]:
        """The models of a server, and whether it answers."""
        given = Asked(url=url, key=key).services
        try:
            names = self._studio.models_of(LLM, given)
        except StudioError as error:
            return gr.skip(), error.text(language(request))
        chosen = model if model in names else next(iter(names), "")
        return gr.update(choices=names, value=chosen), say("ui.prompt.answers", request, count=len(names))

    def write(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[list[Any]]:
        """Sheets from the idea; without one, drawn."""
        asked = Asked(*values)
        given = {} if asked.idea.strip() or asked.ask != "expand" else {"draw": True}
        yield from self._make(Kept.of(kept), asked, given, request)

    def draw(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[list[Any]]:
        """Sheets drawn at random, beside the locked lines; the idea isn't read."""
        yield from self._make(Kept.of(kept), replace(Asked(*values), idea="", ask="expand"), {"draw": True}, request)

    def look_at(self, kept: Any, request: gr.Request, *values: Any) -> Iterator[list[Any]]:
        """A sheet of what a picture shows, beside the locked lines."""
        known, asked = Kept.of(kept), Asked(*values)
        if not asked.picture:
            yield [gr.skip(), gr.skip(), gr.skip(), say("ui.prompt.no_picture", request)]
            return
        picture = Path(asked.picture)

        def wanted() -> dict[str, Any]:
            kept_picture = self._studio.library.add(picture, owner_of(request)).id
            return {"pictures": [kept_picture], "language": language(request)}

        job = yield from self._done("describe", wanted, asked, request)
        if job is not None:
            (shown,) = DescribeResult.model_validate(job.result).pictures
            lines = (*known.sheet.locked, *shown.sheet.lines)
            told = "" if shown.sheet.lines else shown.problem or say("ui.prompt.nothing_sure", request)
            yield self._shown(known.other([Sheet(lines=lines)]), told, request)

    def again(self, event: gr.EventData, kept: Any, request: gr.Request, *values: Any) -> Iterator[list[Any]]:
        """Another tag in one line's place."""
        known = self._by_hand(event, kept)
        if known is None:
            yield [gr.skip()] * SHOWN
            return
        asked = replace(Asked(*values), idea="", ask="expand", count=1, style=known.sheet.style)
        yield from self._make(known, asked, {"draw": True, "line": int(event.line)}, request)

    def edit(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Lines as the visitor's hand has left them; only the text is shown anew, unless a line was added."""
        known = self._by_hand(event, kept)
        if known is None:
            return [gr.skip()] * SHOWN
        section = getattr(event, "add", None)
        if section:
            new = Line(section=section, text=say("ui.sheet.new", request), locked=True)
            sheet = known.sheet.model_copy(update={"lines": (*known.sheet.lines, new)})
            return self._shown(known.changed(sheet).other(known.changed(sheet).sheets, known.chosen), "", request)
        return [known.model_dump(mode="json"), gr.skip(), self._text(known, request), ""]

    def choose(self, event: gr.EventData, kept: Any, request: gr.Request) -> list[Any]:
        """Another sheet of the contact sheet."""
        known = Kept.of(kept)
        return self._shown(known.other(known.sheets, int(event.number)), "", request)

    def dialect(self, name: Dialect, kept: Any, request: gr.Request) -> list[Any]:
        known = Kept.of(kept).model_copy(update={"dialect": name})
        return [known.model_dump(mode="json"), gr.skip(), self._text(known, request), gr.skip()]

    def _make(self, kept: Kept, asked: Asked, more: Mapping[str, Any], request: gr.Request) -> Iterator[list[Any]]:
        job = yield from self._done(NAME, lambda: self._request(kept, asked, more, request), asked, request)
        if job is not None:
            made = PromptResult.model_validate(job.result)
            yield self._shown(kept.other([prompt.sheet for prompt in made.prompts]), "", request)

    def _done(
        self, task: str, values: Callable[[], Mapping[str, Any]], asked: Asked, request: gr.Request
    ) -> Generator[list[Any], None, Job | None]:
        """The job once it is done; what it says on its way, and why it isn't, stands in the status."""
        lang = language(request)
        try:
            begun = self._studio.submit(task, values(), owner_of(request), asked.services)
            for job in self._studio.watch(begun.id, begun.owner):
                if not job.over:
                    yield [gr.skip(), gr.skip(), gr.skip(), sentence(job, lang)]
        except StudioError as error:
            yield [gr.skip(), gr.skip(), gr.skip(), error.text(lang)]
            return None
        if job.state == "done":
            return job
        told = say(f"error.{job.error[0]}", request, **job.error[1]) if job.error else sentence(job, lang)
        yield [gr.skip(), gr.skip(), gr.skip(), told]
        return None

    def _request(self, kept: Kept, asked: Asked, more: Mapping[str, Any], request: gr.Request) -> dict[str, Any]:
        owner = owner_of(request)
        sheet = (
            kept.sheet
            if asked.ask in ("vary", "matrix", "translate") or "line" in more
            else Sheet(lines=kept.sheet.locked)
        )
        wanted: dict[str, Any] = {
            "idea": asked.idea,
            "style": asked.style or None,
            "spread": asked.spread,
            "count": min(int(asked.count or 1), MOST_KEPT),
            "ask": asked.ask,
            "language": language(request),
            "dialect": kept.dialect,
            "lists": [self._studio.library.add(Path(file), owner).id for file in asked.lists or ()],
        }
        if asked.picture:
            wanted["picture"] = self._studio.library.add(Path(asked.picture), owner).id
        if sheet.lines:
            wanted["sheet"] = sheet.model_dump_json()
        return {**wanted, **more}

    def _by_hand(self, event: gr.EventData, kept: Any) -> Kept | None:
        """What is kept with the lines that the page sent; None where these are not of what is kept now."""
        known = Kept.of(kept)
        try:
            sheet = Sheet.model_validate(event.sheet)
        except ValidationError:
            return None
        return known.changed(sheet) if str(event.turn) == known.turn else None

    def _shown(self, kept: Kept, told: str, request: gr.Request) -> list[Any]:
        slots = slot_titles(language(request))
        drawn = contact_html(kept.sheets, kept.chosen, request) + sheet_html(kept.sheet, slots, kept.turn, request)
        return [kept.model_dump(mode="json"), drawn, self._text(kept, request), told]

    def _text(self, kept: Kept, request: gr.Request) -> str:
        prompt: Prompt | None = prompt_of(kept.sheet, kept.dialect) if kept.sheet.lines else None
        return text_html(prompt, request)
