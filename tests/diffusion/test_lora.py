"""LoRAs act, stack, and go away without a trace."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from engines.diffusion.checkpoint import Checkpoint, open_checkpoint
from engines.diffusion.lora import Lora, check_loras, wear
from studio.errors import BadInput
from tests.diffusion.conftest import Zoo

LATENTS = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
WORDS = torch.randn(1, 77, 32, generator=torch.Generator().manual_seed(2))
IDS = torch.tensor([[49406, 320, 2368, *[49407] * 74]])


@pytest.fixture(scope="module")
def model(zoo: Zoo) -> Checkpoint:
    return open_checkpoint(zoo.sd15)


@pytest.fixture(scope="module")
def unet(model: Checkpoint) -> Any:
    return model.load("unet", "cpu", torch.float32)


@pytest.fixture(scope="module")
def pipe(zoo: Zoo) -> Any:
    return StableDiffusionPipeline.from_pretrained(zoo.sd15, local_files_only=True)


def out(unet: Any) -> torch.Tensor:
    with torch.no_grad():
        return unet(LATENTS, 500, WORDS).sample


def dressed(unet: Any, model: Checkpoint, *loras: Lora) -> torch.Tensor:
    wear(unet, "unet", check_loras(loras, model), model)
    return out(unet)


@pytest.mark.parametrize("kind", ["lora", "lora_kohya"])
def test_a_lora_acts_as_in_diffusers(zoo: Zoo, model: Checkpoint, unet: Any, pipe: Any, kind: str) -> None:
    file = getattr(zoo, kind)
    pipe.unload_lora_weights()
    pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="it")
    pipe.set_adapters(["it"], [0.7])
    assert torch.equal(dressed(unet, model, Lora(file, 0.7)), out(pipe.unet))
    encoder = model.load("text_encoder", "cpu", torch.float32)
    wear(encoder, "text_encoder", check_loras([Lora(file, 0.7)], model), model)
    with torch.no_grad():
        assert torch.equal(encoder(IDS).last_hidden_state, pipe.text_encoder(IDS).last_hidden_state)


def test_none_and_nought_are_the_same_to_the_bit(zoo: Zoo, model: Checkpoint, unet: Any) -> None:
    before = dressed(unet, model)
    assert not torch.allclose(dressed(unet, model, Lora(zoo.lora, 1.0)), before, atol=1e-3)
    assert torch.equal(dressed(unet, model, Lora(zoo.lora, 0.0)), before)
    assert torch.equal(dressed(unet, model), before)
    assert not getattr(unet, "peft_config", {})


def test_loras_stack_and_are_exchanged(zoo: Zoo, model: Checkpoint, unet: Any) -> None:
    one = dressed(unet, model, Lora(zoo.lora, 0.5))
    both = dressed(unet, model, Lora(zoo.lora, 0.5), Lora(zoo.lora_kohya, 0.5))
    other = dressed(unet, model, Lora(zoo.lora_kohya, 0.5))
    assert len({float(value.sum()) for value in (one, both, other)}) == 3
    assert torch.allclose(dressed(unet, model, Lora(zoo.lora, 0.5)), one, atol=1e-6)
    dressed(unet, model)


def test_the_text_encoders_of_sdxl_wear_theirs(zoo: Zoo) -> None:
    model = open_checkpoint(zoo.sdxl)
    for part in ("text_encoder", "text_encoder_2"):
        encoder = model.load(part, "cpu", torch.float32)
        with torch.no_grad():
            before = encoder(IDS)[0]
            wear(encoder, part, check_loras([Lora(zoo.lora_sdxl)], model), model)
            worn = encoder(IDS)[0]
            wear(encoder, part, [], model)
            assert torch.equal(encoder(IDS)[0], before)
        assert not torch.allclose(worn, before, atol=1e-3), part


def test_what_does_not_fit_leaves_nothing_behind(zoo: Zoo, model: Checkpoint, unet: Any, tmp_path: Path) -> None:
    before = dressed(unet, model)
    state = load_file(zoo.lora)
    key = next(key for key in state if "mid_block" in key and key.endswith("lora_B.weight"))
    state[key] = torch.zeros(7, 2)
    save_file(state, tmp_path / "bent.safetensors")
    with pytest.raises(BadInput) as caught:
        dressed(unet, model, Lora(tmp_path / "bent.safetensors"))
    assert caught.value.key == "diffusion.lora_foreign"
    assert not getattr(unet, "peft_config", {})
    assert torch.equal(out(unet), before)


def test_another_architecture_is_refused_before_it_is_loaded(zoo: Zoo, model: Checkpoint) -> None:
    for file, key in ((zoo.lora_sdxl, "wrong_family"), (zoo.adapter, "wrong_role")):
        with pytest.raises(BadInput) as caught:
            check_loras([Lora(file)], model)
        assert caught.value.key == f"diffusion.{key}"
    with pytest.raises(BadInput):
        check_loras([Lora(zoo.lora, 9.0)], model)
    with pytest.raises(BadInput):
        check_loras([Lora(zoo.lora)], open_checkpoint(zoo.sdxl))
