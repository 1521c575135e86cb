"""Regions follow their pictures: as diffusers' own adapters do where both can, and only where their masks are."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
from diffusers.image_processor import IPAdapterMaskProcessor
from PIL import Image

from engines.diffusion import adapter as adapters
from engines.diffusion.kinds import Family
from engines.diffusion.regional import Clock, Shown, led
from engines.diffusion.regions import Region, shares
from studio.errors import BadInput
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import SIDE, half, picture


@pytest.fixture(scope="module")
def pipe(zoo: Zoo) -> Any:
    made = StableDiffusionPipeline.from_pretrained(zoo.sd15, local_files_only=True)
    made.scheduler = EulerDiscreteScheduler.from_config(made.scheduler.config)
    made.set_progress_bar_config(disable=True)
    return made


@pytest.fixture(scope="module")
def vision(zoo: Zoo) -> Any:
    return adapters.load_vision(zoo.vision, "cpu", torch.float32)


def drawn(pipe: Any, **more: Any) -> np.ndarray:
    generator = torch.Generator().manual_seed(5)
    kept = {"num_inference_steps": 2, "guidance_scale": 5.0, "generator": generator, "output_type": "np"} | more
    return np.asarray(pipe("a knight", **({"height": SIDE, "width": SIDE} | kept)).images[0])


def shown(
    zoo: Zoo, vision: Any, regions: list[Region], file: Path | None = None, size: tuple[int, int] = (SIDE, SIDE)
) -> list[Shown]:
    adapter = adapters.load_adapter(file or zoo.adapter, Family.SD15, "cpu", vision.dtype)
    adapters.matching(adapter, vision)
    parts = shares(regions, *size)
    nothing = adapters.see_nothing(vision, detailed=adapter.detailed)
    return [
        Shown(region, adapters.see(vision, region.picture, nothing, detailed=adapter.detailed), adapter, part)
        for region, part in zip(regions, parts, strict=True)
    ]


def ours(pipe: Any, zoo: Zoo, vision: Any, regions: list[Region], file: Path | None = None, **more: Any) -> np.ndarray:
    size = (more.get("height", SIDE), more.get("width", SIDE))
    items = shown(zoo, vision, regions, file, size)
    guided = more.get("guidance_scale", 5.0) > 1
    with led(pipe.unet, Family.SD15, items, size, guided=guided, clock=Clock()):
        return drawn(pipe, **more)


@pytest.mark.parametrize("kind", ["adapter", "adapter_plus"])
def test_regions_are_drawn_as_diffusers_draws_them(zoo: Zoo, pipe: Any, vision: Any, kind: str) -> None:
    """In double precision, where nothing but a mistake can part them."""
    file = getattr(zoo, kind)
    regions = [Region(picture(1), half(True), 0.8), Region(picture(2), half(False), 0.5)]
    mine = StableDiffusionPipeline(**exact(pipe.components), requires_safety_checker=False)
    mine.set_progress_bar_config(disable=True)
    encoder = copy.deepcopy(vision).double()
    wanted = [ours(mine, zoo, encoder, regions, file, guidance_scale=scale) for scale in (5.0, 1.0)]
    mine.load_ip_adapter(str(file.parent), subfolder="", weight_name=file.name, image_encoder_folder=None)
    mine.register_modules(image_encoder=encoder)
    mine.set_ip_adapter_scale([[0.8, 0.5]])
    halves = [Image.fromarray(half(left)) for left in (True, False)]
    masks = IPAdapterMaskProcessor().preprocess(halves, height=SIDE, width=SIDE)
    more = {
        "ip_adapter_image": [[Image.fromarray(region.picture) for region in regions]],
        "cross_attention_kwargs": {"ip_adapter_masks": [masks.reshape(1, 2, SIDE, SIDE)]},
    }
    theirs = [drawn(mine, guidance_scale=scale, **more) for scale in (5.0, 1.0)]
    for one, other in zip(wanted, theirs, strict=True):
        assert np.abs(one - other).max() < 1e-5
    assert np.abs(wanted[0] - drawn(pipe)).mean() > 0.01


def exact(components: dict[str, Any]) -> dict[str, Any]:
    """The same networks in double precision."""
    kept = copy.deepcopy(components)
    return {name: part.double() if isinstance(part, torch.nn.Module) else part for name, part in kept.items()}


def test_a_region_changes_inside_its_mask(zoo: Zoo, pipe: Any, vision: Any) -> None:
    """Four times as much as outside, measured on latents: the rest comes from what the network itself spreads."""

    def ratio(masks: list[np.ndarray | None]) -> float:
        size = {"height": 256, "width": 256, "output_type": "latent"}
        before, after = (
            ours(pipe, zoo, vision, [Region(picture(seed), masks[0], 1.0), Region(picture(2), masks[1], 1.0)], **size)
            for seed in (1, 3)
        )
        change = np.abs(after - before).mean(axis=0)
        return float(change[:, :16].mean() / change[:, 16:].mean())

    masked, unmasked = ratio([half(True, 256), half(False, 256)]), ratio([None, None])
    assert masked > 3, f"{masked:.1f} times"
    assert 0.7 < unmasked < 1.4, f"{unmasked:.1f} times"


def test_a_layer_leaves_what_lies_outside_a_mask_as_it_was(zoo: Zoo, pipe: Any, vision: Any) -> None:
    name = next(name for name in pipe.unet.attn_processors if "attn2" in name)
    attn = pipe.unet.get_submodule(name.removesuffix(".processor"))
    states, words = torch.randn(2, 64, attn.query_dim), torch.randn(2, 77, 32)
    before = attn(states, words)
    for mask in (half(True), np.maximum(half(True), 200)):
        items = shown(zoo, vision, [Region(picture(1), mask, 1.0)])
        with led(pipe.unet, Family.SD15, items, (SIDE, SIDE), guided=True, clock=Clock()):
            change = (attn(states, words) - before).abs().mean(-1).reshape(2, 8, 8)
        assert torch.all(change[:, :, :4] > 1e-3)
        if mask.min() == 0:
            assert torch.all(change[:, :, 4:] == 0)


def test_nothing_stays_behind(zoo: Zoo, pipe: Any, vision: Any) -> None:
    before = drawn(pipe)
    ours(pipe, zoo, vision, [Region(picture(1), half(True))])
    assert np.array_equal(drawn(pipe), before)
    assert np.array_equal(ours(pipe, zoo, vision, [Region(picture(1), half(True), scale=0.0)]), before)
    assert np.array_equal(ours(pipe, zoo, vision, [Region(picture(1), scale=1.0, stop=0.0)]), before)


def test_a_picture_for_the_whole_drawing_beside_regions(zoo: Zoo, pipe: Any, vision: Any) -> None:
    region, style = Region(picture(1), half(True)), Region(picture(2), scale=0.5)
    both = ours(pipe, zoo, vision, [region, style])
    assert not np.array_equal(both, ours(pipe, zoo, vision, [region]))
    full = Region(picture(2), np.ones((SIDE, SIDE), np.float32), scale=0.5)
    assert np.allclose(ours(pipe, zoo, vision, [style]), ours(pipe, zoo, vision, [full]), atol=1e-5)
    look = ours(pipe, zoo, vision, [Region(picture(2), scale=0.5, reach="style")])
    assert not np.array_equal(look, ours(pipe, zoo, vision, [style]))
    assert not np.array_equal(look, drawn(pipe))


def test_shares_of_overlapping_masks_sum_to_one_at_most() -> None:
    ramp = np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (SIDE, 1))
    regions = [Region(picture(1), ramp), Region(picture(2), np.full((128, 128), 255, np.uint8)), Region(picture(3))]
    first, second, third = shares(regions, SIDE, SIDE)
    assert first is not None and second is not None and third is None
    assert np.all(first + second <= 1 + 1e-6)
    assert np.allclose(first + second, 1, atol=1e-6)
    assert np.allclose(first[:, -1], 0.5) and first[0, 0] == 0
    alone = shares([Region(picture(1), ramp)], SIDE, SIDE)[0]
    assert alone is not None and np.array_equal(alone, ramp)


def test_masks_that_cannot_be_meant_are_refused() -> None:
    for mask, key in (
        (np.zeros((SIDE, SIDE), np.uint8), "mask_empty"),
        (np.full((SIDE, SIDE), np.nan, np.float32), "mask_empty"),
        (np.ones((SIDE, SIDE * 2), np.float32), "mask_aspect"),
        (np.ones((SIDE, SIDE, 3), np.float32), "mask_shape"),
    ):
        with pytest.raises(BadInput) as caught:
            shares([Region(picture(1), mask, name="hair")], SIDE, SIDE)
        assert caught.value.key == f"diffusion.{key}"


def test_adapters_and_encoders_that_do_not_fit_are_refused(zoo: Zoo, pipe: Any, vision: Any) -> None:
    with pytest.raises(BadInput) as caught:
        adapters.load_adapter(zoo.lora, Family.SD15, "cpu", torch.float32)
    assert caught.value.key == "diffusion.wrong_role"
    with pytest.raises(BadInput) as caught:
        ours(pipe, zoo, vision, [Region(picture(1))], zoo.adapter_sdxl)
    assert caught.value.key in ("diffusion.wrong_family", "diffusion.adapter_unet")
    plus = adapters.load_adapter(zoo.adapter_plus, Family.SD15, "cpu", torch.float32)
    vision.config.hidden_size += 1
    try:
        with pytest.raises(BadInput) as caught:
            adapters.matching(plus, vision)
    finally:
        vision.config.hidden_size -= 1
    assert caught.value.key == "diffusion.adapter_vision"


def test_a_wide_picture_is_seen_whole(vision: Any) -> None:
    wide = picture(4, 40, 160)
    other = wide.copy()
    other[:, :20] = 0
    seen = [adapters.see(vision, item, None, detailed=False).picture for item in (wide, other)]
    assert not torch.equal(*seen)
    cut_out = np.dstack([picture(5), np.zeros((96, 96), np.uint8)])
    assert np.all(adapters.squared(cut_out) == 255)
