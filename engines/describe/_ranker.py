"""Tags of the library that a network finds in a picture, beside what another engine says: what is said already isn't asked again."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from engines.arrays import Bytes
from engines.prompt._lists import library_for
from engines.prompt._sheets import in_order
from engines.vision.clip import Clip
from engines.words.rank import Keep, Ranked, Ranker
from engines.words.tags import TagLibrary
from studio.card import Card
from studio.errors import Unavailable
from studio.run import Run
from studio.tasks._sheet import MOST_LINES, Line, Sheet
from studio.tasks.describe import NO_RANKER, Described, DescribeRequest

KIND = "tag-ranker"
CARDS = ("clip-vit-b-32-256",)

Box = tuple[int, int, int, int]
Add = Callable[[Bytes, Box | None, Described], Described]
"""Adds to what is known of a picture (uint8 HxWx3; left, top, right and bottom of the head, where it is known)."""


def ranking(request: DescribeRequest, run: Run, stack: ExitStack, *, unasked: bool = True) -> Add:
    """What adds tags by the card that the request names, else by the one that is installed, if it may ``unasked``; it stays in
    memory as long as the stack is open.

    Raises BadInput for a card that ranks no tags, or word lists that can't be understood.
    """
    card = _chosen(request, run, unasked)
    if card is None:
        return lambda rgb, head, known: known
    library = library_for(request.lists, run)
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    clip = stack.enter_context(run.model(card.id, lambda: Clip(folder, name=card.title.en, device=run.device)))
    keep = Keep(run.cache and run.cache / "tags", run.card_hash(card.id))
    ranker = Ranker(clip, library, keep=keep, tick=lambda done, total: run.step(done, total, unit="phrases"))

    def add(rgb: Bytes, head: Box | None, known: Described) -> Described:
        near = None
        if head is not None:
            left, top, right, bottom = head
            near = clip.picture(rgb[top:bottom, left:right])
        found = ranker(clip.picture(rgb), near, _spoken(known, library))
        return with_tags(found, known, library, request.language)

    return add


def with_tags(found: Sequence[Ranked], known: Described, library: TagLibrary, language: str) -> Described:
    """What is known with tags that a network sees, in the order of a sheet."""
    new = [
        Line(
            section=library.category(one.tag.category).section,  # type: ignore[arg-type]
            text=one.tag.names[language],
            english=one.tag.english,
            slot=one.tag.category,
        )
        for one in found
    ]
    if not new:
        return known
    lines = in_order([*known.sheet.lines, *new])[:MOST_LINES]
    sure = ", ".join(f"{one.tag.english} {one.sure:.2f}" for one in found)
    return known.model_copy(
        update={
            "caption": ", ".join(line.english for line in lines),
            "tags": tuple(dict.fromkeys((*known.tags, *(one.tag.english for one in found)))),
            "sheet": Sheet(lines=lines),
            "facts": {**known.facts, "tags": sure},
        }
    )


def _spoken(known: Described, library: TagLibrary) -> frozenset[str]:
    """The categories of which something is known already."""
    tags = (library.tags[library.number[tag]].category for tag in known.tags if tag in library.number)
    return frozenset({*tags, *(line.slot for line in known.sheet.lines)})


def _chosen(request: DescribeRequest, run: Run, unasked: bool) -> Card | None:
    if request.ranker == NO_RANKER or (request.ranker is None and not unasked):
        return None
    if request.ranker is None and run.cards is None:
        return None
    try:
        return run.card_for(request.ranker, CARDS, "describe", KIND, wrong="ranker.no_ranker")
    except Unavailable:
        if request.ranker is None:
            return None
        raise
