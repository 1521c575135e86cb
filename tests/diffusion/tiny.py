"""Tiny models of the real classes, with real tokenizers and the layouts in which checkpoints are published."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    ControlNetUnionModel,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from engines.diffusion.configs import CONFIGS, tokenizer

VOCABULARY = 49408
WIDTH_1, WIDTH_2 = 32, 48
"""Of the two text encoders; equal ones would be taken for each other."""
NOISE: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
}


def seeded(seed: int) -> None:
    torch.manual_seed(seed)


def text_encoder(width: int, kind: type = CLIPTextModel, layers: int = 3) -> Any:
    config = CLIPTextConfig(
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        vocab_size=VOCABULARY,
        projection_dim=width,
        bos_token_id=VOCABULARY - 2,
        eos_token_id=VOCABULARY - 1,
    )
    model = kind(config).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "layer_norm" not in name and not name.endswith("bias"):
                value.normal_(0, 0.15)
    return model


def vae(force_upcast: bool = False) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 16, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=2,
        sample_size=64,
        force_upcast=force_upcast,
    ).eval()


def unet_sd15() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(32, 64, 64, 64),
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        layers_per_block=2,
        cross_attention_dim=WIDTH_1,
        attention_head_dim=8,
        norm_num_groups=2,
        sample_size=8,
    ).eval()


def unet_sdxl() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(32, 64, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=2,
        transformer_layers_per_block=(1, 1, 2),
        cross_attention_dim=WIDTH_1 + WIDTH_2,
        attention_head_dim=(4, 8, 8),
        norm_num_groups=2,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=WIDTH_2 + 6 * 8,
        sample_size=16,
    ).eval()


def publish_tokenizers(folder: Path) -> Path:
    """Tokenizers as they lie in published folders: a vocabulary and merges, where transformers 5 writes one file."""
    for place, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
        if (folder / place).exists():
            (folder / place / "tokenizer.json").unlink()
            for file in (CONFIGS / "clip").glob("[vm]*"):
                shutil.copy(file, folder / place)
            (folder / place / "special_tokens_map.json").write_text(json.dumps({"pad_token": pad}))
    return folder


def make_sd15(folder: Path) -> Path:
    """A Stable Diffusion 1.5 folder."""
    seeded(15)
    StableDiffusionPipeline(
        vae=vae(),
        text_encoder=text_encoder(WIDTH_1),
        tokenizer=tokenizer(),
        unet=unet_sd15(),
        scheduler=PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return publish_tokenizers(folder)


def make_sdxl(folder: Path, prediction: str = "epsilon") -> Path:
    """An SDXL folder."""
    seeded(99)
    StableDiffusionXLPipeline(
        vae=vae(force_upcast=True),
        text_encoder=text_encoder(WIDTH_1),
        text_encoder_2=text_encoder(WIDTH_2, CLIPTextModelWithProjection),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(pad="!"),
        unet=unet_sdxl(),
        scheduler=EulerDiscreteScheduler(timestep_spacing="leading", prediction_type=prediction, **NOISE),
    ).save_pretrained(folder)
    return publish_tokenizers(folder)


def make_configs(folder: Path, sd15: Path, sdxl: Path) -> Path:
    """The configurations of the tiny models, laid out as assets/configs."""
    for name, source in (("sd15", sd15), ("sdxl", sdxl)):
        for file in source.rglob("*config.json"):
            if "tokenizer" not in file.parts[-2]:
                target = folder / name / file.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
    return folder


def make_vision(folder: Path) -> Path:
    """A CLIP picture encoder's folder."""
    seeded(7)
    config = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=224,
        patch_size=32,
        projection_dim=24,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def make_tiny_vae(folder: Path) -> Path:
    """An AutoencoderTiny's folder, as taesd is published."""
    seeded(8)
    blocks = (8, 8, 8, 8)
    AutoencoderTiny(encoder_block_out_channels=blocks, decoder_block_out_channels=blocks).save_pretrained(folder)
    return folder


def make_controlnet(folder: Path, unet_folder: Path) -> Path:
    """A ControlNet's folder for the UNet of a folder; its outputs aren't zero, as after some training."""
    seeded(9)
    unet = UNet2DConditionModel.from_pretrained(unet_folder, subfolder="unet")
    net = ControlNetModel.from_unet(unet, conditioning_channels=3)
    _stir(net)
    net.save_pretrained(folder)
    return folder


def make_union(folder: Path) -> Path:
    """A ControlNet Union's folder for the tiny SDXL."""
    seeded(10)
    net = ControlNetUnionModel(
        block_out_channels=(32, 64, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        layers_per_block=2,
        transformer_layers_per_block=(1, 1, 2),
        cross_attention_dim=WIDTH_1 + WIDTH_2,
        attention_head_dim=(4, 8, 8),
        norm_num_groups=2,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=WIDTH_2 + 6 * 8,
        conditioning_embedding_out_channels=(8, 16, 16, 32),
        num_trans_channel=32,
        num_proj_channel=32,
        num_trans_head=4,
    )
    _stir(net)
    net.save_pretrained(folder)
    return folder


def _stir(net: Any) -> None:
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.startswith(("controlnet_down_blocks", "controlnet_mid", "controlnet_cond", "spatial_ch")):
                value.add_(torch.randn_like(value) * 0.2)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())
