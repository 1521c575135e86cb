"""What besides the drawn library stands for a line: artists' own parts by their labels, and what a network finds by looking."""

import hashlib
import io
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.arrays import Bytes, Floats
from engines.character._answers import TRULY, Answers, rules
from engines.describe._ranker import KIND
from engines.figure.library import Library
from engines.figure.sample import sample
from engines.media.picture import over_white, read_picture
from engines.vision.clip import Clip
from engines.words.rank import Keep
from engines.words.tags import library as tags
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks._own import OwnPart
from studio.tasks._sheet import Line

HALF = 0.5
"""Share of common words from which on an own part is near enough to a line that no part of the library is labelled with."""
FIGURE = ASSETS / "figure"
AT_ONCE = 8
"""Pictures between two looks at whether to go on."""


@dataclass(frozen=True)
class Match:
    """What stands for a line: an own part, or the library's part ``kind/name``."""

    line: Line
    how: str
    own: OwnPart | None = None
    part: str = ""


def named(parts: Sequence[OwnPart], lines: Iterable[Line], answers: Answers, library: Library) -> list[Match]:
    """Own parts by their labels, at most one for a region: the very tag before similar words, earlier lines first."""
    found: dict[str, Match] = {}
    wanted = list(lines)
    for how in ("tag", "near"):
        for line in wanted:
            for one in parts:
                if one.region not in found and _fits(how, line, one, answers, library):
                    found[one.region] = Match(line, how, own=one)
    return list(found.values())


def _fits(how: str, line: Line, one: OwnPart, answers: Answers, library: Library) -> bool:
    if how == "tag":
        return answers.told(line, one.labels)
    labelled = any(answers.told(line, part.tags) for part in library.parts.values())
    return not labelled and answers.alike(line, one.labels) >= HALF


def unanswered(lines: Iterable[Line], answers: Answers, library: Library, matched: Collection[Line]) -> list[Line]:
    """Lines that a part could show and that nothing answers by name."""

    def answered(line: Line) -> bool:
        near = (part for kind in kinds_of(line) for part in library.of_kind(kind) if part.weight > 0)
        return any(answers.told(line, part.tags) or answers.alike(line, part.tags) >= TRULY for part in near)

    return [line for line in lines if line not in matched and kinds_of(line) and not answered(line)]


def kinds_of(line: Line) -> list[str]:
    """Kinds of parts that a line may speak of: by its category, or where it has none by its section."""
    sections = {category.name: category.section for category in tags().categories}
    return [
        kind
        for kind, slots in rules()["parts"].items()
        if line.slot in slots or (not line.slot and any(sections[slot] == line.section for slot in slots))
    ]


class Search:
    """Looks for parts by a CLIP network: what a line says against what the parts' pictures show."""

    def __init__(self, clip: Clip, keep: Keep, tick: Callable[[int, int], None]) -> None:
        """``tick`` is called with the number of pictures that were looked at, and of all; it may raise."""
        self._clip, self._keep, self._tick = clip, keep, tick

    def __call__(self, line: Line, pictures: Mapping[str, tuple[str, Callable[[], Bytes]]]) -> str | None:
        """The name of the picture that shows what the line says, surely; None where none does.

        ``pictures``: name → hash of its content, and what gives uint8 HxWx3 or HxWx4.
        """
        if not pictures:
            return None
        asked = [phrase.replace("{line}", line.said) for phrase in questions()["say"]]
        words = self._clip.phrases([*asked, *questions()["nothing"]])
        said = words[: len(asked)].mean(0)
        against = np.stack([said / np.linalg.norm(said), *words[len(asked) :]]).astype(np.float64)
        names, places = [*pictures], []
        for number, (digest, look) in enumerate(pictures.values()):
            if number % AT_ONCE == 0:
                self._tick(number, len(names))
            places.append(self._keep.of([[digest]], partial(self._seen, look))[0])
        likely = self._clip.scale * (np.stack(places).astype(np.float64) @ against.T)
        likely = np.exp(likely - likely.max(1, keepdims=True))
        sure = likely[:, 0] / likely.sum(1)
        best = int(sure.argmax())
        return names[best] if sure[best] >= questions()["sure"] else None

    def _seen(self, look: Callable[[], Bytes], _: object) -> Floats:
        return np.asarray(self._clip.picture(over_white(look()))[None], np.float16)


def searched(lines: Sequence[Line], parts: Sequence[OwnPart], library: Library, run: Run) -> list[Match]:
    """What an installed CLIP card finds for lines that nothing answers by name; nothing without such a card."""
    installed = run.cards_of("describe", KIND)
    if not lines or not installed:
        return []
    card = installed[0]
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    found = []
    with ExitStack() as stack:
        clip = stack.enter_context(run.model(card.id, lambda: Clip(folder, name=card.title.en, device=run.device)))
        keep = Keep(run.cache and run.cache / "parts", run.card_hash(card.id))
        search = Search(clip, keep, lambda done, total: run.step(done, total, unit="pictures"))
        owned = {one.id: one for one in parts}
        for line in lines:
            pictures = {**_own_pictures(parts, run), **_drawn_pictures(line, library)}
            if name := search(line, pictures):
                found.append(Match(line, "seen", own=owned.get(name), part="" if name in owned else name))
    return found


@cache
def questions() -> Mapping[str, Any]:
    """How is asked."""
    return tomllib.loads((FIGURE / "search.toml").read_text(encoding="utf-8"))


def _own_pictures(parts: Sequence[OwnPart], run: Run) -> dict[str, tuple[str, Callable[[], Bytes]]]:
    return {one.id: (one.sha256, partial(_own_picture, one.id, run)) for one in parts}


def _own_picture(part_id: str, run: Run) -> Bytes:
    return read_picture(run.path(part_id))


def _drawn_pictures(line: Line, library: Library) -> dict[str, tuple[str, Callable[[], Bytes]]]:
    names = [f"{part.kind}/{part.name}" for kind in kinds_of(line) for part in library.of_kind(kind) if part.weight > 0]
    return {name: (_digest(name), partial(_drawn, name)) for name in names}


@cache
def _digest(name: str) -> str:
    file: Path = FIGURE / "parts" / f"{name}.toml"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _drawn(name: str) -> Bytes:
    return np.asarray(Image.open(io.BytesIO(sample(name))).convert("RGBA"))
