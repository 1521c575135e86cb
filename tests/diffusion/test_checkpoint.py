"""Folders and single files give the same networks; what is no model is told in a sentence."""

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from engines.diffusion.checkpoint import open_checkpoint
from engines.diffusion.configs import CONFIGS
from engines.diffusion.kinds import Family, Role, expect, recognise
from studio.errors import BadInput
from studio.machine_memory import model_bytes
from tests.diffusion.conftest import Zoo
from tests.diffusion.single_file import write_single


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_a_single_file_is_the_folder_bit_for_bit(zoo: Zoo, name: str) -> None:
    folder = open_checkpoint(getattr(zoo, name))
    single = open_checkpoint(getattr(zoo, f"{name}_file"), configs=zoo.configs)
    assert folder.family == single.family
    for part in folder.parts:
        ours = single.load(part, "cpu", torch.float32).state_dict()
        theirs = folder.load(part, "cpu", torch.float32).state_dict()
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs), part


@pytest.mark.parametrize(("name", "pipeline"), [("sd15", StableDiffusionPipeline), ("sdxl", StableDiffusionXLPipeline)])
def test_the_single_files_are_what_diffusers_itself_reads(zoo: Zoo, name: str, pipeline: type) -> None:
    pipe = pipeline.from_single_file(
        str(getattr(zoo, f"{name}_file")), config=str(getattr(zoo, name)), local_files_only=True
    )
    ours = open_checkpoint(getattr(zoo, f"{name}_file"), configs=zoo.configs)
    for part in ours.parts:
        theirs = getattr(pipe, part).state_dict()
        loaded = ours.load(part, "cpu", torch.float32).state_dict()
        assert all(torch.equal(loaded[key], theirs[key]) for key in theirs), part


def test_a_network_holds_no_more_memory_than_its_weights(zoo: Zoo) -> None:
    checkpoint = open_checkpoint(zoo.sd15_file, configs=zoo.configs)
    unet = checkpoint.load("unet", "cpu", torch.float32)
    assert model_bytes(unet) == sum(value.numel() * 4 for value in unet.parameters()) == checkpoint.bytes_of("unet")


def test_the_shipped_shapes_are_those_of_the_real_models() -> None:
    counts = {}
    with torch.device("meta"):
        for family in ("sd15", "sdxl"):
            folder = CONFIGS / family
            unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder, subfolder="unet"))
            vae = AutoencoderKL.from_config(AutoencoderKL.load_config(folder, subfolder="vae"))
            text = CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder"))
            counts[family] = [sum(value.numel() for value in model.parameters()) for model in (unet, vae, text)]
        second = CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(CONFIGS / "sdxl" / "text_encoder_2"))
    assert counts["sd15"] == [859_520_964, 83_653_863, 123_060_480]
    assert counts["sdxl"] == [2_567_463_684, 83_653_863, 123_060_480]
    assert sum(value.numel() for value in second.parameters()) == 694_659_840


def test_what_the_weights_predict_is_read_from_them(zoo: Zoo, tmp_path: Path) -> None:
    plain = open_checkpoint(zoo.sdxl_file, configs=zoo.configs)
    assert (plain.prediction, plain.zero_snr) == ("epsilon", False)
    file = write_single(zoo.sdxl, tmp_path / "v.safetensors", v_prediction=True, ztsnr=True)
    noise = open_checkpoint(file, configs=zoo.configs).noise()
    assert noise["prediction_type"] == "v_prediction"
    assert noise["rescale_betas_zero_snr"] is True


def test_a_vae_of_ones_own_is_used(zoo: Zoo, tmp_path: Path) -> None:
    keys = {key: value for key, value in load_file(zoo.sd15_file).items() if key.startswith("first_stage_model.")}
    own = {key.removeprefix("first_stage_model."): value * 0.5 for key, value in keys.items()}
    save_file(own, tmp_path / "own.vae.safetensors")
    checkpoint = open_checkpoint(zoo.sd15, vae=tmp_path / "own.vae.safetensors", configs=zoo.configs)
    ours = checkpoint.load("vae", "cpu", torch.float32).decoder.conv_in.weight
    theirs = open_checkpoint(zoo.sd15).load("vae", "cpu", torch.float32).decoder.conv_in.weight
    assert torch.equal(ours, theirs * 0.5)


def test_each_kind_of_file_is_known(zoo: Zoo) -> None:
    wanted = {
        zoo.sd15_file: (Role.CHECKPOINT, Family.SD15),
        zoo.sdxl_file: (Role.CHECKPOINT, Family.SDXL),
        zoo.sd15 / "unet" / "diffusion_pytorch_model.safetensors": (Role.UNET, Family.SD15),
        zoo.sdxl / "unet" / "diffusion_pytorch_model.safetensors": (Role.UNET, Family.SDXL),
        zoo.sd15 / "vae" / "diffusion_pytorch_model.safetensors": (Role.VAE, Family.UNKNOWN),
        zoo.tiny_vae / "diffusion_pytorch_model.safetensors": (Role.TINY_VAE, Family.UNKNOWN),
        zoo.controlnet / "diffusion_pytorch_model.safetensors": (Role.CONTROLNET, Family.SD15),
        zoo.controlnet_sdxl / "diffusion_pytorch_model.safetensors": (Role.CONTROLNET, Family.SDXL),
        zoo.union / "diffusion_pytorch_model.safetensors": (Role.CONTROLNET_UNION, Family.SDXL),
        zoo.vision / "model.safetensors": (Role.CLIP_VISION, Family.UNKNOWN),
        zoo.adapter: (Role.IP_ADAPTER, Family.SD15),
        zoo.adapter_plus: (Role.IP_ADAPTER, Family.SD15),
        zoo.adapter_sdxl: (Role.IP_ADAPTER, Family.SDXL),
        zoo.lora: (Role.LORA, Family.SD15),
        zoo.lora_kohya: (Role.LORA, Family.SD15),
        zoo.lora_sdxl: (Role.LORA, Family.SDXL),
    }
    assert {path: (recognise(path).role, recognise(path).family) for path in wanted} == wanted


def refusal(path: Path, **more: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        open_checkpoint(path, **more)
    return caught.value


def test_half_a_file_is_refused(zoo: Zoo, tmp_path: Path) -> None:
    half = tmp_path / "half.safetensors"
    data = zoo.sd15_file.read_bytes()
    half.write_bytes(data[: len(data) // 2])
    assert refusal(half).key == "diffusion.incomplete"
    half.write_bytes(data[:1000])
    assert refusal(half).key == "diffusion.incomplete"
    half.write_bytes(data[:5])
    assert refusal(half).key == "diffusion.incomplete"


def test_half_a_folder_is_refused(zoo: Zoo, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for file in zoo.sd15.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(zoo.sd15)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert refusal(folder).key == "diffusion.incomplete"
    weights.unlink()
    assert refusal(folder).params["part"] == "vae"
    (folder / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
    assert refusal(folder).key == "diffusion.pickle"
    assert refusal(tmp_path / "model" / "vae").key == "diffusion.not_a_folder"


def test_pickles_are_refused_under_any_name(zoo: Zoo, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "model.ckpt")
    assert refusal(tmp_path / "model.ckpt").key == "diffusion.pickle"
    (tmp_path / "model.ckpt").rename(tmp_path / "model.safetensors")
    assert refusal(tmp_path / "model.safetensors").key == "diffusion.pickle"
    (tmp_path / "page.safetensors").write_text("<!doctype html><html>Not found</html>")
    assert refusal(tmp_path / "page.safetensors").key == "diffusion.not_weights"
    assert refusal(tmp_path / "none.safetensors").key == "diffusion.absent"


def test_other_files_are_named_for_what_they_are(zoo: Zoo, tmp_path: Path) -> None:
    wrong = refusal(zoo.sd15 / "vae" / "diffusion_pytorch_model.safetensors")
    assert (wrong.key, wrong.params["role"]) == ("diffusion.wrong_role", Role.VAE)
    assert refusal(zoo.lora).params["role"] == Role.LORA
    assert refusal(zoo.sd15, vae=zoo.lora).key == "diffusion.wrong_role"
    save_file({"model.diffusion_model.double_blocks.0.img_attn.qkv.weight": torch.zeros(2, 2)}, tmp_path / "f")
    assert recognise(tmp_path / "f").family == Family.FLUX
    with pytest.raises(BadInput) as caught:
        expect(zoo.lora_sdxl, Role.LORA, family=Family.SD15)
    assert caught.value.key == "diffusion.wrong_family"


def test_a_model_of_other_shapes_is_refused_when_it_is_loaded(zoo: Zoo) -> None:
    real_shapes = open_checkpoint(zoo.sd15_file)
    for part in real_shapes.parts:
        with pytest.raises(BadInput) as caught:
            real_shapes.load(part, "cpu", torch.float32)
        assert caught.value.key == "diffusion.part_foreign"
