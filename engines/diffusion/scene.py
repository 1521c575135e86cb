"""What is there while a drawing is made, and what of it can be given up where memory is short."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engines.diffusion.ladder import Rung
from engines.diffusion.prompt import Words
from engines.diffusion.regional import Shown
from engines.diffusion.speeds import Speed
from studio.machine_memory import free_bytes, give_back
from studio.run import Run

DECODE_BYTES = 2200
"""What decoding takes for each pixel and byte of a number, as InvokeAI measured it."""


@dataclass
class Scene:
    """Networks and settings of a drawing. ``at_once`` is how many pictures are drawn together, ``offload`` says that
    networks wait on the processor until they are needed, ``hooked`` that something is fixed to them that stays.
    """

    unet: Any
    vae: Any
    controls: Sequence[Any]
    shown: Sequence[Shown]
    words: Words
    speed: Speed
    noise: dict[str, Any]
    decode: Callable[[Any], bytes]
    at_once: int
    offload: bool = False
    hooked: bool = False


def make_room(scene: Scene, device: str, pixels: int) -> None:
    """Decode one picture at a time, which costs nothing, and in tiles where it is plain that there is no room."""
    scene.vae.enable_slicing()
    free = free_bytes(device)
    width = 4 if scene.vae.config.force_upcast else scene.vae.dtype.itemsize
    if free is not None and free < pixels * DECODE_BYTES * width:
        scene.vae.enable_tiling()


def rungs(scene: Scene, run: Run) -> list[Rung]:
    """What is tried in turn: rubbish, unused models, tiles, single pictures, networks on the processor, parts of them."""
    import torch

    def collect() -> bool:
        give_back(run.device)
        return True

    def evict() -> bool:
        if run.memory is not None:
            run.memory.evict(run.device)
        return run.memory is not None

    def tile() -> bool:
        scene.vae.enable_tiling()
        return True

    def single() -> bool:
        several, scene.at_once = scene.at_once > 1, 1
        return several

    def offload() -> bool:
        scene.offload = scene.hooked = run.device != "cpu"
        return scene.offload

    def group() -> bool:
        if run.device == "cpu":
            return False
        scene.offload, scene.hooked = False, True
        scene.unet.enable_group_offload(torch.device(run.device), offload_type="block_level", num_blocks_per_group=1)
        return True

    return [Rung(step.__name__, step) for step in (collect, evict, tile, single, offload, group)]
