"""Who is drawn: body, pose, colours and parts for the lines of a sheet. What no line speaks of is left to chance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from engines.character._answers import Answer, Answers, lines_of, rules
from engines.figure.character import Character, holding_side
from engines.figure.library import Library
from engines.figure.palettes import Swatch
from engines.figure.part import Part
from engines.figure.pose import Pose
from engines.words.parse import Lexicon
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, Choice

BUILDS = ("feminine", "masculine")
LUCK, GUESS = 0.04, 0.15
"""How far chance may prefer a worse answer: where one truly answers, and where all are only near."""
UNSUITED = 0.6
"""What a part loses that the other build wears."""
RARELY = 0.12
LEAST = 1e-6
LOW, LOWERED, INWARDS = 45.0, 0.3, -35.0
"""Degrees up to which an arm hangs, how often what is in its hand does, and degrees from which the body hides it."""
CAPE = "cape_front"
FREE = ("relaxed", "fist", "open")
HANDS = ("weapon", "prop")
NONE: Mapping[str, float] = MappingProxyType({})


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
        pose = self._pose(next((part for part in self.worn if part.wants), None))
        swatches = self.library.swatches
        colours = {
            "palette": swatches.palettes,
            "skin": swatches.skins,
            "hair": swatches.hairs,
            "iris": swatches.irises,
        }
        chosen: dict[str, Any] = {
            name: self._coloured(name, known, self._given(name)) for name, known in colours.items()
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
        """A body of the age that is told, or of the usual one; among those the build decides."""
        labels = {name: next(iter(builds.values())).tags for name, builds in self.library.bodies.items()}
        ages = rules()["ages"]
        said = [line.said for line in lines_of(self.sheet.lines, ("age", "build", "presence"))]
        told = [ages[one] for one in said if one in ages] or [ages["usual"]]
        fitting = {name: tags for name, tags in labels.items() if name in min(told, key=len)}
        return self._named(rules()["names"]["body"], fitting or labels, self.request.body)

    def _coloured(self, name: str, known: Mapping[str, Swatch], given: str | None) -> str:
        """The colours that lines ask for; else such as the race has, or as chance gives, the more usual ones more often."""
        lines = lines_of(self.sheet.lines, rules()["swatches"][name])
        labels = {key: one.tags for key, one in known.items()}
        usual = {key: one.weight for key, one in known.items()}
        if not self._told(lines, labels):
            said = {line.said for line in self.sheet.lines if line.section != "negative"}
            own = rules()["own"].get(name, {})
            told = next((names for word, names in own.items() if word in said), own.get("usual", [*known]))
            labels = {key: labels[key] for key in told if key in labels} or labels
        return self._named(rules()["swatches"][name], labels, given, usual)

    def _pose(self, held: Part | None) -> str:
        """A pose for somebody who holds that, or nothing: one that shows the hands and what is in them."""
        poses = self.library.poses
        caped = any(shape.layer == CAPE for part in self.worn for shape in part.shapes)
        usual = {name: _handy(pose, held, holding_side(self.library, name)) for name, pose in poses.items()}
        hidden = [
            name for name, pose in poses.items() if caped and _tucked(pose, holding_side(self.library, name), held)
        ]
        if "held" in self.taken:
            hidden += [name for name, pose in poses.items() if all(arm.shape != "grip" for arm in pose.arms.values())]
        usual |= dict.fromkeys(hidden, 0.0)
        labels = {name: pose.tags for name, pose in poses.items() if usual[name]}
        return self._named(rules()["names"]["pose"], labels, self.request.pose, usual)

    def _named(
        self,
        categories: Sequence[str],
        labels: Mapping[str, Sequence[str]],
        given: str | None = None,
        usual: Mapping[str, float] = NONE,
    ) -> str:
        """The name that answers the lines of these categories best, or the given one."""
        lines = lines_of(self.sheet.lines, categories)
        best = self._best(self._answers.ranked(lines, labels), usual, told=self._told(lines, labels))
        return given or best.name

    def _told(self, lines: Sequence[Line], labels: Mapping[str, Sequence[str]]) -> bool:
        """Whether anything that is labelled so truly answers a line."""
        return any(self._answers.speaks(line, tags) for line in lines for tags in labels.values())

    def _dress(self, kind: str, categories: Sequence[str]) -> None:
        """Wear the part of a kind that answers best, where lines speak of the kind; else what chance gives, of kinds that nobody
        goes without.
        """
        pool = {part.name: part for part in self.library.of_kind(kind) if part.weight > 0}
        lines = [line for line in lines_of(self.sheet.lines, categories) if self._speaks(kind, line, pool)]
        if not pool or self._denied(kind, categories, lines):
            return
        if kind in rules()["in_turn"]["kinds"]:
            lines = self._foremost(lines, categories, pool)
        if lines:
            labels = {name: part.tags for name, part in pool.items()}
            ranked = self._answers.ranked(lines, labels)
            suited = [
                Answer(one.name, one.line, one.score - UNSUITED * self._unsuited(pool[one.name])) for one in ranked
            ]
            usual = {name: part.weight for name, part in pool.items()}
            best = self._best(suited, usual, told=self._told(lines, labels))
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
        return self._told([line], {name: part.tags for name, part in pool.items()})

    def _foremost(self, lines: Sequence[Line], categories: Sequence[str], pool: Mapping[str, Part]) -> list[Line]:
        """Those of the first category that some part truly speaks of; all where there is none."""
        for category in categories:
            told = [line for line in lines if line.slot == category]
            if self._told(told, {name: part.tags for name, part in pool.items()}):
                return told
        return [*lines]

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

    def _best(self, ranked: Sequence[Answer], usual: Mapping[str, float], *, told: bool) -> Answer:
        """One of the best answers: chance decides between those that are nearly as good.

        Where none is truly an answer, the nearer and the more ``usual`` ones (name -> weight) come more often.
        """
        luck = self.rng.gumbel(size=len(ranked))
        if told:
            return ranked[int(np.argmax([one.score + LUCK * lucky for one, lucky in zip(ranked, luck, strict=True)]))]
        shares = np.log([max(usual.get(one.name, 1.0), LEAST) for one in ranked])
        return ranked[int(np.argmax([one.score for one in ranked] + GUESS * (luck + shares)))]


def _tucked(pose: Pose, side: str, held: Part | None) -> bool:
    """Whether a cape would hide a whole arm that is brought to the body, or what hangs from a hand."""
    inward = any(arm.order != "front" and (arm.shape == "on_hip" or arm.fore < INWARDS) for arm in pose.arms.values())
    return inward or (held is not None and pose.arms[side].fore < LOW)


def _handy(pose: Pose, held: Part | None, side: str) -> float:
    """How often a pose is taken with that in hand: 0 where it would be hidden."""
    if held is None:
        return 1.0
    arm = pose.arms[side]
    if arm.shape == held.wants:
        return 1.0 if held.kind == "weapon" or arm.fore > LOW else LOWERED
    hidden = arm.order == "behind" or arm.shape not in FREE or arm.fore < INWARDS
    return 0.0 if hidden else LOWERED


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
    labels.append((("age", "presence"), [word for word, bodies in rules()["ages"].items() if figure.body in bodies]))
    labels.append((("race",), [word for word, skins in rules()["own"]["skin"].items() if figure.skin in skins]))
    wanted = [line for line in lines if line.section != "negative"]
    return [
        line for line in wanted if any(line.slot in places and answers.speaks(line, tags) for places, tags in labels)
    ]
