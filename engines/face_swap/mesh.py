"""The embedded swapper: the source's skin laid over the target's mesh of landmarks, on any machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engines.face_swap._extras import extended
from engines.face_swap._film import FaceSwap, through
from engines.face_swap._finish import Finish
from engines.face_swap._fits import fitting
from engines.face_swap._lay import lay
from engines.face_swap._photos import source_photos
from engines.face_swap._take import Role, Take
from engines.media.flow_control import Fold, Map
from engines.media.picture import read_picture
from engines.style.photo import still
from engines.vision.faces.finder import Finder
from engines.vision.faces.finders import best_finder
from engines.vision.faces.reading import measured
from engines.vision.faces.source import Source, source_of
from engines.vision.faces.steady import Steady
from engines.vision.faces.swap import patch_of
from engines.vision.faces.track import Seen
from engines.vision.look import State
from studio.engine import Engine
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult

ENGINE = Engine(task="face_swap", name="mesh", rank=10)
SAMPLE = ASSETS / "samples" / "astronaut.jpg"


@dataclass(frozen=True)
class MeshSwapper:
    """``sources`` by the names that roles have. The light on each face is measured, held calm in time, and laid on."""

    sources: Mapping[str, Source]
    strength: float
    name: str = "mesh"

    def stages(self) -> Sequence[Map | Fold]:
        return Map(self._measured), Fold(SteadyRoles()), Map(self._patched)

    def _measured(self, take: Take) -> Take:
        for role in take.roles:
            role.reading = measured(take.frame.rgb, role.seen.face, self.sources[role.who])
        return take

    def _patched(self, take: Take) -> Take:
        for role in take.roles:
            patch = patch_of(role.reading, self.sources[role.who], strength=self.strength)
            role.patches, role.reading = [patch] if patch else [], None
        return take


class SteadyRoles:
    """Holds what was measured of each role calm from frame to frame."""

    def __init__(self) -> None:
        self._steady = Steady()

    def __call__(self, take: Take) -> Iterator[Take]:
        readings = {role.seen.id: role.reading for role in take.roles if role.reading is not None}
        calm = self._steady(readings, take.cut)
        for role in take.roles:
            role.reading = calm.get(role.seen.id)
        yield take

    def flush(self) -> Iterator[Take]:
        yield from ()

    def state(self) -> State:
        return self._steady.state()

    def restore(self, state: State) -> None:
        self._steady.restore(state)


def warm() -> None:
    """Compile the loops by swapping a sample's face with itself, as a picture and as a frame."""
    finder, rgb = Finder(), read_picture(SAMPLE)[..., :3]
    face = finder.faces(rgb)[0]
    swapper = MeshSwapper({"": source_of([(rgb, face)])}, 1.0)
    for frame in (still(rgb), still(rgb).replace(rgb=rgb)):
        role = Role(Seen(0, face, face, None), "")
        through((*swapper.stages(), Map(Finish(0.0, 0.0, 0.5)), Map(lay)), [Take(frame, True, [role])])


def run(request: FaceSwapRequest, run: Run) -> FaceSwapResult:
    """Swap faces in a picture, a video, or one frame of it."""
    with best_finder(run) as finder, fitting(request, run) as fits:
        photos = source_photos(request, run, finder)
        sources = {name: source_of(given) for name, given in photos.items()}
        with extended(MeshSwapper(sources, request.face.strength), request, run) as swapper:
            return FaceSwap(request, run, swapper, finder, list(sources), fits)()
