"""Random weights in the sizes in which models are published, in the files in which they are."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SamConfig,
    SamModel,
    SamVisionConfig,
)

from engines.diffusion.configs import CONFIGS, tokenizer
from tests.diffusion.tiny import publish_tokenizers

PROJECTED = 1024
"""What CLIP's ViT-H gives for a picture."""
VISION = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "patch_size": 14,
}
EYE = {"hidden_size": 1280, "num_hidden_layers": 32, "num_attention_heads": 16, "global_attn_indexes": [7, 15, 23, 31]}


def make_sdxl(folder: Path, device: str) -> Path:
    """An SDXL folder in half precision."""
    home = CONFIGS / "sdxl"
    with torch.device(device):
        unet: Any = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(home / "unet")).half()
        vae: Any = AutoencoderKL.from_config(AutoencoderKL.load_config(home / "vae")).half()
        words = CLIPTextModel(_text_config(home / "text_encoder")).half()
        words_2 = CLIPTextModelWithProjection(_text_config(home / "text_encoder_2")).half()
    StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=words,
        text_encoder_2=words_2,
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(pad="!"),
        unet=unet,
        scheduler=EulerDiscreteScheduler.from_config(EulerDiscreteScheduler.load_config(home / "scheduler")),
    ).save_pretrained(folder)
    return publish_tokenizers(folder)


def make_vision(folder: Path, device: str) -> Path:
    """A folder of CLIP's ViT-H for pictures, which IP-Adapters were trained with."""
    with torch.device(device):
        CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=PROJECTED, **VISION)).half().save_pretrained(
            folder
        )
    return folder


def make_sam(folder: Path) -> Path:
    """A folder of SAM's ViT-H."""
    SamModel(SamConfig(vision_config=SamVisionConfig(**EYE))).save_pretrained(folder)
    return folder


def _text_config(folder: Path) -> CLIPTextConfig:
    return CLIPTextConfig.from_dict(json.loads((folder / "config.json").read_text()))
