"""The embedded upscaler: a small network that comes with the studio, for drawings and photos alike, on any machine."""

from engines.upscale._picture import Progress, upscaled
from engines.vision.enlarge.edge import Edge
from engines.vision.enlarge.tiles import Tiling
from studio.engine import Engine
from studio.run import Run
from studio.tasks.upscale import UpscaleRequest, UpscaleResult

ENGINE = Engine(task="upscale", name="edge", rank=10, needs=("onnxruntime",))

TILE = 256


def run(request: UpscaleRequest, run: Run) -> UpscaleResult:
    """Enlarge a picture by two as often as it takes."""
    with run.model(f"upscale-edge/{run.threads}", lambda: Edge(run.threads)) as net:
        return upscaled(request, run, net, Tiling(TILE, TILE // 4), Progress(run))
