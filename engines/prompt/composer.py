"""The embedded engine: an idea is taken apart against the tag library, and what it doesn't say is drawn. Instant, and offline."""

from collections.abc import Sequence

import numpy as np

from engines.prompt._ideas import Ideas
from engines.prompt._lists import files_of, library_of, lists_of
from engines.prompt._matrix import matrix
from engines.prompt._result import result
from engines.prompt._sheets import kept_tags, line_of, sheet_of, style_lines
from engines.prompt._templates import Templates, is_template, names_in
from engines.words.draw import Wish, draw
from engines.words.dynamic_look import varies
from engines.words.parameters import find
from engines.words.parse import Lexicon, lexicon
from engines.words.tags import AXES, Style, TagLibrary
from engines.words.wildcards import Lists
from studio.engine import Engine
from studio.errors import BadInput, Unavailable
from studio.run import Run
from studio.tasks._sheet import Line, Sheet
from studio.tasks.prompt import PromptRequest, PromptResult

ENGINE = Engine(task="prompt", name="composer", rank=10)
BATCH = 50
MIDDLE = (0.0,) * len(AXES)
NEEDS_MODEL = ("sharpen", "translate")
BASE = frozenset({"quality"})
"""Categories of which every sheet gets a line."""
FLAWS = 5
NAMED = 5
"""How many phrases that go to the model as they are a note names."""
KEEPS, FAR = 0.6, 2.0
VARIED = 1 << 32
"""Where the random numbers of variations begin, apart from those of draws."""


def run(request: PromptRequest, run: Run) -> PromptResult:
    """Sheets from an idea, a draw, or both. Raises Unavailable for what only a language model can do."""
    if request.ask in NEEDS_MODEL:
        raise Unavailable("prompt.needs_model")
    text, files = _text(request, run), files_of(request.lists, run)
    templates = Templates(lists_of(files), run.seed)
    said = [text, *(part for line in request.given.lines for part in (line.text, line.english))]
    library = library_of(files, names_in(said))
    words = lexicon(library)
    named = request.style or request.given.style
    style = library.style(named) if named else None
    if request.draw and request.line is not None:
        return _one_line(request, run, library, words)
    if request.ask == "matrix":
        return result(_matrix(request, run, text, templates, lists_of(files), library, words), request, run)
    varied = request.ask == "vary" or any(map(varies, said))
    sheets: list[Sheet] = []
    foreign: dict[str, None] = {}
    for first in range(0, request.count, 1 if varied else BATCH):
        run.step(first, request.count, unit="sheets")
        ideas = Ideas(library, words, request.language)
        kept = [*_given(request, run, templates, first), *ideas.lines(templates.idea(text, first))]
        foreign |= dict.fromkeys(ideas.foreign)
        wish = _wish(request, library, words, kept, ideas.unwanted, style)
        count = 1 if varied else min(BATCH, request.count - first)
        for number, tags in enumerate(draw(library, wish, run.seed, count, first), first):
            drawn = templates.lines([line_of(tag, library, request.language) for tag in tags], number)
            whole = [*kept, *drawn, *_stated(request, style, library)]
            sheets.append(sheet_of(whole, style, sorted_too=request.ask != "apart"))
    run.step(request.count, request.count, unit="sheets")
    if foreign:
        run.note("prompt.foreign", phrases=", ".join([*foreign][:NAMED]))
    return result(sheets, request, run)


def _given(request: PromptRequest, run: Run, templates: Templates, number: int) -> list[Line]:
    """The lines of the given sheet that stay; all, as they are, where a sheet is only taken apart."""
    if request.ask == "apart":
        return list(request.given.lines)
    return templates.lines([*request.given.locked, *_stays(request, run.seed, number)], number)


def _matrix(
    request: PromptRequest,
    run: Run,
    text: str,
    templates: Templates,
    lists: Lists,
    library: TagLibrary,
    words: Lexicon,
) -> list[Sheet]:
    """All combinations of a sheet's lines, or else of the idea."""
    if request.given.lines:
        return matrix(request.given, request, lists, run)
    texts = templates.every(text, request.count, run) if is_template(text) else [text]
    return [sheet_of(Ideas(library, words, request.language).lines(each)) for each in texts]


def _text(request: PromptRequest, run: Run) -> str:
    """The idea, or the prompt that stands in the picture's file. Raises Unavailable for a picture that has to be looked at,
    BadInput for one whose prompt is asked for and that has none.
    """
    if request.picture is None:
        return request.idea
    found = find(run.path(request.picture))
    if not found and request.ask == "apart":
        raise BadInput("prompt.no_prompt", name=run.name(request.picture))
    if not found:
        raise Unavailable("prompt.needs_eyes")
    return found if not request.idea.strip() else f"{request.idea}, {found}"


def _one_line(request: PromptRequest, run: Run, library: TagLibrary, words: Lexicon) -> PromptResult:
    """The given sheet with other tags in one line's place. Raises Unavailable for a line that no category of the library answers."""
    lines, number = list(request.given.lines), request.line or 0
    slot, others = lines[number].slot, [*lines[:number], *lines[number + 1 :]]
    if slot not in library.span:
        raise Unavailable("prompt.not_drawn")
    style = library.styles.get(request.given.style)
    wish = Wish(
        centre=style.place if style else MIDDLE,
        spread=request.spread,
        kept=kept_tags(others, words),
        skip=frozenset(library.span) - {slot},
        always=frozenset({slot}),
        avoid=(lines[number].said,),
    )
    sheets = []
    for tags in draw(library, wish, run.seed, request.count):
        new = [line_of(tag, library, request.language, weight=lines[number].weight) for tag in tags]
        sheets.append(request.given.model_copy(update={"lines": (*lines[:number], *new, *lines[number + 1 :])}))
    return result(sheets, request, run)


def _stays(request: PromptRequest, seed: int, number: int) -> list[Line]:
    """The lines of a sheet to vary that one variation keeps."""
    if request.ask != "vary":
        return []
    free = [line for line in request.given.lines if not line.locked and line.section != "negative"]
    chance = np.random.Generator(np.random.Philox(key=np.array([seed, number + VARIED], np.uint64))).random(len(free))
    return [line for line, luck in zip(free, chance, strict=True) if luck < KEEPS]


def _stated(request: PromptRequest, style: Style | None, library: TagLibrary) -> list[Line]:
    """What the style states, else the most usual flaws, to be avoided. A sheet that is only taken apart has its own already."""
    if request.ask == "apart" and (style is None or style.name == request.given.style):
        return []
    if style is not None:
        return style_lines(style)
    usual = sorted(library.of("negative"), key=lambda tag: -tag.weight)[:FLAWS]
    return [line_of(tag, library, request.language) for tag in usual]


def _wish(
    request: PromptRequest,
    library: TagLibrary,
    words: Lexicon,
    lines: Sequence[Line],
    unwanted: Sequence[str],
    style: Style | None,
) -> Wish:
    """What is drawn beside the lines: one of each category that they don't speak of."""
    spoken = {line.slot for line in lines if line.slot and line.section != "negative"}
    denied = {line.slot for line in lines if line.slot and line.section == "negative"}
    stated = set(style.states) if style else set()
    skip = spoken | denied | stated | {"negative"}
    if request.ask == "apart":
        skip = {category.name for category in library.categories}
    return Wish(
        centre=style.place if style else MIDDLE,
        spread=min(FAR * request.spread, 2.0) if request.ask == "directions" else request.spread,
        kept=kept_tags(lines, words),
        skip=frozenset(skip),
        always=BASE,
        avoid=tuple(unwanted),
    )
