"""Published enlarging networks: ESRGAN and its kin, from a card or from a file that a user brings."""

from engines.upscale._picture import Progress, upscaled
from engines.vision.enlarge.network import ByNetwork, Network
from engines.vision.enlarge.tiles import Tiling
from studio.engine import Engine
from studio.run import Run
from studio.tasks.upscale import UpscaleRequest, UpscaleResult

KIND = "upscaler"
CARDS = (
    "realesrgan-x4plus",
    "realesrgan-x4plus-anime-6b",
    "realesrgan-x2plus",
    "realesr-general-x4v3",
    "realesr-animevideov3",
    "own-upscaler",
)

ENGINE = Engine(
    task="upscale",
    name="network",
    rank=20,
    models=CARDS,
    any_model=True,
    kind=KIND,
    needs=("spandrel",),
    devices=("cuda", "cpu"),
    generative=True,
)

LARGEST, SMALLEST = 512, 128


def run(request: UpscaleRequest, run: Run) -> UpscaleResult:
    """Enlarge a picture with the network of the card that the request names, else the first that is installed."""
    card = run.card_for(request.model, CARDS, ENGINE.task, KIND, wrong="upscale.not_an_upscaler")
    path = run.card_file(card.id, card.files[0].name)
    with run.model(card.id, lambda: Network(path, device=run.device)) as net:
        tiling = Tiling(LARGEST, SMALLEST, lambda side: run.note("upscale.smaller_tiles", side=side))
        progress = Progress(run)
        return upscaled(request, run, ByNetwork(net, run.device, progress.breath), tiling, progress)
