"""Who is in a clip: its faces, looked for now and then and at every cut, and told apart by identity over the whole clip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engines.arrays import Bytes
from engines.vision.cuts import CutDetector
from engines.vision.faces.cluster import grouped
from engines.vision.faces.detect import Detects
from engines.vision.faces.face import Face, inside, overlap
from engines.vision.faces.identity import DLIB, Embedding, Recogniser, distance
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.sighting import Moment, Sighting, Span
from engines.vision.faces.track import INSIDE, LEAST_SIZE, NEAR, Shown
from engines.vision.faces.tracklet import ALIKE, POOR, glimpse, quality_of
from engines.vision.look import look

STEP_S = 0.5
CLOSELY = 4
USUAL_S = 0.04


@dataclass(frozen=True)
class Person:
    """Somebody in a clip.

    ``spans``: (start, end) in seconds, in order; ``seconds`` and ``frames``: how long they are seen; ``crop`` uint8 RGB
    192x192x3: the head at its best view, which is ``at`` seconds; ``box``: the face there (left, top, right, bottom, as
    parts of the picture's sides); ``embedding`` float32 of as many numbers as the identity gives.
    """

    spans: tuple[tuple[float, float], ...]
    seconds: float
    frames: int
    at: float
    box: tuple[float, float, float, float]
    crop: Bytes
    embedding: Embedding


class Gathering:
    """Takes a clip's frames one after the other and says in the end who was seen.

    Faces are looked for at the beginning and at the end of each shot and every ``step_s`` seconds; small and turned ones
    as well at the beginning of a shot and every fourth time. A face that comes or goes in between is taken to do so
    halfway. Of the frames one is kept, of each face some numbers and a small picture.
    """

    def __init__(
        self, detector: Detects, landmarks: Landmarks, identity: Recogniser, *, step_s: float = STEP_S
    ) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._identity = identity
        self._limits = identity.limits
        self._step_s = step_s
        self._cuts = CutDetector()
        self._last: Shown | None = None
        self._now = Moment(-1, 0.0)
        self._usual = USUAL_S
        self._sampled: Moment | None = None
        self._samples = 0
        self._in_shot = 0
        self._open: list[Sighting] = []
        self._known: list[Sighting] = []
        self._next = 0

    def add(self, frame: Shown) -> None:
        """The next frame, in the order of time."""
        if self._last is not None and self._cuts(look(frame.planes)):
            self._end_shot()
        elif self._last is None:
            self._cuts(look(frame.planes))
        if frame.seconds > self._now.seconds:
            self._usual = frame.seconds - self._now.seconds
        self._now, self._last = Moment(self._now.index + 1, frame.seconds), frame
        if self._sampled is None or frame.seconds - self._sampled.seconds >= self._step_s - 1e-6:
            self._sample(frame)

    def people(self) -> list[Person]:
        """Those who were seen up to now, in the order of how long; call it once, after the last frame."""
        self._end_shot()
        together = _together([one for one in self._known if one.best >= POOR], self._limits.one_person)
        for poor in sorted((one for one in self._known if one.best < POOR), key=lambda one: -one.best):
            _join(poor, together, self._limits.maybe)
        people = [self._person(one) for one in together]
        return sorted(people, key=lambda person: (-person.seconds, person.spans[0]))

    def _person(self, one: Sighting) -> Person:
        spans: list[tuple[float, float]] = []
        for span in sorted(one.spans, key=lambda span: span.start.index):
            if spans and span.start.seconds - spans[-1][1] < self._usual / 2:
                spans[-1] = spans[-1][0], span.end.seconds
            else:
                spans.append((span.start.seconds, span.end.seconds))
        frames = sum(span.end.index - span.start.index for span in one.spans)
        seconds = sum(end - start for start, end in spans)
        return Person(tuple(spans), seconds, frames, one.at, one.box, one.crop, one.embedding)

    def _end_shot(self) -> None:
        """Look at the last frame, close the spans there, and put those who are surely known already with themselves."""
        if self._last is None:
            return
        if self._sampled != self._now:
            self._sample(self._last)
        end = Moment(self._now.index + 1, self._now.seconds + self._usual)
        for one in self._open:
            if one.seen == self._samples - 1:
                one.spans[-1].end = end
            _join(one, self._known, self._limits.surely)
        self._open, self._sampled, self._in_shot = [], None, 0

    def _sample(self, frame: Shown) -> None:
        now, before = self._now, self._sampled
        seen: list[Sighting] = []
        for face in self._faces(frame):
            one = self._whose(frame, face, seen)
            if one.seen == self._samples - 1 and one.spans:
                one.spans[-1].end = now
            else:
                one.spans.append(Span(now if before is None else before.between(now), now))
            one.face, one.glimpse = face, glimpse(frame.rgb, face)
            seen.append(one)
        for one in self._open:
            if one.seen == self._samples - 1 and before is not None and all(one is not other for other in seen):
                one.spans[-1].end = before.between(now)
        for one in seen:
            one.seen, one.looks = self._samples, one.looks + 1
            one.apart |= {other.number for other in seen if other is not one}
        self._sampled = now
        self._samples += 1
        self._in_shot += 1

    def _faces(self, frame: Shown) -> list[Face]:
        """Those detected, and those that are still where they were a sample ago."""
        rgb = frame.rgb
        faces: list[Face] = []
        for found in self._detector(rgb, thorough=self._in_shot % CLOSELY == 0):
            face = self._landmarks(rgb, found)
            face = face and self._landmarks(rgb, face)
            if face is not None and _counts(face, rgb, faces):
                faces.append(face)
        for one in self._open:
            if one.seen == self._samples - 1 and all(overlap(one.face.box, face.box) < NEAR for face in faces):
                face = self._landmarks(rgb, one.face)
                if face is not None and _counts(face, rgb, faces) and _alike(one, rgb, face):
                    faces.append(face)
        return faces

    def _whose(self, frame: Shown, face: Face, taken: Sequence[Sighting]) -> Sighting:
        """The sighting in this shot that the face goes on with, or a new one."""
        rgb = frame.rgb
        quality = quality_of(rgb, face)
        free = [one for one in self._open if all(one is not other for other in taken)]
        for one in sorted(free, key=lambda one: -overlap(one.face.box, face.box)):
            if self._stays(one, face) and _alike(one, rgb, face):
                if one.worth(quality):
                    one.add_view(rgb, face, self._identity(rgb, face), quality, frame.seconds)
                return one
        embedding = self._identity(rgb, face)
        there, anywhere = self._limits.maybe, self._limits.one_person
        near = [one for one in free if one.far(embedding) < (there if self._stays(one, face) else anywhere)]
        one = min(near, key=lambda one: one.far(embedding)) if near else Sighting(self._next, face, glimpse(rgb, face))
        if not near:
            self._open.append(one)
            self._next += 1
        if not near or one.worth(quality):
            one.add_view(rgb, face, embedding, quality, frame.seconds)
        return one

    def _stays(self, one: Sighting, face: Face) -> bool:
        """Whether the face is where the sighting was a sample ago."""
        return one.seen == self._samples - 1 and overlap(one.face.box, face.box) >= NEAR


def people_of(
    frames: Iterable[Shown], detector: Detects, landmarks: Landmarks, identity: Recogniser, *, step_s: float = STEP_S
) -> list[Person]:
    """The people in a clip's frames, in the order of how long they are seen; [] where there is nobody."""
    gathering = Gathering(detector, landmarks, identity, step_s=step_s)
    for frame in frames:
        gathering.add(frame)
    return gathering.people()


def who(people: Sequence[Person], embedding: Embedding, limit: float = DLIB.one_person) -> int | None:
    """The number of the nearest of ``people``, or None where nobody is nearer than ``limit``: the identity's ``one_person``."""
    far = [distance(person.embedding, embedding) for person in people]
    best = int(np.argmin(far)) if far else -1
    return best if far and far[best] < limit else None


def _together(known: Sequence[Sighting], limit: float) -> list[Sighting]:
    """Those of one person, up to ``limit`` apart, as one."""
    if not known:
        return []
    apart = np.array([[bool(a.members & b.apart) for b in known] for a in known], bool)
    means = np.stack([one.embedding for one in known])
    labels = grouped(means, np.array([one.weight for one in known], np.float64), apart, limit)
    groups: dict[int, Sighting] = {}
    for label, one in zip(labels.tolist(), known, strict=True):
        if label in groups:
            groups[label].absorb(one)
        else:
            groups[label] = one
    return list(groups.values())


def _join(one: Sighting, others: list[Sighting], limit: float) -> None:
    """Put a sighting with the nearest other that is within the limit and was never beside it, or by itself."""
    near = [other for other in others if not other.members & one.apart and other.far(one.embedding) < limit]
    if near:
        min(near, key=lambda other: other.far(one.embedding)).absorb(one)
    else:
        others.append(one)


def _counts(face: Face, rgb: Bytes, others: Sequence[Face]) -> bool:
    whole = face.size >= LEAST_SIZE and inside(face, rgb.shape) >= INSIDE
    return whole and all(overlap(face.box, other.box) < NEAR for other in others)


def _alike(one: Sighting, rgb: Bytes, face: Face) -> bool:
    return float((one.glimpse * glimpse(rgb, face)).sum()) >= ALIKE
