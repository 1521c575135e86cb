"""A small language model on this machine writes sheets: it works ideas out, varies, sharpens and translates, without a server."""

from engines.prompt._author import refuse, written
from engines.words.llm_json import Writer
from engines.words.local_llm import LocalModel
from engines.words.parameters import find
from studio.card import Card
from studio.engine import Engine
from studio.errors import Unavailable
from studio.run import Run
from studio.tasks.prompt import PromptRequest, PromptResult

KIND = "instruct"
CARDS = ("qwen3-4b-instruct", "qwen3-1.7b", "smollm3-3b")
"""The best first, for graphics cards."""
QUICKEST = ("qwen3-1.7b", "smollm3-3b", "qwen3-4b-instruct")
"""On a processor one word of the largest takes as long as two or three of the smallest."""

ENGINE = Engine(
    task="prompt",
    name="instruct",
    rank=15,
    models=CARDS,
    any_model=True,
    kind=KIND,
    needs=("transformers", "llguidance"),
    devices=("cuda", "cpu"),
    generative=True,
)
AT_ONCE = 1
"""Sheets of one answer: small models lose the thread over several."""
TEMPERATURE = 0.7


def run(request: PromptRequest, run: Run) -> PromptResult:
    """Sheets as the card's model writes them. Raises BadInput for what it can't do, LimitReached for what is too long, Unavailable
    for a picture whose file says nothing of it: the model only reads.
    """
    refuse(request)
    cards = QUICKEST if run.device == "cpu" else CARDS
    card = run.card_for(request.model, cards, ENGINE.task, KIND, wrong="instruct.no_writer")
    asked = _read(request, run, card)
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    with run.model(card.id, lambda: LocalModel(folder, name=card.title.en, device=run.device)) as model:
        return written(asked, run, Writer(model, run.seed, TEMPERATURE), AT_ONCE)


def _read(request: PromptRequest, run: Run, card: Card) -> PromptRequest:
    """The request with the prompt that stands in its picture's file in the picture's place."""
    if request.picture is None:
        return request
    found = find(run.path(request.picture))
    if not found:
        raise Unavailable("instruct.blind", name=card.title.en)
    idea = ", ".join(part for part in (request.idea.strip(), found) if part)
    return request.model_copy(update={"picture": None, "idea": idea})
