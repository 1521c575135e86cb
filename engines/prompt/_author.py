"""Sheets that a language model writes, whichever it is: asked for, checked, and put together with what is there.

What it answers is checked against the sheet's form; locked lines stay as they are, whatever it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.media.picture import read_picture
from engines.prompt._forms import OneSheet, OneSheetTold, line_of, sheets_form, translation_form, versions_form
from engines.prompt._result import result
from engines.prompt._sheets import in_order, style_lines
from engines.prompt._wishes import LANGUAGES, NOTHING, earlier, rules, shown, style_set, wish
from engines.words.llm_client import Message
from engines.words.llm_json import Form, NoForm, T, Writer, phrases
from engines.words.llm_picture import picture_part
from engines.words.parse import lexicon
from engines.words.tags import library
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.tasks._sheet import MOST_LINES, Line, Section, Sheet
from studio.tasks.prompt import PromptRequest, PromptResult, Usage

MOST_SHEETS = 20
AT_ONCE = 4
"""Sheets of one answer, unless the model is too small for so many."""
FEATURES: frozenset[Section] = frozenset({"subject", "face", "hair", "body", "outfit", "held"})
"""What a picture says anew of a sheet's character."""


def refuse(request: PromptRequest) -> None:
    """Raises BadInput for what no language model does, LimitReached for too many sheets."""
    if request.draw:
        raise BadInput("llm.no_draw")
    if request.count > MOST_SHEETS:
        raise LimitReached("llm.count", limit=MOST_SHEETS)


def written(request: PromptRequest, run: Run, writer: Writer, at_once: int = AT_ONCE) -> PromptResult:
    """Sheets as a language model writes them. Raises what its refusal or silence means."""
    author = Author(request, run, writer, at_once)
    if request.picture is not None:
        sheets = author.redefined(request.picture)
    elif request.ask == "sharpen":
        sheets = author.sharpened()
    elif request.ask == "translate":
        sheets = author.translated()
    else:
        sheets = author.written()
    tally = writer.tally
    usage = Usage(model=tally.model, tokens_in=tally.tokens_in, tokens_out=tally.tokens_out, cost=tally.cost)
    return result(sheets, request, run, usage)


@dataclass
class Author:
    """One request's talk with the model."""

    request: PromptRequest
    run: Run
    writer: Writer
    at_once: int = AT_ONCE

    def written(self) -> list[Sheet]:
        """New sheets from the idea and the lines that are there, a few at a time."""
        request, given = self.request, self.request.given
        style = self._style()
        sheets: list[Sheet] = []
        while len(sheets) < request.count:
            count = min(self.at_once, request.count - len(sheets))
            more = {} if request.ask == "expand" else {"earlier": earlier(sheets)}
            asked = wish(
                request.ask,
                count=count,
                idea=request.idea.strip() or NOTHING,
                lines=shown(given.lines),
                style=style_set(style),
                **more,
            )
            sheets += [self._sheet(found, style) for found in self._sheets(asked, count)]
        return sheets

    def redefined(self, picture: str) -> list[Sheet]:
        """The sheet with its character as the picture shows it; its other lines stay, if there are any."""
        request, given = self.request, self.request.given
        style = self._style() if request.style or not given.lines else []
        stays = [line for line in given.lines if line.locked or line.section not in FEATURES]
        seen = picture_part(read_picture(self.run.path(picture)))
        idea = request.idea.strip() or NOTHING
        asked = wish("picture", seen, count=request.count, idea=idea, lines=shown(given.lines), style=style_set(style))
        sheets = []
        for found in self._sheets(asked, request.count):
            lines = [line for line in self._lines(found) if not given.lines or line.section in FEATURES]
            sheets.append(self._whole([*stays, *lines], style))
        return sheets

    def sharpened(self) -> list[Sheet]:
        """The sheet with one line said more precisely."""
        request, given = self.request, self._given()
        if request.line is None:
            raise BadInput("llm.no_line")
        line = given.lines[request.line]
        if line.locked:
            raise BadInput("llm.locked")
        asked = wish(
            "sharpen",
            count=request.count,
            section=line.section,
            line=line.said,
            lines=shown(given.lines),
            idea=request.idea.strip() or NOTHING,
        )
        form = versions_form(request.count, request.language)
        found = self._ask([rules(request.language), asked], form)
        return [
            _with_line(given, request.line, _said_anew(line, version.english, version.read()))
            for version in found.lines[: request.count]
        ]

    def translated(self) -> list[Sheet]:
        """The sheet for a reader of another language. What goes to the model stays as it is."""
        request, given = self.request, self._given()
        free = [number for number, line in enumerate(given.lines) if not line.locked]
        if not free:
            return [given]
        asked = wish("translate", language=LANGUAGES[request.language], lines=shown(given.lines))
        found = self._ask([rules(request.language), asked], translation_form(free))
        said = {line.number: line for line in found.lines}
        sheet = given
        for number in free:
            line = given.lines[number]
            new = Line(
                section=line.section,
                text=said[number].text.strip(),
                english=_english(line, said[number].english),
                slot=line.slot,
                weight=line.weight,
            )
            sheet = _with_line(sheet, number, new)
        return [sheet]

    def _given(self) -> Sheet:
        given = self.request.given
        if not given.lines:
            raise BadInput("llm.no_sheet")
        return given

    def _sheets(self, asked: Message, count: int) -> Sequence[OneSheet | OneSheetTold]:
        form = sheets_form(count, self.request.language)
        found = self._ask([rules(self.request.language), asked], form)
        return found.sheets[:count]

    def _ask(self, messages: Sequence[Message], form: Form[T]) -> T:
        try:
            return self.writer.ask(messages, form, self._tick)
        except NoForm as problem:
            raise problem.told() from None

    def _tick(self, count: int, said: str) -> None:
        key = "english" if self.request.language == "en" else "text"
        self.run.step(count, None, unit="characters", preview=lambda: ", ".join(phrases(said, key)))

    def _sheet(self, found: OneSheet | OneSheetTold, style: Sequence[Line]) -> Sheet:
        return self._whole([*self.request.given.locked, *self._lines(found)], style)

    def _whole(self, lines: Sequence[Line], style: Sequence[Line]) -> Sheet:
        """Lines in order, with those of the style in place of what else was said of it."""
        locked = [line for line in lines if line.locked]
        free = [line for line in lines if not line.locked and not (style and line.section == "style")]
        name = self.request.style or self.request.given.style
        return Sheet(
            lines=in_order([*locked, *style, *free][:MOST_LINES]), style=library().style(name).name if name else ""
        )

    def _lines(self, found: OneSheet | OneSheetTold) -> list[Line]:
        words = lexicon(library())
        return [line_of(line, words) for line in found.lines]

    def _style(self) -> list[Line]:
        """The lines of the style of the library that is wanted."""
        name = self.request.style or self.request.given.style
        return style_lines(library().style(name)) if name else []


def _said_anew(line: Line, english: str, text: str) -> Line:
    return line.model_copy(update={"english": english.strip(), "text": text.strip()})


def _english(line: Line, said: str) -> str:
    """What goes to the model for a line whose text is translated: never another than before where it was English."""
    return line.english or (line.text if line.text.isascii() else said.strip())


def _with_line(sheet: Sheet, number: int, line: Line) -> Sheet:
    return sheet.model_copy(update={"lines": (*sheet.lines[:number], line, *sheet.lines[number + 1 :])})
