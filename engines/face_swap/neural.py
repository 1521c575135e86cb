"""Published networks that redraw a face as another's: inswapper, hyperswap, GHOST and SimSwap, from ONNX files that a user got."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from engines.face_swap._extras import extended, resident, threads_of
from engines.face_swap._film import FaceSwap
from engines.face_swap._fits import fitting
from engines.face_swap._neural import NeuralSwapper, latents_of
from engines.face_swap._photos import source_photos
from engines.vision.faces.finders import ANALYSER, RECOGNISER, best_finder
from engines.vision.faces.insight.arcface import ArcFace
from engines.vision.faces.insight.converted import Ghost, SimSwap
from engines.vision.faces.insight.face_net import FaceNet
from engines.vision.faces.insight.hyperswap import HyperSwap
from engines.vision.faces.insight.inswapper import InSwapper
from studio.card import Card
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult

KIND = "face-swapper"
NETS: dict[str, Callable[..., FaceNet]] = {
    "inswapper": InSwapper,
    "hyperswap": HyperSwap,
    "ghost": Ghost,
    "simswap": SimSwap,
}
"""By the capability ``net`` of a card; they take its files in their order."""
WRONG = "face_swap.not_a_swapper"

ENGINE = Engine(
    task="face_swap",
    name="neural",
    rank=20,
    models=("inswapper-128", "inswapper-128-fp16", "hyperswap-1a-256", "ghost-1-256", "simswap-256"),
    any_model=True,
    kind=KIND,
    also=(ANALYSER,),
    needs=("onnxruntime",),
    devices=("cuda", "cpu"),
    generative=True,
)


def run(request: FaceSwapRequest, run: Run) -> FaceSwapResult:
    """Swap with the network of the card that the request names, else the first that is installed.

    Every network here is told of a person by buffalo_l's ArcFace. Raises Unavailable where one of the two is missing.
    """
    card = chosen(request, run)
    recogniser = run.card_file(ANALYSER, RECOGNISER)
    files = [run.card_file(card.id, file.name) for file in card.files]
    threads = threads_of(request, run)
    with ExitStack() as stack:
        finder = stack.enter_context(best_finder(run))
        arcface = stack.enter_context(run.model(f"{ANALYSER}/arcface", lambda: ArcFace(recogniser, device=run.device)))
        net = stack.enter_context(
            run.model(resident(card.id, threads), lambda: loaded(card, files, run.device, threads))
        )
        if run.device.startswith("cuda") and not net.on_gpu:
            run.note("neural.no_gpu")
        latents = latents_of(net, arcface, source_photos(request, run, finder))
        swapper = NeuralSwapper(
            card.id,
            net,
            latents,
            boost=0 if request.face.boost == "auto" else int(request.face.boost),
            feather=request.mask.feather,
            strength=request.face.strength,
            colour=request.face.colour,
        )
        whole = stack.enter_context(extended(swapper, request, run))
        fits = stack.enter_context(fitting(request, run))
        return FaceSwap(request, run, whole, finder, list(latents), fits)()


def chosen(request: FaceSwapRequest, run: Run) -> Card:
    """The card to swap with; BadInput for one that doesn't swap faces, Unavailable when none is installed."""
    card = run.card_for(request.model, ENGINE.models, ENGINE.task, KIND, wrong=WRONG)
    if card.capabilities.get("net") not in NETS:
        raise BadInput(WRONG, name=card.title.en)
    return card


def loaded(card: Card, files: Sequence[Path], device: str, threads: int) -> FaceNet:
    """A card's network, by its capability ``net``."""
    return NETS[card.capabilities["net"]](*files, device=device, threads=threads)
