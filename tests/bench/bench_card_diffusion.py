"""SDXL on a graphics card: ``python -m tests.bench.bench_card_diffusion``, and on the processor, with tiny networks, where there is none.

Full-size networks with random weights. Steps a second of our painter, with and without a picture for each of three regions,
beside diffusers' own call, with its attention backends and with its repeated blocks compiled; the most memory taken; what an
unloading gives back; and SDXL, SAM, ESRGAN and SDXL again under a budget of 12 GB.
"""

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

from engines.diffusion.controls import Source
from engines.diffusion.drawing import Models
from engines.diffusion.regions import Region
from engines.vision.enlarge.network import Network
from engines.vision.pick.hints import Hints
from engines.vision.pick.sam import Sam
from studio.memory import Residency
from tests.bench import full_size
from tests.cutout import tiny_sam
from tests.diffusion import extras, tiny
from tests.diffusion.scenes import Studio, picture
from tests.upscale.tiny import rrdb, save

CARD = torch.cuda.is_available()
DEVICE = "cuda:0" if CARD else "cpu"
SIDE, STEPS, ROUNDS = (1024, 20, 5) if CARD else (64, 2, 2)
BUDGET = 12 * 2**30
GB = 2**30
PROMPT, NEGATIVE, GUIDANCE = "a knight, silver hair", "bad hands", 5.0
BACKENDS = ("native", "_native_cudnn", "flash", "sage")
WISHES: dict[str, Any] = {
    "prompt": PROMPT, "negative": NEGATIVE, "guidance": GUIDANCE, "steps": STEPS, "width": SIDE, "height": SIDE,
}  # fmt: skip


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def wall(work: Callable[[], Any]) -> float:
    """Seconds that it takes, with all that the card has to do for it."""
    _settle()
    began = time.perf_counter()
    work()
    _settle()
    return time.perf_counter() - began


def turns(works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The middle seconds of each, in turns, after one round to warm up."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            seconds = wall(work)
            if turn:
                took[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def told(took: dict[str, float], base: str) -> None:
    for name, seconds in took.items():
        say(f"{name:34} {STEPS / seconds:7.2f} steps/s  {took[base] / seconds:5.2f}x {base}")


def models(home: Path) -> Models:
    """SDXL, an adapter for it and the picture encoder of the adapter, in files."""
    if CARD:
        folder, vision = full_size.make_sdxl(home / "sdxl", DEVICE), full_size.make_vision(home / "vision", DEVICE)
        adapter = extras.make_adapter(home / "ip.safetensors", folder, full_size.PROJECTED)
        torch.cuda.empty_cache()
    else:
        folder, vision = tiny.make_sdxl(home / "sdxl"), tiny.make_vision(home / "vision")
        adapter = extras.make_adapter(home / "ip.safetensors", folder)
    return Models(Source("sdxl", folder), adapter=Source("ip", adapter), vision=Source("vision", vision))


def regions() -> list[Region]:
    """Three bands, each with a picture of its own."""
    bands = np.arange(SIDE) * 3 // SIDE
    masks = [np.repeat((bands == band)[:, None], SIDE, 1).astype(np.uint8) * 255 for band in range(3)]
    return [Region(picture(band, 224, 224), mask, 0.8) for band, mask in enumerate(masks)]


def plain_pipe(folder: Path) -> Any:
    dtype = torch.float16 if CARD else torch.float32
    pipe: Any = StableDiffusionXLPipeline.from_pretrained(folder, local_files_only=True, torch_dtype=dtype).to(DEVICE)
    pipe.scheduler = EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def plain_call(pipe: Any) -> Any:
    asked = {"negative_prompt": NEGATIVE, "guidance_scale": GUIDANCE, "num_inference_steps": STEPS}
    return pipe(PROMPT, width=SIDE, height=SIDE, generator=torch.Generator().manual_seed(1), **asked)


def beside_diffusers(studio: Studio, chosen: Models) -> None:
    """Steps a second."""
    pipe, led = plain_pipe(chosen.base.path), regions()
    took = turns(
        {
            "diffusers": lambda: plain_call(pipe),
            "ours": lambda: studio.draw(chosen, **WISHES),
            "ours, three regions": lambda: studio.draw(chosen, **WISHES, regions=led),
        }
    )
    told(took, "diffusers")


def faster_ways(folder: Path) -> None:
    """What diffusers offers to make the UNet faster, each from a pipeline as it was loaded."""
    found = {"as loaded": wall_of(plain_pipe(folder))}
    for backend in BACKENDS:
        pipe = plain_pipe(folder)
        try:
            pipe.unet.set_attention_backend(backend)
            found[f"attention {backend}"] = wall_of(pipe)
        except (RuntimeError, ValueError, ImportError, AttributeError) as problem:
            say(f"attention {backend}: not here ({str(problem).splitlines()[0][:80]})")
    pipe = plain_pipe(folder)
    pipe.unet.compile_repeated_blocks(fullgraph=True)
    found["repeated blocks compiled"] = wall_of(pipe)
    told(found, "as loaded")


def wall_of(pipe: Any) -> float:
    """Middle seconds of a drawing, after two to warm up."""
    plain_call(pipe), plain_call(pipe)
    return statistics.median(wall(lambda: plain_call(pipe)) for _ in range(ROUNDS))


def under_a_budget(home: Path, chosen: Models) -> None:
    """Drawing, cutting out, enlarging and drawing again; then everything unloaded."""
    memory = Residency(lambda device: BUDGET)
    studio = Studio(home / "budget", memory)
    studio.run.device = DEVICE
    eye = full_size.make_sam(home / "sam") if CARD else tiny_sam.make_sam(home / "sam")
    weights = rrdb(features=64, blocks=23) if CARD else rrdb()
    enlarger = save(home / "esrgan.safetensors", weights)
    before = _taken()
    _fresh()
    drawn = studio.picture(chosen, **WISHES, regions=regions())
    say(f"most memory for three regions: {_most() / GB:.2f} GB")
    say(f"drawn: {_taken() / GB:.2f} GB taken, in memory {sorted(studio.resident())}")
    with studio.run.model("sam", lambda: Sam(eye, name="sam", device=DEVICE)) as sam:
        sam(drawn, Hints(SIDE, SIDE, box=(0, 0, SIDE // 2, SIDE // 2)))
    with studio.run.model("esrgan", lambda: Network(enlarger, device=DEVICE)) as network:
        network(drawn[: SIDE // 2, : SIDE // 2].astype(np.float32) / 255, lambda: None)
    say(f"cut out and enlarged: {_taken() / GB:.2f} GB taken, in memory {sorted(studio.resident())}")
    studio.picture(chosen, **WISHES, regions=regions())
    say(f"drawn again: {_taken() / GB:.2f} GB taken, in memory {sorted(studio.resident())}")
    say(f"most memory: {_most() / GB:.2f} GB (budget of models {BUDGET / GB:.0f} GB)")
    memory.unload_all()
    _fresh()
    say(f"after unloading: {(_taken() - before) / GB:+.2f} GB beside before")


def main() -> None:
    """Print all figures."""
    logging.disable(logging.WARNING)
    say(
        torch.cuda.get_device_name()
        if CARD
        else "no graphics card: tiny networks on the processor, only to see that it runs"
    )
    home = Path(tempfile.mkdtemp())
    chosen = models(home)
    studio = Studio(home)
    studio.run.device = DEVICE
    beside_diffusers(studio, chosen)
    studio.memory.unload_all()
    _fresh()
    faster_ways(chosen.base.path)
    _fresh()
    under_a_budget(home, chosen)


def _settle() -> None:
    if CARD:
        torch.cuda.synchronize()


def _fresh() -> None:
    """Forget the greatest memory so far, and what lies unused."""
    if CARD:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _taken() -> int:
    return torch.cuda.memory_allocated() if CARD else 0


def _most() -> int:
    return torch.cuda.max_memory_allocated() if CARD else 0


if __name__ == "__main__":
    main()
