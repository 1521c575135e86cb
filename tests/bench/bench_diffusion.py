"""Our painter beside diffusers' own calls: ``python -m tests.bench.bench_diffusion``.

CPU seconds of one thread, in turns, so that a machine whose speed drifts treats all alike. The UNet is small, but not so
small that only Python is measured: blocks of 64, 128, 128 and 128 channels, drawing 128 x 128 pixels. The picture encoder
costs, beside one pass of the UNet, about what CLIP's ViT-H costs beside SD 1.5's at 512 x 512 (167 and 339 billion
multiplications): for ten regions that is what a second picture saves.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from engines.diffusion.controls import Source
from engines.diffusion.drawing import Models
from engines.diffusion.regions import Region
from tests.diffusion import extras, tiny
from tests.diffusion.scenes import Studio, picture

SIDE, STEPS, ROUNDS, REGIONS = 128, 6, 7, 10
CHANNELS = (64, 128, 128, 128)
VISION = {"hidden_size": 192, "intermediate_size": 768, "num_attention_heads": 3, "patch_size": 16}
REAL_SHARE = 167 / 339
"""A picture through ViT-H beside a pass of SD 1.5's UNet at 512 x 512."""
PROMPT, NEGATIVE, GUIDANCE = "a knight, silver hair", "bad hands", 5.0
SETTINGS = {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True, "timestep_spacing": "linspace"}
LIMIT_OVER, LIMIT_AGAIN = 0.05, 1.5
Works = Mapping[str, Callable[[], Any]]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def turns(works: Works, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """CPU seconds of each in each turn, after one to warm up."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if turn:
                took[name].append(time.process_time() - start)
    return took


def ratio(over: list[float], under: list[float]) -> float:
    """The middle one of the ratios turn by turn."""
    return statistics.median(one / other for one, other in zip(over, under, strict=True))


def make_model(folder: Path) -> Path:
    """A Stable Diffusion 1.5 folder whose UNet is worth measuring."""
    tiny.make_sd15(folder)
    tiny.seeded(3)
    config = UNet2DConditionModel.load_config(folder, subfolder="unet")
    unet: Any = UNet2DConditionModel.from_config({**config, "block_out_channels": CHANNELS, "norm_num_groups": 8})
    unet.save_pretrained(folder / "unet")
    return folder


def make_encoder(folder: Path, layers: int) -> Path:
    """A picture encoder of so many layers, projecting to what the tiny adapter reads."""
    torch.manual_seed(0)
    config = CLIPVisionConfig(num_hidden_layers=layers, projection_dim=extras.VISION_PROJECTED, **VISION)
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def plain_call(folder: Path) -> Callable[[], Any]:
    """A call of diffusers that draws the same as our painter."""
    pipe: Any = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config, **SETTINGS)
    pipe.set_progress_bar_config(disable=True)
    asked = {"negative_prompt": NEGATIVE, "width": SIDE, "height": SIDE, "guidance_scale": GUIDANCE}
    return lambda: pipe(PROMPT, num_inference_steps=STEPS, generator=torch.Generator().manual_seed(1), **asked)


def regions(first: int) -> list[Region]:
    """Horizontal bands, each with a picture of its own."""
    found = []
    for place in range(REGIONS):
        mask = picture(0, SIDE, SIDE)[..., 0] * 0
        mask[place * SIDE // REGIONS : (place + 1) * SIDE // REGIONS] = 255
        found.append(Region(picture(first + place, 256, 256), mask, 0.8))
    return found


def wishes(steps: int = STEPS) -> dict[str, Any]:
    size = {"width": SIDE, "height": SIDE, "steps": steps}
    return {"prompt": PROMPT, "negative": NEGATIVE, "guidance": GUIDANCE, **size}


def compare_overhead(model: Path, studio: Studio) -> None:
    """The same drawing, without pictures: nothing that we do is to cost more than ``LIMIT_OVER``."""
    models = Models(Source("sd15", model))
    works: Works = {"plain": plain_call(model), "ours": lambda: studio.draw(models, **wishes())}
    took = turns(works)
    over = ratio(took["ours"], took["plain"]) - 1
    say(f"diffusers {min(took['plain']):.2f} s, ours {min(took['ours']):.2f} s: {over:+.1%} (limit {LIMIT_OVER:+.0%})")


def compare_again(model: Path, studio: Studio, home: Path) -> None:
    """New pictures for all regions, and the same ones again."""
    unet: Any = UNet2DConditionModel.from_pretrained(model / "unet").eval()
    latents, words = torch.zeros(1, 4, SIDE // 8, SIDE // 8), torch.zeros(1, 77, tiny.WIDTH_1)
    with torch.no_grad():
        each = turns({"pass": lambda: unet(latents, 1, words)}, 3)["pass"]
        layers = 1
        one = encoder_cost(make_encoder(home / "probe", layers))
        layers = max(1, round(min(each) * REAL_SHARE / one))
    vision = make_encoder(home / "vision", layers)
    share = encoder_cost(vision) / min(each)
    say(f"a picture through the encoder ({layers} layers): {share:.2f} of a pass of the UNet (real: {REAL_SHARE:.2f})")
    adapter = extras.make_adapter(home / "ip.safetensors", model)
    models = Models(Source("sd15", model), adapter=Source("ip", adapter), vision=Source("vit", vision))
    known = regions(100)
    fresh = iter(range(1000, 100_000, REGIONS))
    for steps in (4, 17):
        works: Works = {
            "new": lambda steps=steps: studio.draw(models, **wishes(steps), regions=regions(next(fresh))),
            "same": lambda steps=steps: studio.draw(models, **wishes(steps), regions=known),
        }
        took = turns(works, 3)
        again = ratio(took["new"], took["same"])
        say(
            f"{REGIONS} regions, {steps} steps: new pictures {min(took['new']):.2f} s, the same again {again:.2f} times as fast"
        )

    def first() -> None:
        for key in ("vit", "ip", "sd15"):
            studio.memory.unload(key)
        studio.draw(models, **wishes(4), regions=known)

    took = turns({"first": first, "same": lambda: studio.draw(models, **wishes(4), regions=known)}, 3)
    again = ratio(took["first"], took["same"])
    say(f"4 steps, after the first with all to load: {again:.2f} times as fast (limit {LIMIT_AGAIN})")


def encoder_cost(folder: Path) -> float:
    """CPU seconds of one picture."""
    encoder: Any = CLIPVisionModelWithProjection.from_pretrained(folder).eval()
    pixels = torch.zeros(1, 3, encoder.config.image_size, encoder.config.image_size)
    with torch.no_grad():
        return min(turns({"one": lambda: encoder(pixels)}, 3)["one"])


def main() -> None:
    """Print all figures."""
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    home = Path(tempfile.mkdtemp())
    model, studio = make_model(home / "sd15"), Studio(home)
    unet = json.loads((model / "unet" / "config.json").read_text())["block_out_channels"]
    say(f"UNet {unet}, {sum(p.stat().st_size for p in (model / 'unet').glob('*.safetensors')) / 4e6:.1f} M parameters")
    compare_overhead(model, studio)
    compare_again(model, studio, home)


if __name__ == "__main__":
    main()
