"""The painter draws: what diffusers draws where that can be compared, and all that it is asked for beside."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline

from engines.diffusion.controls import Control, Source
from engines.diffusion.drawing import Models
from engines.diffusion.lora import Lora
from engines.diffusion.regions import Region
from engines.diffusion.speeds import SPEEDS, scheduler, speed
from studio.errors import BadInput, Cancelled, LimitReached
from studio.memory import Residency
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import PLENTY, SIDE, Studio, difference, half, picture, sd15, sdxl

LONG = ", ".join(f"part {number} of the armour" for number in range(20))


@pytest.fixture(scope="module")
def memory() -> Residency:
    """One for all tests, so that what one leaves behind is seen by the next."""
    return Residency(lambda device: PLENTY)


@pytest.fixture
def studio(tmp_path: Path, memory: Residency) -> Studio:
    return Studio(tmp_path, memory)


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_a_plain_drawing_is_that_of_diffusers(zoo: Zoo, studio: Studio, name: str) -> None:
    models, kind = (sd15(zoo), StableDiffusionPipeline) if name == "sd15" else (sdxl(zoo), StableDiffusionXLPipeline)
    ours = studio.picture(models, negative="bad", seeds=(3,), guidance=5.0)
    pipe: Any = kind.from_pretrained(models.base.path, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    settings = {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True, "timestep_spacing": "linspace"}
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config, **settings)
    theirs = pipe(
        "a knight, silver hair",
        negative_prompt="bad",
        width=SIDE,
        height=SIDE,
        num_inference_steps=2,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(3),
    ).images[0]
    assert np.abs(ours.astype(int) - np.asarray(theirs).astype(int)).max() <= 1


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_single_file_and_folder_draw_the_same_bit_for_bit(zoo: Zoo, studio: Studio, name: str) -> None:
    folder = Models(Source(f"{name} folder", getattr(zoo, name)))
    single = Models(Source(f"{name} single", getattr(zoo, f"{name}_file")), configs=zoo.configs)
    assert np.array_equal(studio.picture(folder), studio.picture(single))


def test_weights_and_words_behind_the_77th_token_act(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    plain = studio.picture(models, prompt="a red hat")
    assert difference(plain, studio.picture(models, prompt="a (red:1.8) hat")) > 0.1
    assert np.array_equal(plain, studio.picture(models, prompt="a (red:1.0) hat"))
    long = studio.picture(models, prompt=LONG)
    assert difference(long, studio.picture(models, prompt=f"{LONG}, (blue cape:1.5)")) > 0.1
    assert difference(plain, studio.picture(models, prompt="a red hat", clip_skip=1)) > 0.1
    assert difference(plain, studio.picture(models, prompt="a red hat", negative="(dull:1.5)")) > 0.1


def test_the_same_seed_gives_the_same_picture(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    one, two = studio.draw(models, seeds=(1, 2)).pictures
    assert not np.array_equal(one, two)
    assert np.array_equal(one, studio.draw(models, seeds=(1, 2)).pictures[0])
    assert difference(two, studio.picture(models, seeds=(2,))) < 1


def test_networks_are_residents_of_their_own(zoo: Zoo, tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    models, regions = sd15(zoo), [Region(picture(1), half(True))]
    studio.draw(models, regions=regions)
    assert {"sd15/unet", "sd15/vae", "sd15/text_encoder", "clip/vision", "ip/SD15"} <= studio.resident()
    assert all(item.bytes > 0 for item in studio.memory.resident() if item.key in ("sd15/unet", "ip/SD15"))
    before = {item.key: item for item in studio.memory.resident()}
    for key in ("clip/vision", "sd15/text_encoder"):
        assert studio.memory.unload(key)
    first = studio.picture(models, regions=regions)
    assert not {"clip/vision", "sd15/text_encoder"} & studio.resident(), "known pictures and prompts need no encoder"
    studio.memory.unload("sd15/memo")
    assert np.array_equal(studio.picture(models, regions=regions), first)
    assert studio.resident() >= set(before)


def test_a_small_budget_is_kept_part_by_part(zoo: Zoo, studio: Studio, tmp_path: Path) -> None:
    expected = studio.picture(sdxl(zoo), clip_skip=1)
    sizes = {item.key: item.bytes for item in studio.memory.resident()}
    budget = sizes["sdxl/unet"] + sizes["sdxl/vae"] + sizes["sdxl/text_encoder_2"] // 2
    tight = Studio(tmp_path / "tight", Residency(lambda device: budget))
    assert np.array_equal(tight.picture(sdxl(zoo), clip_skip=1), expected)
    assert sum(item.bytes for item in tight.memory.resident()) <= budget


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_regions_beside_everything_else(zoo: Zoo, studio: Studio, family: str) -> None:
    models = sd15(zoo) if family == "sd15" else sdxl(zoo)
    net = Source(f"{family} control", zoo.controlnet if family == "sd15" else zoo.controlnet_sdxl)
    lora = Lora(zoo.lora_kohya if family == "sd15" else zoo.lora_sdxl, 0.5)
    regions = [Region(picture(1), half(True)), Region(picture(2), half(False)), Region(picture(3), scale=0.3)]
    base = {"picture": picture(4, SIDE, SIDE), "regions": regions, "strength": 1.0}
    control = Control("canny", picture(5), net)
    drawn = [
        studio.picture(models, **base),
        studio.picture(models, **base, controls=[control]),
        studio.picture(models, **base, controls=[control, Control("depth", picture(6), net, scale=0.5, end=0.8)]),
        studio.picture(models, **base, controls=[control], loras=[lora]),
        studio.picture(models, **base, controls=[control], mask=half(True)),
    ]
    assert len({item.tobytes() for item in drawn}) == len(drawn)
    assert np.array_equal(studio.picture(models, **base), drawn[0]), "nothing of the others stays behind"


def test_one_net_for_all_kinds_of_map(zoo: Zoo, studio: Studio) -> None:
    models, net = sdxl(zoo), Source("union", zoo.union)
    pose, depth = (Control(kind, picture(5), net) for kind in ("pose", "depth"))
    base = {"picture": picture(4, SIDE, SIDE)}
    drawn = [
        studio.picture(models),
        studio.picture(models, controls=[pose]),
        studio.picture(models, controls=[depth]),
        studio.picture(models, controls=[pose, depth]),
        studio.picture(models, **base, controls=[pose]),
        studio.picture(models, **base, controls=[pose], mask=half(True)),
    ]
    assert len({item.tobytes() for item in drawn}) == len(drawn)
    single = Source("file", zoo.union / "diffusion_pytorch_model.safetensors")
    with pytest.raises(BadInput):
        studio.picture(models, controls=[pose, Control("depth", picture(5), single)])
    with pytest.raises(BadInput):
        studio.picture(sd15(zoo), controls=[pose])


def test_strength_says_how_far_a_drawing_leaves_its_picture(zoo: Zoo, studio: Studio) -> None:
    models, base = sd15(zoo), picture(4, SIDE, SIDE)
    near, far = (studio.picture(models, picture=base, strength=strength, steps=8) for strength in (0.15, 1.0))
    kept = studio.picture(models, picture=base, strength=0.01, steps=8)
    assert difference(kept, near) < difference(kept, far)


def test_only_the_mask_is_drawn_anew(zoo: Zoo, studio: Studio) -> None:
    models, base = sd15(zoo), picture(4, SIDE, SIDE)
    drawn = studio.picture(models, picture=base, mask=half(True), strength=1.0)
    assert np.array_equal(drawn[:, SIDE // 2 :], base[:, SIDE // 2 :])
    assert difference(drawn[:, : SIDE // 2], base[:, : SIDE // 2]) > 5


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_a_small_part_is_drawn_at_full_size(zoo: Zoo, studio: Studio, family: str) -> None:
    models = sd15(zoo) if family == "sd15" else sdxl(zoo)
    base = picture(4, 200, 160)
    mask = np.zeros((200, 160), np.float32)
    mask[20:60, 40:80] = 1
    region = Region(picture(1), mask, scale=1.0)
    net = Source(f"{family} control", zoo.controlnet if family == "sd15" else zoo.controlnet_sdxl)
    wishes = {"picture": base, "mask": mask, "padding": 8, "strength": 1.0}
    plain = studio.picture(models, **wishes)
    led = studio.picture(models, **wishes, regions=[region])
    kept = studio.picture(models, **wishes, controls=[Control("depth", base, net)])
    for drawn in (plain, led, kept):
        assert drawn.shape == base.shape
        assert np.array_equal(drawn[80:], base[80:])
        assert difference(drawn[25:55, 45:75], base[25:55, 45:75]) > 5
    assert difference(plain, led) > 0
    assert difference(plain, kept) > 0


def test_each_speed_draws(zoo: Zoo, studio: Studio) -> None:
    import tomllib

    names = [name for name in tomllib.loads(SPEEDS.read_text()) if not name.endswith("_v")]
    drawn = {name: studio.picture(sd15(zoo), speed=name) for name in names}
    assert len({item.tobytes() for item in drawn.values()}) == len(names)
    assert [total for _, total in studio.host.steps] == [2] * 2 * len(names)
    with pytest.raises(BadInput):
        studio.picture(sd15(zoo), speed="warp")


def test_weights_that_predict_v_get_a_scheduler_that_knows() -> None:
    noise = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "beta_schedule": "scaled_linear"}
    made = scheduler(speed("full", noise), noise)
    assert made.config.prediction_type == "v_prediction"
    assert made.config.rescale_betas_zero_snr and made.config.timestep_spacing == "trailing"
    assert scheduler(speed("full", {}), {}).config.prediction_type == "epsilon"


def test_progress_previews_and_cancelling(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    first = studio.picture(models, steps=6, seeds=(1,))
    assert studio.host.steps == [(step, 6) for step in range(1, 7)]
    assert studio.host.previews and studio.host.previews[0].startswith(b"\xff\xd8")
    studio.host.steps.clear()
    studio.host.stop_after = 2
    with pytest.raises(Cancelled):
        studio.picture(models, steps=6, seeds=(1,), regions=[Region(picture(1), half(True))])
    assert len(studio.host.steps) == 2, "it stops within the step"
    studio.host.stop_after = None
    assert np.array_equal(studio.picture(models, steps=6, seeds=(1,)), first), "what was stopped leaves nothing behind"


def test_a_lora_of_no_strength_is_none(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    plain = studio.picture(models)
    assert difference(plain, studio.picture(models, loras=[Lora(zoo.lora, 1.0)])) > 0.1
    assert np.array_equal(plain, studio.picture(models, loras=[Lora(zoo.lora, 0.0)]))
    assert np.array_equal(plain, studio.picture(models))


@pytest.mark.parametrize(
    ("wishes", "key"),
    [
        ({"width": 70}, "diffusion.size"),
        ({"width": 32}, "diffusion.size"),
        ({"seeds": ()}, "diffusion.no_seed"),
        ({"mask": np.ones((64, 64))}, "diffusion.mask_alone"),
        ({"picture": picture(1), "mask": np.ones((8, 8))}, "diffusion.own_mask_size"),
        ({"picture": picture(1), "mask": np.zeros((96, 96))}, "diffusion.own_mask_empty"),
        ({"picture": picture(1), "strength": 0.0}, "diffusion.strength"),
        ({"picture": picture(1)[..., 0]}, "diffusion.picture"),
        ({"regions": [Region(picture(1), np.zeros((64, 64)))]}, "diffusion.mask_empty"),
        ({"regions": [Region(picture(1), scale=-1)]}, "diffusion.region_scale"),
        ({"regions": [Region(picture(1)[..., 0])]}, "diffusion.region_picture"),
    ],
)
def test_what_cannot_be_drawn_is_told(zoo: Zoo, studio: Studio, wishes: dict[str, Any], key: str) -> None:
    with pytest.raises(BadInput) as caught:
        studio.draw(sd15(zoo), **wishes)
    assert caught.value.key == key
    assert "error.diffusion" not in str(caught.value)


def test_regions_need_an_adapter_and_pictures_have_a_limit(zoo: Zoo, studio: Studio) -> None:
    with pytest.raises(BadInput) as caught:
        studio.draw(Models(Source("sd15", zoo.sd15)), regions=[Region(picture(1))])
    assert caught.value.key == "diffusion.no_adapter"
    with pytest.raises(LimitReached):
        studio.draw(sd15(zoo), width=4096, height=4096)
