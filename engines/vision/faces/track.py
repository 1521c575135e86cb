"""Following the faces of a film: detected now and then, read in every frame, smoothed, and known by numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from engines.arrays import Bytes
from engines.vision.cuts import CutDetector
from engines.vision.faces.detect import SAME, Detects
from engines.vision.faces.face import Face, Found, inside, overlap
from engines.vision.faces.identity import DLIB, Embedding, Recogniser, distance
from engines.vision.faces.landmarks import Landmarks
from engines.vision.faces.tracklet import POOR, Track, glimpse, quality_of
from engines.vision.look import Look, PlanesLike, State, coloured, look

EVERY = 8
CLOSELY, SELDOM = 64, 192
LOST = 5
MOST = 16
LEAST_SIZE = 16.0
STAYS = 0.3
GROWS = 1.6
INSIDE = 0.4
NEAR = 0.2
QUICK = 0.6
VIEW_EVERY = 4
WORSE = 0.35
USUAL_S = 0.04


class Shown(Protocol):
    """A frame of a film: ``rgb`` uint8 HxWx3 and ``planes`` of it, at ``seconds`` from the film's start."""

    @property
    def rgb(self) -> Bytes: ...
    @property
    def planes(self) -> PlanesLike: ...
    @property
    def seconds(self) -> float: ...


F = TypeVar("F", bound=Shown)


@dataclass(frozen=True)
class Seen:
    """A face in a frame. ``id`` is its track's, unique in the film; ``face`` is smoothed in time, ``raw`` as it was read.

    ``embedding`` (float32) is the mean of the track's best views up to now, None without an Identity.
    """

    id: int
    face: Face
    raw: Face
    embedding: Embedding | None


@dataclass(frozen=True)
class Scene(Generic[F]):
    """A frame, whether a new shot begins with it, and its faces in the order of their ids."""

    frame: F
    cut: bool
    faces: tuple[Seen, ...]


@dataclass
class Effort:
    """How often each network ran."""

    frames: int = 0
    detections: int = 0
    close_detections: int = 0
    landmarks: int = 0
    embeddings: int = 0


class Tracker(Generic[F]):
    """Frames in, scenes out, one for each. Ordered: what it gives depends on the frames alone.

    Faces are looked for in every eighth frame, at cuts, and while a track is lost; small and turned ones too
    (``thorough``) at cuts, 64 frames later, and every 192 from there. In between each face is read where it is expected. A track ends at
    a cut, when its face is gone for more than five frames, or when it turns out to be on another's face. A face that
    was lost for up to five frames keeps its id if it comes back to where it was and looks the same; in the frames
    between it isn't given. At most 16 faces at a time are followed, from 16 pixels on.

    ``identity`` None: nobody's identity is read, and who comes back is told by the place alone.
    """

    def __init__(
        self, detector: Detects, landmarks: Landmarks, identity: Recogniser | None, *, thorough: bool = True
    ) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._identity = identity
        self._same_face = DLIB.same if identity is None else identity.limits.same
        self._thorough = thorough
        self._cuts = CutDetector()
        self._tracks: list[Track] = []
        self._next = 0
        self._since = 0
        self._before = -1.0
        self._usual = USUAL_S
        self.effort = Effort()

    def __call__(self, frame: F) -> Iterator[Scene[F]]:
        small = look(frame.planes)
        cut = self._cuts(small)
        if cut:
            self._tracks, self._since = [], 0
        if self._before >= 0 and frame.seconds > self._before:
            self._usual = frame.seconds - self._before
        self._before = frame.seconds
        self.effort.frames += 1
        if self._tracks:
            self._follow(frame)
        if self._since % EVERY == 0 or any(track.missing > 0 for track in self._tracks):
            self._look_for(frame, small, closely=self._thorough and self._due_closely())
        self._tracks = [track for track in self._tracks if track.missing <= LOST]
        if self._identity is not None and self._tracks:
            self._recognise(frame)
        self._since += 1
        yield Scene(frame, cut, self._seen())

    def _due_closely(self) -> bool:
        return self._since == 0 or self._since % SELDOM == CLOSELY

    def ready(self, frame: F) -> F:
        """The frame, its ``rgb`` made already if somebody is followed: on any thread, ahead of the frame's turn."""
        if self._tracks:
            _ = frame.rgb
        return frame

    def flush(self) -> Iterator[Scene[F]]:
        yield from ()

    def state(self) -> State:
        tracks = {f"{i}.{key}": value for i, track in enumerate(self._tracks) for key, value in track.state().items()}
        numbers = {"next": self._next, "since": self._since, "before": self._before, "usual": self._usual}
        cuts = {f"cuts.{key}": value for key, value in self._cuts.state().items()}
        return {**numbers, "tracks": len(self._tracks), **tracks, **cuts}

    def restore(self, state: State) -> None:
        self._next, self._since = int(state["next"]), int(state["since"])
        self._before, self._usual = float(state["before"]), float(state["usual"])
        self._tracks = [Track.restored(_under(f"{i}.", state)) for i in range(int(state["tracks"]))]
        self._cuts.restore(_under("cuts.", state))

    def _seen(self) -> tuple[Seen, ...]:
        return tuple(
            Seen(track.id, track.smoothed, track.face, track.embedding) for track in self._tracks if track.missing == 0
        )

    def _follow(self, frame: F) -> None:
        """Read each face where it is expected; of two tracks on one face the one that fits worse is lost."""
        read: list[tuple[float, Track, Face]] = []
        for track in self._tracks:
            expected = track.expected()
            face = self._read(frame.rgb, expected)
            fits = 0.0 if face is None else fit(face, expected, frame.rgb.shape)
            if face is not None and fits > 0 and self._still(track, face, fits, frame.rgb):
                read.append((fits, track, face))
            else:
                track.missing += 1
        taken: list[tuple[Track, Face]] = []
        for _, track, face in sorted(read, key=lambda item: (-item[0], item[1].id)):
            rivals = [other for other, place in taken if overlap(face.box, place.box) >= SAME]
            if rivals:
                track.missing += 1
                for other in (track, *rivals):
                    other.doubtful = True
            else:
                taken.append((track, face))
                self._move(track, face, frame)

    def _still(self, track: Track, face: Face, fits: float, rgb: Bytes) -> bool:
        """Whether a face found again where a lost one was is the same one."""
        return track.missing == 0 or (track.missing == 1 and fits >= QUICK) or self._same(track, rgb, face)

    def _look_for(self, frame: F, small: Look, *, closely: bool) -> None:
        """Detect: faces that no track has begin one, or go on with one that was lost there."""
        for found in self._detected(frame, small, closely):
            if found.size < LEAST_SIZE or any(_on(found, track.face) for track in self._tracks if track.missing == 0):
                continue
            face = self._read(frame.rgb, found)
            face = face and self._read(frame.rgb, face)
            if face is None or inside(face, frame.rgb.shape) < INSIDE or face.size < LEAST_SIZE:
                continue
            if any(overlap(face.box, track.face.box) >= NEAR for track in self._tracks if track.missing == 0):
                continue
            self._begin(face, frame)

    def _detected(self, frame: F, small: Look, closely: bool) -> list[Found]:
        """What the detector finds; in the small picture where that is all it sees: most frames that show nobody are never made RGB."""
        self.effort.detections += not closely
        self.effort.close_detections += closely
        if closely or max(small.luma.shape) < self._detector.side:
            return self._detector(frame.rgb, thorough=closely)
        factor = max(frame.planes.y.shape) / max(small.luma.shape)
        found = self._detector(coloured(small, full_range=frame.planes.full_range))
        return [replace(one, x=one.x * factor, y=one.y * factor, size=one.size * factor) for one in found]

    def _begin(self, face: Face, frame: F) -> None:
        lost = [track for track in self._tracks if track.missing and overlap(face.box, track.face.box) >= NEAR]
        for track in sorted(lost, key=lambda one: -overlap(face.box, one.face.box)):
            if self._same(track, frame.rgb, face):
                self._move(track, face, frame)
                return
        if len(self._tracks) < MOST:
            self._new(face, frame)

    def _new(self, face: Face, frame: F) -> Track:
        track = Track(self._next, face, frame.seconds, face, face, glimpse(frame.rgb, face))
        self._move(track, face, frame)
        self._tracks.append(track)
        self._next += 1
        return track

    def _move(self, track: Track, face: Face, frame: F) -> None:
        track.move(face, glimpse(frame.rgb, face), frame.seconds, self._usual)

    def _recognise(self, frame: F) -> None:
        """Embed the first and the best views; a track that turns out to be on another's face ends, and a new one begins."""
        for track in [track for track in self._tracks if track.missing == 0]:
            met = track.doubtful and not self._meets(track)
            if not met and track.embeddings and track.age % VIEW_EVERY:
                continue
            quality = quality_of(frame.rgb, track.face)
            best = max(track.qualities, default=0.0)
            if quality < WORSE * best or not (met or track.view_due(quality)):
                continue
            embedding = self._embed(frame.rgb, track.face)
            known = track.embedding
            telling = met or best >= POOR
            if known is not None and telling and distance(known, embedding) > self._same_face:
                self._tracks.remove(track)
                track = self._new(track.face, frame)
            if track.view_due(quality):
                track.add_view(embedding, quality)
            track.doubtful = False

    def _meets(self, track: Track) -> bool:
        return any(
            other is not track and overlap(track.face.box, other.face.box) > 0
            for other in self._tracks
            if other.missing == 0
        )

    def _same(self, track: Track, rgb: Bytes, face: Face) -> bool:
        known = track.embedding
        return known is None or distance(known, self._embed(rgb, face)) <= self._same_face

    def _embed(self, rgb: Bytes, face: Face) -> Embedding:
        assert self._identity is not None
        self.effort.embeddings += 1
        return self._identity(rgb, face)

    def _read(self, rgb: Bytes, near: Found | Face) -> Face | None:
        self.effort.landmarks += 1
        return self._landmarks(rgb, near)


def fit(face: Face, expected: Face, shape: tuple[int, ...]) -> float:
    """How well a face lies where it was expected, 0..1; 0 where it can't be the same, or has left the picture."""
    share = overlap(face.box, expected.box)
    grown = face.size / expected.size
    usual = share >= STAYS and 1 / GROWS <= grown <= GROWS and face.size >= LEAST_SIZE
    return share if usual and inside(face, shape) >= INSIDE else 0.0


def _on(found: Found, face: Face) -> bool:
    """Whether a detection means a face that is known: its middle lies in the face's box, and it's no much larger head."""
    left, top, right, bottom = face.box
    return left <= found.x <= right and top <= found.y <= bottom and found.size <= 2 * face.size


def _under(prefix: str, state: State) -> State:
    return {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}
