"""Our painter beside diffusers' own calls, with tiny models of the real classes: ``python -m tests.bench.bench_diffusion``.

CPU seconds of one thread, the least of several runs in turns. The picture encoder is as large as CLIP's ViT-B/32, so
that what it costs shows; the networks are so small that what Python does around them shows too.
"""

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers.image_processor import IPAdapterMaskProcessor
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from engines.diffusion.controls import Source
from engines.diffusion.drawing import Models
from engines.diffusion.regions import Region
from tests.diffusion import extras
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import Studio, half, picture

SIDE, STEPS, ROUNDS, REGIONS = 128, 8, 8, 4
PROMPT, NEGATIVE, GUIDANCE = "a knight, silver hair", "bad hands", 5.0
SETTINGS = {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True, "timestep_spacing": "linspace"}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def least(works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """CPU seconds of each, after one run to warm up."""
    best = dict.fromkeys(works, float("inf"))
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if turn:
                best[name] = min(best[name], time.process_time() - start)
    return best


def plain_call(kind: type, folder: Path) -> tuple[Any, Callable[..., Any]]:
    """A pipeline of diffusers, and a call that draws the same as our painter."""
    pipe: Any = kind.from_pretrained(folder, local_files_only=True)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config, **SETTINGS)
    pipe.set_progress_bar_config(disable=True)

    def draw(**more: Any) -> Any:
        return pipe(
            PROMPT,
            negative_prompt=NEGATIVE,
            width=SIDE,
            height=SIDE,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=torch.Generator().manual_seed(1),
            **more,
        )

    return pipe, draw


def regions(first: int) -> list[Region]:
    """A region for each quarter."""
    found = []
    for place in range(REGIONS):
        mask = half(place % 2 == 0, SIDE) & (half(place < 2, SIDE).T)
        found.append(Region(picture(first + place, 256, 256), mask, 0.8))
    return found


def encoder(folder: Path) -> Path:
    """A picture encoder of the size of ViT-B/32, projecting to what the tiny adapter reads."""
    torch.manual_seed(0)
    CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=extras.VISION_PROJECTED)).save_pretrained(folder)
    return folder


def main() -> None:
    """Print all figures."""
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    home = Path(tempfile.mkdtemp())
    zoo, studio = Zoo(home), Studio(home)
    wishes = {
        "prompt": PROMPT,
        "negative": NEGATIVE,
        "width": SIDE,
        "height": SIDE,
        "steps": STEPS,
        "guidance": GUIDANCE,
    }
    for name, kind in (("sd15", StableDiffusionPipeline), ("sdxl", StableDiffusionXLPipeline)):
        models = Models(Source(name, getattr(zoo, name)))
        _, call = plain_call(kind, models.base.path)
        took = least({"plain": call, "ours": lambda models=models: studio.draw(models, **wishes)})
        over = took["ours"] / took["plain"] - 1
        say(f"{name}: diffusers {took['plain']:.3f} s, ours {took['ours']:.3f} s: {over:+.1%}")
    compare_regions(zoo, studio, encoder(home / "vit"), wishes)


def compare_regions(zoo: Zoo, studio: Studio, vision: Path, wishes: dict[str, Any]) -> None:
    models = Models(Source("sd15", zoo.sd15), adapter=Source("ip", zoo.adapter), vision=Source("vit", vision))
    pipe, call = plain_call(StableDiffusionPipeline, zoo.sd15)
    pipe.load_ip_adapter(str(zoo.adapter.parent), subfolder="", weight_name=zoo.adapter.name, image_encoder_folder=None)
    pipe.register_modules(image_encoder=CLIPVisionModelWithProjection.from_pretrained(vision))
    pipe.set_ip_adapter_scale([[0.8] * REGIONS])
    known = regions(100)
    masks = IPAdapterMaskProcessor().preprocess([Image.fromarray(item.mask) for item in known], SIDE, SIDE)
    given = {
        "ip_adapter_image": [[Image.fromarray(item.picture) for item in known]],
        "cross_attention_kwargs": {"ip_adapter_masks": [masks.reshape(1, REGIONS, SIDE, SIDE)]},
    }
    fresh = iter(range(1000, 100000, REGIONS))
    took = least(
        {
            "plain": lambda: call(**given),
            "new": lambda: studio.draw(models, **wishes, regions=regions(next(fresh))),
            "same": lambda: studio.draw(models, **wishes, regions=known),
        }
    )

    def first() -> None:
        for key in ("vit", "ip", "sd15/memo"):
            studio.memory.unload(key)
        studio.draw(models, **wishes, regions=known)

    cold = least({"cold": first})["cold"]
    say(f"{REGIONS} regions, diffusers' adapter, pictures encoded each time: {took['plain']:.3f} s")
    say(f"{REGIONS} regions, ours: new pictures {took['new']:.3f} s, the same again {took['same']:.3f} s")
    say(f"the same regions again: {took['plain'] / took['same']:.2f} times diffusers' speed")
    say(f"the same again, after the first with encoder and adapter to load: {cold / took['same']:.2f} times as fast")


if __name__ == "__main__":
    main()
