"""The embedded swapper: the source's skin laid over the target's mesh of landmarks, on any machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engines.face_swap._film import FaceSwap
from engines.face_swap._photos import source_photos
from engines.face_swap._take import Take
from engines.media.flow_control import Fold, Map
from engines.vision.faces.finder import FINDER, Finder
from engines.vision.faces.source import Source, source_of
from engines.vision.faces.swap import swap
from studio.engine import Engine
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult

ENGINE = Engine(task="face_swap", name="mesh", rank=10)


@dataclass(frozen=True)
class MeshSwapper:
    """``sources`` by the names that roles have."""

    sources: Mapping[str, Source]
    strength: float
    name: str = "mesh"

    def stages(self) -> Sequence[Map | Fold]:
        return (Map(self._swapped),)

    def _swapped(self, take: Take) -> Take:
        for role in take.roles:
            patch = swap(take.frame.rgb, role.seen.face, self.sources[role.who], strength=self.strength)
            role.patches = [patch] if patch else []
        return take


def run(request: FaceSwapRequest, run: Run) -> FaceSwapResult:
    """Swap faces in a picture, a video, or one frame of it."""
    with run.model(FINDER, Finder) as finder:
        photos = source_photos(request, run, finder)
        sources = {name: source_of(given) for name, given in photos.items()}
        swapper = MeshSwapper(sources, request.face.strength)
        return FaceSwap(request, run, swapper, finder, list(sources))()
