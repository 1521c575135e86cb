"""The embedded swapper: the source's skin laid over the target's mesh of landmarks, on any machine."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from engines.arrays import Floats
from engines.face_swap._extras import extended
from engines.face_swap._film import FaceSwap
from engines.face_swap._finish import Finish as Last
from engines.face_swap._fits import fitting
from engines.face_swap._lay import lay
from engines.face_swap._photos import source_photos
from engines.face_swap._take import InOrder, Photo, Role, Take
from engines.media.flow_control import Fold, Map, through
from engines.media.picture import read_picture
from engines.style.photo import still
from engines.vision.faces.bend import Bent, bent
from engines.vision.faces.finder import Finder
from engines.vision.faces.finders import best_finder
from engines.vision.faces.hands import Hands, HandsInFront
from engines.vision.faces.reading import Reading, measured, with_hands
from engines.vision.faces.shape import Push, Shape, Shapes, shape_of
from engines.vision.faces.source import Source, source_of
from engines.vision.faces.steady import Steady
from engines.vision.faces.swap import AS_USUAL, Finish, patch_of
from engines.vision.faces.track import Seen
from studio.engine import Engine
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult

ENGINE = Engine(task="face_swap", name="mesh", rank=10, composite=True)
HANDS = "hands"
WIDE = 0.4
"""A mouth as open as this has pulled the whole face out of shape, which a calm target then shows."""
NOTHING = np.zeros((0, 0, 3), np.uint8)
SAMPLE = ASSETS / "samples" / "astronaut.jpg"


@dataclass(frozen=True)
class Person:
    """Whose face it is: the skin, and the shape."""

    skin: Source
    shape: Shape


@dataclass(frozen=True)
class Worked:
    """What was found out about a role on its way: how it shall be bent, the hands before it, the bent part, and the light there."""

    push: Push
    hands: Sequence[Floats] = ()
    bent: Bent | None = None
    reading: Reading | None = None


@dataclass(frozen=True)
class MeshSwapper:
    """``people`` by the names that roles have. The target's features move to where the source has them (``shape`` 0..1 of the way),
    the light on the face is measured, both held calm in time, and the source's skin is laid on.
    """

    people: Mapping[str, Person]
    strength: float
    shape: float
    finish: Finish = AS_USUAL
    hands: Hands | None = None
    name: str = "mesh"
    key: str = "mesh"

    def stages(self) -> Sequence[Map | Fold]:
        shapes, steady = Shapes(self.shape * self.strength), Steady()
        chain = [Fold(InOrder(shapes, partial(self._shaped, shapes)))]
        if self.hands:
            hands = HandsInFront(self.hands)
            chain.append(Fold(InOrder(hands, partial(_watched, hands))))
        calm = Fold(InOrder(steady, partial(_calmed, steady)))
        return *chain, Map(self._measured), calm, Map(self._patched)

    def _shaped(self, shapes: Shapes, take: Take) -> None:
        """Find out how each role's face shall be bent."""
        faces = {role.seen.id: (role.seen.face, self.people[role.who].shape) for role in take.roles}
        pushes = shapes(faces, take.cut)
        for role in take.roles:
            role.reading = Worked(pushes[role.seen.id])

    def _measured(self, take: Take) -> Take:
        picture = take.frame.rgb if take.roles else NOTHING
        for role in take.roles:
            worked: Worked = role.reading
            part = bent(picture, role.seen.face, worked.push)
            rgb, face = (part.rgb, part.face) if part else (picture, role.seen.face)
            reading = measured(rgb, face, self.people[role.who].skin)
            if reading is not None and worked.hands:
                corner = np.array([part.left, part.top] if part else [0, 0], np.float32)
                reading = with_hands(reading, [hand - corner for hand in worked.hands])
            role.reading = replace(worked, bent=part, reading=reading)
        return take

    def _patched(self, take: Take) -> Take:
        for role in take.roles:
            worked: Worked = role.reading
            patch = patch_of(worked.reading, self.people[role.who].skin, strength=self.strength, finish=self.finish)
            if patch is not None:
                role.patches = [worked.bent.under(patch) if worked.bent else patch]
            role.reading = None
        return take


def _watched(hands: HandsInFront, take: Take) -> None:
    """Find the hands before each role's face."""
    picture = take.frame.rgb if take.roles else NOTHING
    found = hands(picture, {role.seen.id: role.seen.face for role in take.roles}, take.cut)
    for role in take.roles:
        role.reading = replace(role.reading, hands=found[role.seen.id])


def _calmed(steady: Steady, take: Take) -> None:
    """Hold what was measured of each role calm from frame to frame."""
    readings = {role.seen.id: role.reading.reading for role in take.roles if role.reading.reading is not None}
    calm = steady(readings, take.cut)
    for role in take.roles:
        role.reading = replace(role.reading, reading=calm.get(role.seen.id))


def person_of(photos: Sequence[Photo], *, mean: bool = False) -> Person:
    """``mean``: of several photos one texture is made, instead of taking the best one for each frame."""
    return Person(source_of(photos, mean=mean), shape_of([face for _, face in photos]))


def warm() -> None:
    """Compile the loops by swapping a sample's face with itself, as a picture and as a frame."""
    finder, rgb = Finder(), read_picture(SAMPLE)[..., :3]
    face = finder.faces(rgb)[0]
    swapper = MeshSwapper({"": person_of([(rgb, face)])}, 1.0, 1.0)
    for frame in (still(rgb), still(rgb).replace(rgb=rgb)):
        role = Role(Seen(0, face, face, None), "")
        through((*swapper.stages(), Map(Last(0.0, 0.0, 0.5)), Map(lay)), [Take(frame, True, [role])])


def run(request: FaceSwapRequest, run: Run) -> FaceSwapResult:
    """Swap faces in a picture, a video, or one frame of it."""
    with best_finder(run) as finder, fitting(request, run) as fits:
        photos = source_photos(request, run, finder)
        wanted, mask = request.face, request.mask
        if any(min(face.gape for _, face in given) > WIDE for given in photos.values()):
            run.note("face_swap.open_mouth")
        people = {name: person_of(given, mean=wanted.photos == "mean") for name, given in photos.items()}
        finish = Finish(wanted.colour, mask.feather, mask.front)
        with ExitStack() as stack:
            hands = stack.enter_context(run.model(HANDS, Hands)) if mask.front else None
            mesh = MeshSwapper(people, wanted.strength, wanted.shape, finish, hands)
            swapper = stack.enter_context(extended(mesh, request, run))
            return FaceSwap(request, run, swapper, finder, list(people), fits)()
