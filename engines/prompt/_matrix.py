"""A matrix of prompts: lines of which some hold alternatives, such as ``{red|blue} coat``, as all their combinations or a sample."""

from engines.words.matrix import alternatives, count, every, sample
from engines.words.wildcards import Lists
from studio.run import Run
from studio.tasks._sheet import LONGEST, Line, Sheet
from studio.tasks.prompt import PromptRequest


def matrix(sheet: Sheet, request: PromptRequest, lists: Lists, run: Run) -> list[Sheet]:
    """As many sheets as were asked for at most: all combinations where there are no more, else a sample by the seed.

    Raises BadInput for alternatives that can't be read, LimitReached where one line has too many.
    """
    rows = [_alternatives(line, lists) for line in sheet.lines]
    few = count(rows) <= request.count
    found = every(rows, most=request.count) if few else sample(rows, request.count, seed=run.seed)
    if not few:
        run.note("prompt.sampled", count=request.count, total=count(rows))
    return [sheet.model_copy(update={"lines": lines}) for lines in found]


def _alternatives(line: Line, lists: Lists) -> list[Line]:
    """The line once for each thing that may stand in it; what goes to the model follows the text where it has none of its own."""
    texts = alternatives(line.text, lists=lists)
    englishes = alternatives(line.english, lists=lists) if line.english else texts
    if len(englishes) != len(texts):
        texts = englishes
    pairs = (
        (text.strip()[:LONGEST], english.strip()[:LONGEST]) for text, english in zip(texts, englishes, strict=True)
    )
    return [
        line.model_copy(update={"text": text or line.text, "english": english if line.english else ""})
        for text, english in pairs
    ]
