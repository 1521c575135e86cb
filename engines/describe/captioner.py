"""A local network says what a picture shows; what is measured surely stands behind it."""

from contextlib import ExitStack
from pathlib import Path

from engines.arrays import Bytes
from engines.describe._batch import describe_all
from engines.describe._words import in_words, looking
from engines.vision.captions import WORDS, Captioner
from engines.vision.describe.picture import look_at
from engines.vision.describe.view import view_of
from studio.card import Card
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks._sheet import LONGEST, Line, Sheet
from studio.tasks.describe import Described, DescribeRequest, DescribeResult

KIND = "captioner"
CARDS = ("blip-large",)

ENGINE = Engine(
    task="describe",
    name="captioner",
    rank=20,
    models=CARDS,
    any_model=True,
    kind=KIND,
    needs=("transformers",),
    devices=("cuda", "cpu"),
    generative=True,
)
COUNTS = "count"
"""The slot of what the network says better: who is there."""


def run(request: DescribeRequest, run: Run) -> DescribeResult:
    """Each picture in the words of the card that the request names, else of the first that is installed."""
    card = _chosen(request, run)
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    words = int(card.capabilities.get("words", WORDS))
    with ExitStack() as stack:
        eyes = looking(run, stack)
        says = stack.enter_context(run.model(card.id, lambda: Captioner(folder, device=run.device, words=words)))

        def look(picture: Bytes, file: Path) -> Described:
            known = in_words(look_at(picture, file, eyes), request.language)
            return with_sentence(said(says(view_of(picture).rgb)), known)

        return describe_all(request, run, look)


def said(sentence: str) -> str:
    """A sentence as a part of a caption: in lower case, in one line, without the full stop."""
    return " ".join(sentence.lower().split()).rstrip(". ")[:LONGEST]


def with_sentence(sentence: str, known: Described) -> Described:
    """What is known with a sentence before it, which also becomes the first line of the sheet."""
    if not sentence:
        return known
    first = Line(section="subject", text=sentence, english=sentence, slot="caption")
    lines = (first, *(line for line in known.sheet.lines if line.slot != COUNTS))
    caption = ", ".join(line.english for line in lines)
    return known.model_copy(update={"caption": caption, "sheet": Sheet(lines=lines)})


def _chosen(request: DescribeRequest, run: Run) -> Card:
    if request.model is None:
        return run.first_card(CARDS, "describe", KIND)
    card = run.card(request.model)
    if card.capabilities.get("kind") != KIND:
        raise BadInput("describe.no_captioner", name=request.model)
    return card
