"""Who is drawn: body, pose, colours and parts for the lines of a sheet. What no line speaks of is left to chance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.character._answers import Answer, Answers, lines_of, rules
from engines.figure.character import Character, holding_side
from engines.figure.library import Library
from engines.figure.part import Part
from engines.words.parse import Lexicon
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, Choice

BUILDS = ("feminine", "masculine")
LUCK = 0.04
"""How far chance may prefer a worse answer."""
UNSUITED = 0.6
"""What a part loses that the other build wears."""
RARELY = 0.12
HANDS = ("weapon", "prop")


@dataclass
class Cast:
    """Answers the lines of one sheet with the drawn library. ``rng`` is used in a fixed order: a seed gives one character.

    ``seen``: parts that stand for lines because they look like it; ``taken``: regions where something else is drawn.
    """

    library: Library
    words: Lexicon
    sheet: Sheet
    request: CharacterRequest
    rng: np.random.Generator
    seen: Mapping[str, Line] = field(default_factory=dict)
    taken: Collection[str] = ()
    build: str = field(init=False)
    worn: list[Part] = field(default_factory=list, init=False)
    found: list[Choice] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._answers = Answers(self.words)
        self.build = self._build()

    def character(self) -> Character:
        """The whole character; ``found`` then says what stands for which line."""
        for name in self.request.parts:
            self._wear(self.library.part(name), Answer(name, None, 0.0), "given")
        for name, line in self.seen.items():
            self._wear(self.library.part(name), Answer(name, line, 0.0), "seen")
        for kind, categories in rules()["parts"].items():
            self._dress(kind, categories)
        self._cover()
        held = [part for part in self.worn if part.wants]
        pose = self._pose(bool(held) or "held" in self.taken)
        swatches = self.library.swatches
        colours = {
            "palette": swatches.palettes,
            "skin": swatches.skins,
            "hair": swatches.hairs,
            "iris": swatches.irises,
        }
        chosen: dict[str, Any] = {
            name: self._named(
                rules()["swatches"][name], {key: one.tags for key, one in known.items()}, self._given(name)
            )
            for name, known in colours.items()
        }
        expressions = {name: one.tags for name, one in self.library.expressions.items()}
        return Character(
            body=self._body(),
            build=self.build,
            pose=pose,
            expression=self._named(rules()["names"]["expression"], expressions),
            parts=tuple(f"{part.kind}/{part.name}" for part in self.worn),
            held=holding_side(self.library, pose),
            **chosen,
        )

    def _given(self, name: str) -> str | None:
        return self.request.palette if name == "palette" else None

    def _build(self) -> str:
        if self.request.build != "fitting":
            return self.request.build
        said = {line.said for line in lines_of(self.sheet.lines, ("presence",))}
        told = [build for build in BUILDS if said & set(rules()["build"][build])]
        lucky = BUILDS[int(self.rng.random() * len(BUILDS))]
        return told[0] if told else lucky

    def _body(self) -> str:
        labels = {name: next(iter(builds.values())).tags for name, builds in self.library.bodies.items()}
        return self._named(rules()["names"]["body"], labels, self.request.body)

    def _pose(self, holds: bool) -> str:
        poses = self.library.poses
        grips = {name: pose for name, pose in poses.items() if any(arm.shape == "grip" for arm in pose.arms.values())}
        labels = {name: pose.tags for name, pose in (grips if holds else poses).items()}
        return self._named(rules()["names"]["pose"], labels, self.request.pose)

    def _named(self, categories: Sequence[str], labels: Mapping[str, Sequence[str]], given: str | None = None) -> str:
        """The name that answers the lines of these categories best, or the given one."""
        best = self._best(self._answers.ranked(lines_of(self.sheet.lines, categories), labels))
        return given or best.name

    def _dress(self, kind: str, categories: Sequence[str]) -> None:
        """Wear the part of a kind that answers best, where lines speak of the kind; else what chance gives, of kinds that nobody
        goes without.
        """
        pool = {part.name: part for part in self.library.of_kind(kind) if part.weight > 0}
        lines = [line for line in lines_of(self.sheet.lines, categories) if self._speaks(kind, line, pool)]
        if not pool or self._denied(kind, categories, lines):
            return
        if lines:
            ranked = self._answers.ranked(lines, {name: part.tags for name, part in pool.items()})
            suited = [
                Answer(one.name, one.line, one.score - UNSUITED * self._unsuited(pool[one.name])) for one in ranked
            ]
            best = self._best(suited)
            how = next(one for one in ranked if one.name == best.name).how
            self._wear(pool[best.name], best, how)
        elif kind in rules()["always"]["kinds"]:
            self._by_chance(pool, rules()["usual"].get(kind))

    def _by_chance(self, pool: Mapping[str, Part], usual: str | None = None) -> None:
        """Wear one of these, the more usual ones more often."""
        shares = [part.weight * (RARELY if self._unsuited(part) else 1.0) for part in pool.values()]
        drawn = int(np.searchsorted(np.cumsum(shares), self.rng.random() * sum(shares), side="right"))
        name = usual if usual is not None and usual in pool else [*pool][min(drawn, len(pool) - 1)]
        self._wear(pool[name], Answer(name, None, 0.0), "chance")

    def _speaks(self, kind: str, line: Line, pool: Mapping[str, Part]) -> bool:
        """Whether a line counts for a kind: some kinds come only where they are truly spoken of."""
        if kind not in rules()["only_told"]["kinds"]:
            return True
        return any(self._answers.speaks(line, part.tags) for part in pool.values())

    def _denied(self, kind: str, categories: Sequence[str], lines: Sequence[Line]) -> bool:
        said = {line.said for line in self.sheet.lines if line.section != "negative"}
        bald = kind == "hair" and bool(said & set(rules()["bald"]["tags"]))
        unwanted = any(line.section == "negative" and line.slot in categories for line in self.sheet.lines)
        return bald or (unwanted and not lines)

    def _cover(self) -> None:
        """Nobody goes without clothes: what is missing of an outfit, or of top and bottom, is drawn by chance."""
        slots = {part.slot for part in self.worn}
        for kind in ("top", "bottom"):
            if not slots & {"outfit", kind}:
                self._by_chance({part.name: part for part in self.library.of_kind(kind) if part.weight > 0})

    def _unsuited(self, part: Part) -> bool:
        return part.suits not in ("", self.build)

    def _wear(self, part: Part, answer: Answer, how: str) -> None:
        taken = {other.slot for other in self.worn}
        hidden = {slot for other in self.worn for slot in other.hides}
        second = part.kind in HANDS and any(other.kind in HANDS for other in self.worn)
        if part.region in self.taken or part.slot in taken | hidden or taken & set(part.hides) or second:
            return
        self.worn.append(part)
        line = answer.line.text if answer.line else ""
        title = part.label[self.request.language]
        choice = Choice(region=part.region, part=f"{part.kind}/{part.name}", title=title, line=line, how=how)  # type: ignore[arg-type]
        self.found.append(choice)

    def _best(self, ranked: Sequence[Answer]) -> Answer:
        """One of the best answers: chance decides between those that are nearly as good."""
        luck = self.rng.gumbel(size=len(ranked)) * LUCK
        return ranked[int(np.argmax([answer.score + lucky for answer, lucky in zip(ranked, luck, strict=True)]))]


def shown_lines(lines: Sequence[Line], figure: Character, library: Library, answers: Answers) -> list[Line]:
    """The lines that a figure truly shows: what stands for them is labelled with their tag, or speaks of it."""
    parts = [library.part(name) for name in figure.parts]
    swatches = library.swatches
    labels: list[tuple[Sequence[str], Sequence[str]]] = [
        (categories, [tag for part in parts if part.kind == kind for tag in part.tags])
        for kind, categories in rules()["parts"].items()
    ]
    named: dict[str, Any] = {
        "skin": swatches.skins[figure.skin],
        "hair": swatches.hairs[figure.hair],
        "iris": swatches.irises[figure.iris],
        "palette": swatches.palettes[figure.palette],
        "body": library.bodies[figure.body][figure.build],
        "pose": library.poses[figure.pose],
        "expression": library.expressions[figure.expression],
    }
    asked = {**rules()["swatches"], **rules()["names"]}
    labels += [(asked[name], one.tags) for name, one in named.items()]
    labels.append((("presence",), rules()["build"][figure.build]))
    wanted = [line for line in lines if line.section != "negative"]
    return [
        line for line in wanted if any(line.slot in places and answers.speaks(line, tags) for places, tags in labels)
    ]
