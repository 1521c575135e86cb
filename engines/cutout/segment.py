"""Outlines by a Segment Anything network: SAM or SAM 2, from the card that is chosen, else the first that is installed."""

from engines.cutout._cut import cut
from engines.vision.pick.sam import Sam
from studio.engine import Engine
from studio.run import Run
from studio.tasks.cutout import CutoutRequest, CutoutResult

KIND = "segmenter"
CARDS = (
    "sam2.1-hiera-large",
    "sam2.1-hiera-base-plus",
    "sam2.1-hiera-small",
    "sam2.1-hiera-tiny",
    "sam-vit-huge",
    "sam-vit-large",
    "sam-vit-base",
)

ENGINE = Engine(
    task="cutout",
    name="segment",
    rank=20,
    models=CARDS,
    any_model=True,
    kind=KIND,
    needs=("transformers",),
    devices=("cuda", "cpu"),
)


def run(request: CutoutRequest, run: Run) -> CutoutResult:
    """Cut out by a network. Raises BadInput for a card that finds no outlines, Unavailable for one that can't be read, and what
    ``cut`` raises.
    """
    card = run.card_for(request.model, CARDS, ENGINE.task, KIND, wrong="cutout.no_segmenter")
    folder = [run.card_file(card.id, file.name).parent for file in card.files].pop()
    with run.model(card.id, lambda: Sam(folder, name=card.title.en, device=run.device), expect=card.bytes or 0) as sam:
        return cut(request, run, sam)
