"""What every describer shares: the eyes, and findings in words."""

from collections.abc import Sequence
from contextlib import ExitStack

from engines.vision.describe.fact import Findings
from engines.vision.describe.phrases import in_order
from engines.vision.describe.picture import Eyes
from engines.vision.describe.pose import POSES, Poses
from engines.vision.faces.finder import FINDER, Finder
from engines.vision.selfie import Selfie
from engines.words.tags import library
from studio.run import Run
from studio.tasks._sheet import Line, Sheet
from studio.tasks.describe import Described

SELFIE = "selfie-segmentation"
"""The segmentation's key among the resident models."""


def looking(run: Run, stack: ExitStack) -> Eyes:
    """What looks at pictures, resident as long as the stack is open."""
    return Eyes(
        stack.enter_context(run.model(FINDER, Finder)),
        stack.enter_context(run.model(SELFIE, Selfie)),
        stack.enter_context(run.model(POSES, Poses)),
    )


def in_words(found: Findings, language: str) -> Described:
    """Findings as a caption, tags of the library and a sheet in a language."""
    said = in_order(found.said)
    lines = tuple(
        Line(
            section=phrase.section,  # type: ignore[arg-type]
            text=phrase.said(fact, language),
            english=phrase.said(fact, "en"),
            slot=phrase.slot,
        )
        for phrase, fact in said
    )
    return Described(
        name="",
        caption=", ".join(line.english for line in lines),
        tags=tuple(_known([phrase.tagged(fact) for phrase, fact in said])),
        sheet=Sheet(lines=lines),
        facts=found.measures,
    )


def _known(tags: Sequence[str]) -> list[str]:
    """Those that the tag library has, each once."""
    return [tag for tag in dict.fromkeys(tags) if tag in library().number]
