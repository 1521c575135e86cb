"""Who gets whose face: by identity, by order from the left, by place, or everyone the same; steady through a shot."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes
from engines.face_swap._take import Role, Take
from engines.vision.faces.face import Face
from engines.vision.faces.identity import Embedding, distance
from engines.vision.faces.track import MOST, Scene, Seen
from engines.vision.look import State
from studio.errors import BadInput

EVERYONE = ""
"""The source of those who aren't given another."""
STAYS = 1.15
CLOSER = 0.05
PLACE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*$")

T = TypeVar("T")
Fits = Callable[[Bytes, Face], bool]


class Rule(Protocol):
    """Names the faces of a frame."""

    def __call__(self, faces: Sequence[Seen], size: tuple[int, int], before: Mapping[int, str]) -> Mapping[int, str]:
        """Track → name, for those who have one. ``size``: width and height; ``before``: the names that they had."""


@dataclass(frozen=True)
class ByIdentity:
    """The nearest of the people whose embeddings are known, if within ``limit``; nobody is in a frame twice.

    Somebody who was recognised stays so while a little beyond the limit, and changes only to somebody clearly nearer.
    """

    people: Mapping[str, Sequence[Embedding]]
    limit: float

    def __call__(self, faces: Sequence[Seen], size: tuple[int, int], before: Mapping[int, str]) -> Mapping[int, str]:
        near: list[tuple[float, int, str]] = []
        for seen in faces:
            if seen.embedding is None:
                continue
            for name, views in self.people.items():
                away = min(distance(view, seen.embedding) for view in views)
                known = before.get(seen.id) == name
                if away <= self.limit * (STAYS if known else 1):
                    near.append((away - CLOSER * known, seen.id, name))
        named: dict[int, str] = {}
        for _, track, name in sorted(near):
            if track not in named and name not in named.values():
                named[track] = name
        return named


@dataclass(frozen=True)
class ByOrder:
    """1, 2, … from the left. Numbers stay with their faces until a new face comes into the shot."""

    def __call__(self, faces: Sequence[Seen], size: tuple[int, int], before: Mapping[int, str]) -> Mapping[int, str]:
        if all(seen.id in before for seen in faces):
            return {seen.id: before[seen.id] for seen in faces}
        ranked = sorted(faces, key=lambda seen: seen.face.box[0] + seen.face.box[2])
        return {seen.id: str(number) for number, seen in enumerate(ranked, 1)}


@dataclass(frozen=True)
class ByPlace:
    """To each place (percent from the left and the top) the face whose middle is nearest; it keeps the place through a shot."""

    places: Mapping[str, tuple[float, float]]

    def __call__(self, faces: Sequence[Seen], size: tuple[int, int], before: Mapping[int, str]) -> Mapping[int, str]:
        named = {seen.id: before[seen.id] for seen in faces if seen.id in before}
        near = sorted(
            (float(np.hypot(*(_middle(seen.face, size) - np.array(place)))), seen.id, name)
            for seen in faces
            for name, place in self.places.items()
        )
        for _, track, name in near:
            if track not in named and name not in named.values():
                named[track] = name
        return named


@dataclass(frozen=True)
class Anyone:
    """Nobody is told from anybody."""

    def __call__(self, faces: Sequence[Seen], size: tuple[int, int], before: Mapping[int, str]) -> Mapping[int, str]:
        return {}


def rule_by_order(names: Sequence[str]) -> ByOrder:
    """Raises BadInput for a name that isn't a number from 1 on."""
    for name in names:
        if not (name.isdecimal() and int(name) > 0):
            raise BadInput("face_swap.no_order", name=name)
    return ByOrder()


def rule_by_place(names: Sequence[str]) -> ByPlace:
    """Raises BadInput for a name that isn't a place such as ``30,50``."""
    places = {}
    for name in names:
        found = PLACE.match(name)
        if found is None or not all(float(part) <= 100 for part in found.groups()):
            raise BadInput("face_swap.no_place", name=name)
        places[name] = float(found[1]), float(found[2])
    return ByPlace(places)


class Cast:
    """Scenes in, takes out: the faces that get another, each with the name of its source.

    ``sources`` are the names that have one; those who aren't named get ``EVERYONE``'s, where there is one. ``fits`` is asked
    once of each track, by its first view: whose look doesn't fit is left alone.
    """

    def __init__(self, rule: Rule, sources: Sequence[str], fits: Fits | None = None) -> None:
        self._rule, self._sources, self._fits = rule, frozenset(sources), fits
        self._names: dict[int, str] = {}
        self._fit: dict[int, bool] = {}

    def __call__(self, scene: Scene[Any]) -> Iterator[Take]:
        frame, present = scene.frame, {seen.id for seen in scene.faces}
        named = self._rule(scene.faces, (frame.width, frame.height), self._names)
        self._names = {**_recent(self._names, present), **named}
        self._fit = {**_recent(self._fit, present), **self._looks(scene)}
        roles = []
        for seen in scene.faces:
            name = self._names.get(seen.id, EVERYONE)
            who = name if name in self._sources else EVERYONE
            if who in self._sources and self._fit.get(seen.id, True):
                roles.append(Role(seen, who))
        yield Take(frame, scene.cut, roles)

    def _looks(self, scene: Scene[Any]) -> dict[int, bool]:
        """Whether each of the faces fits; read where it isn't known yet."""
        if self._fits is None:
            return {}
        known, rgb = self._fit, scene.frame.rgb if scene.faces else None
        return {
            seen.id: known[seen.id] if seen.id in known else self._fits(rgb, seen.raw)  # type: ignore[arg-type]
            for seen in scene.faces
        }

    def flush(self) -> Iterator[Take]:
        yield from ()

    def state(self) -> State:
        names = {f"name.{track}": name for track, name in self._names.items()}
        return {**names, **{f"fit.{track}": fit for track, fit in self._fit.items()}}

    def restore(self, state: State) -> None:
        for key, value in state.items():
            kind, _, track = key.partition(".")
            if kind == "name":
                self._names[int(track)] = str(value)
            else:
                self._fit[int(track)] = bool(value)


def _recent(known: Mapping[int, T], present: set[int]) -> dict[int, T]:
    """What is known of the newest tracks that aren't in the frame: one that was lost may come back."""
    return {track: known[track] for track in sorted(known)[-MOST:] if track not in present}


def _middle(face: Face, size: tuple[int, int]) -> NDArray[np.float64]:
    """A face's middle in percent from the left and the top."""
    left, top, right, bottom = face.box
    return 100 * np.array([(left + right) / 2 / size[0], (top + bottom) / 2 / size[1]], np.float64)
