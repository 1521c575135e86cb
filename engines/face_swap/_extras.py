"""What models add to any swapper: what is in front, the outline, and sharper faces. Takes in, the same takes out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engines.arrays import Floats
from engines.face_swap._take import Role, Swapper, Take
from engines.media.flow_control import Fold, Map
from engines.vision.faces.parsing import FaceParser
from engines.vision.faces.paste import Laid
from engines.vision.faces.restore import Restorer
from engines.vision.faces.swap import Patch, laid
from engines.vision.faces.xseg import XSeg
from studio.card import Card
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest

OCCLUDER, PARSER, RESTORER = "face-occluder", "face-parser", "face-restorer"


@dataclass(frozen=True)
class Masking:
    """Takes away from each patch what lies in front of the face, and what isn't face."""

    occluder: XSeg | None
    parser: FaceParser | None

    def __call__(self, take: Take) -> Take:
        for role in take.roles:
            if role.patches:
                masks = self._masks(take, role)
                role.patches = [_under(patch, masks) for patch in role.patches]
        return take

    def _masks(self, take: Take, role: Role) -> list[Laid]:
        rgb, five = take.frame.rgb, role.seen.face.five
        return [net(rgb, five) for net in (self.occluder, self.parser) if net is not None]


@dataclass(frozen=True)
class Restoring:
    """Lays a sharper face over each that was swapped, just as far as its patches are seen."""

    restorer: Restorer
    blend: float
    fidelity: float

    def __call__(self, take: Take) -> Take:
        for role in take.roles:
            if role.patches:
                self._restore(take, role)
        return take

    def _restore(self, take: Take, role: Role) -> None:
        picture = take.frame.rgb
        for patch in role.patches:
            picture = laid(picture, patch)
        sharper = self.restorer(picture, role.seen.face.five, blend=self.blend, fidelity=self.fidelity)
        if sharper is not None:
            role.patches.append(replace(sharper, alpha=sharper.alpha * covered(role.patches, sharper)))


def covered(patches: Sequence[Patch], box: Patch) -> Floats:
    """How much of what lies under a patch's box the others cover together, float32 of its size, 0..1."""
    height, width = box.alpha.shape
    free = np.ones((height, width), np.float32)
    for patch in patches:
        top, left = max(patch.top, box.top), max(patch.left, box.left)
        bottom = min(patch.top + patch.alpha.shape[0], box.top + height)
        right = min(patch.left + patch.alpha.shape[1], box.left + width)
        if bottom > top and right > left:
            part = patch.alpha[top - patch.top : bottom - patch.top, left - patch.left : right - patch.left]
            free[top - box.top : bottom - box.top, left - box.left : right - box.left] *= 1 - part
    return np.float32(1) - free


def _under(patch: Patch, masks: Sequence[Laid]) -> Patch:
    """The patch seen only where all masks let it."""
    return replace(patch, alpha=patch.alpha * np.minimum.reduce([mask.over(patch) for mask in masks]))


@dataclass(frozen=True)
class Extended:
    """A swapper with stages after its own, and the ids of the cards that those work with."""

    swapper: Swapper
    after: Sequence[Map]
    cards: Sequence[str] = ()

    @property
    def name(self) -> str:
        return self.swapper.name

    @property
    def key(self) -> str:
        return " ".join([self.swapper.key, *self.cards])

    def stages(self) -> Sequence[Map | Fold]:
        return (*self.swapper.stages(), *self.after)


@contextmanager
def extended(swapper: Swapper, request: FaceSwapRequest, run: Run) -> Iterator[Swapper]:
    """A swapper with the masks and the restorer that a request asks for, while their models are in use."""
    with masking(request, run) as masks, restoring(request, run) as sharper:
        found = [_card(run, kind) for kind in _kinds(request)]
        yield Extended(swapper, [*masks, *sharper], [card.id for card in found if card])


@contextmanager
def masking(request: FaceSwapRequest, run: Run) -> Iterator[list[Map]]:
    """A stage for the masks that are asked for and whose models are installed, while their models are in use; [] for none."""
    threads = threads_of(request, run)
    with ExitStack() as stack:
        kinds = _kinds(request)
        occluder = _loaded(run, stack, OCCLUDER, XSeg, threads) if OCCLUDER in kinds else None
        parser = _loaded(run, stack, PARSER, FaceParser, threads) if PARSER in kinds else None
        if request.mask.regions and parser is None:
            run.note("face_swap.no_parser")
        yield [Map(Masking(occluder, parser))] if occluder or parser else []


@contextmanager
def restoring(request: FaceSwapRequest, run: Run) -> Iterator[list[Map]]:
    """A stage for the restorer that is asked for, while its model is in use; [] for none.

    Raises BadInput for a card that isn't a restorer, Unavailable for one that isn't installed.
    """
    wanted = request.restore
    if not wanted.model or wanted.blend <= 0:
        yield []
        return
    card = run.card(wanted.model)
    if card.capabilities.get("kind") != RESTORER:
        raise BadInput("face_swap.not_a_restorer", name=card.title.en)
    run.generates()
    with _use(run, card, Restorer, threads_of(request, run)) as restorer:
        yield [Map(Restoring(restorer, wanted.blend, wanted.fidelity))]


def _kinds(request: FaceSwapRequest) -> list[str]:
    """The kinds of cards that the masks of a request may use."""
    return [kind for kind, asked in ((OCCLUDER, request.mask.front), (PARSER, request.mask.regions)) if asked]


def _card(run: Run, kind: str) -> Card | None:
    """The first installed card of this kind."""
    return next(iter(run.cards_of("face_swap", kind)), None)


def _loaded(run: Run, stack: ExitStack, kind: str, net: Callable[..., Any], threads: int) -> Any:
    """The model of the first installed card of this kind, or None."""
    card = _card(run, kind)
    return stack.enter_context(_use(run, card, net, threads)) if card else None


def _use(run: Run, card: Card, net: Callable[..., Any], threads: int) -> Any:
    """A card's network by ``run.model``."""
    path = run.card_file(card.id, card.files[0].name)
    return run.model(resident(card.id, threads), lambda: net(path, device=run.device, threads=threads))


def threads_of(request: FaceSwapRequest, run: Run) -> int:
    """Threads of one call. Frames of a video run side by side with one each: faster, and the same on every number of cores."""
    return run.threads if request.preview or run.kind(request.target) == "image" else 1


def resident(key: str, threads: int) -> str:
    """The key of a resident network."""
    return key if threads == 1 else f"{key}/{threads}"
