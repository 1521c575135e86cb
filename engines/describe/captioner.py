"""A local network says what a picture shows; what is measured surely stands behind it."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from engines.arrays import Bytes
from engines.describe._batch import describe_all
from engines.describe._ranker import ranking
from engines.describe._words import in_words, looking
from engines.vision.captions import WORDS, Captioner
from engines.vision.describe.picture import look_at
from engines.vision.describe.view import view_of
from engines.words.parse import lexicon
from engines.words.tags import Tag, library
from studio.engine import Engine
from studio.run import Run
from studio.tasks._sheet import LONGEST, MOST_LINES, Line, Sheet
from studio.tasks.describe import Described, DescribeRequest, DescribeResult

KIND = "captioner"
CARDS = ("florence-2-large", "florence-2-base", "blip-large")

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
ENDS = re.compile(r"(?<=[.!?])\s+")
OPENING = re.compile(
    r"^(the|this) (image|picture|photo|photograph|painting|drawing|illustration) (is of|shows|depicts|features|portrays) "
)
COUNTS = "count"
"""The slot of what the network says better: who is there."""


def run(request: DescribeRequest, run: Run) -> DescribeResult:
    """Each picture in the words of the card that the request names, else of the first that is installed."""
    card = run.card_for(request.model, CARDS, ENGINE.task, KIND, wrong="describe.no_captioner")
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    words = int(card.capabilities.get("words", WORDS))
    ask = str(card.capabilities.get("ask", ""))
    with ExitStack() as stack:
        eyes = looking(run, stack)
        says = stack.enter_context(
            run.model(card.id, lambda: Captioner(folder, device=run.device, words=words, ask=ask))
        )

        add = ranking(request, run, stack)

        def look(picture: Bytes, file: Path) -> Described:
            found, rgb = look_at(picture, file, eyes), view_of(picture).rgb
            known = add(rgb, found.head, in_words(found, request.language))
            return with_sentences(sentences(says(rgb)), known)

        return describe_all(request, run, look)


def sentences(words: str) -> list[str]:
    """What a network says, as parts of a caption: each sentence in lower case, in one line, without what says that it is a picture."""
    said = (" ".join(part.split()).rstrip(". ") for part in ENDS.split(words))
    return [part[:LONGEST] for part in (OPENING.sub("", part.lower()) for part in said) if part]


def with_sentences(said: Sequence[str], known: Described) -> Described:
    """What is known with sentences before it, which also become the first lines of the sheet, and the library's tags that they
    name.
    """
    if not said:
        return known
    found = [lexicon(library()).tags_in(sentence) for sentence in said]
    first = [_line(sentence, tags) for sentence, tags in zip(said, found, strict=True)]
    lines = (*first, *(line for line in known.sheet.lines if line.slot != COUNTS))
    named = (tag.english for tags in found for tag in tags)
    return known.model_copy(
        update={
            "caption": ", ".join(line.english for line in lines),
            "tags": tuple(dict.fromkeys((*named, *known.tags))),
            "sheet": Sheet(lines=lines[:MOST_LINES]),
        }
    )


def _line(sentence: str, tags: Sequence[Tag]) -> Line:
    """A sentence where the first thing stands that it names."""
    section = library().category(tags[0].category).section if tags else "subject"
    return Line(section=section, text=sentence, english=sentence, slot="caption")  # type: ignore[arg-type]
