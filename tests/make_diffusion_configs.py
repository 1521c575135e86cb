"""Writes assets/configs: what a single-file checkpoint lacks to be loaded offline. ``python -m tests.make_diffusion_configs BPE``.

``BPE`` is bpe_simple_vocab_16e6.txt.gz of the open_clip or CLIP package (MIT). The shapes are those that the models'
authors published; everything else is the default of diffusers and transformers. Tests count the parameters.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from studio.paths import ASSETS

CONFIGS = ASSETS / "configs"
MERGES = 49152 - 256 - 2
START, END = "<|startoftext|>", "<|endoftext|>"

UNET_SD15: dict[str, Any] = {
    "_class_name": "UNet2DConditionModel",
    "sample_size": 64,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280, 1280],
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    "layers_per_block": 2,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
    "norm_num_groups": 32,
}
UNET_SDXL: dict[str, Any] = {
    "_class_name": "UNet2DConditionModel",
    "sample_size": 128,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "layers_per_block": 2,
    "transformer_layers_per_block": [1, 2, 10],
    "cross_attention_dim": 2048,
    "attention_head_dim": [5, 10, 20],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
    "norm_num_groups": 32,
}
VAE: dict[str, Any] = {
    "_class_name": "AutoencoderKL",
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
}
NOISE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
    "steps_offset": 1,
}


def clip_text(width: int, layers: int, heads: int, act: str, architecture: str) -> dict[str, Any]:
    """The configuration of a CLIP text encoder."""
    return {
        "architectures": [architecture],
        "model_type": "clip_text_model",
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "hidden_act": act,
        "projection_dim": width,
        "max_position_embeddings": 77,
        "vocab_size": MERGES + 2 * 256 + 2,
        "bos_token_id": MERGES + 2 * 256,
        "eos_token_id": MERGES + 2 * 256 + 1,
        "pad_token_id": 1,
    }


CLIP_L = clip_text(768, 12, 12, "quick_gelu", "CLIPTextModel")
CLIP_G = clip_text(1280, 32, 20, "gelu", "CLIPTextModelWithProjection")
SHARED = ("in_channels", "block_out_channels", "down_block_types", "layers_per_block", "cross_attention_dim")
SHARED += ("attention_head_dim", "norm_num_groups", "transformer_layers_per_block", "use_linear_projection")
SHARED += ("addition_embed_type", "addition_time_embed_dim", "projection_class_embeddings_input_dim")


def control(unet: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    """The configuration of a ControlNet for a UNet."""
    kept = {name: unet[name] for name in SHARED if name in unet}
    return kept | {"_class_name": kind, "conditioning_embedding_out_channels": [16, 32, 96, 256]} | more


FILES: dict[str, dict[str, Any]] = {
    "sd15/unet/config.json": UNET_SD15,
    "sd15/vae/config.json": VAE | {"sample_size": 512, "scaling_factor": 0.18215},
    "sd15/text_encoder/config.json": CLIP_L,
    "sd15/scheduler/scheduler_config.json": NOISE
    | {"_class_name": "PNDMScheduler", "skip_prk_steps": True, "set_alpha_to_one": False},
    "sd15/controlnet/config.json": control(UNET_SD15, "ControlNetModel"),
    "sdxl/controlnet/config.json": control(UNET_SDXL, "ControlNetModel"),
    "sdxl/controlnet_union/config.json": control(
        UNET_SDXL, "ControlNetUnionModel", conditioning_embedding_out_channels=[48, 96, 192, 384]
    ),
    "sdxl/unet/config.json": UNET_SDXL,
    "sdxl/vae/config.json": VAE | {"sample_size": 1024, "scaling_factor": 0.13025, "force_upcast": True},
    "sdxl/text_encoder/config.json": CLIP_L,
    "sdxl/text_encoder_2/config.json": CLIP_G,
    "sdxl/scheduler/scheduler_config.json": NOISE
    | {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"},
}


def letters() -> list[str]:
    """The 256 signs that stand for the bytes, as in OpenAI's CLIP: printable ones for themselves, then the rest."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """Each token's number: bytes, bytes at a word's end, merged pairs, start and end."""
    signs = letters()
    tokens = [*signs, *(sign + "</w>" for sign in signs), *("".join(pair.split()) for pair in merges), START, END]
    return {token: number for number, token in enumerate(tokens)}


def main(bpe: Path) -> None:
    """Write all configurations and the tokenizer."""
    merges = gzip.decompress(bpe.read_bytes()).decode().split("\n")[1 : MERGES + 1]
    clip = CONFIGS / "clip"
    clip.mkdir(parents=True, exist_ok=True)
    vocab = json.dumps(vocabulary(merges), ensure_ascii=False, separators=(",", ":"))
    (clip / "vocab.json").write_text(vocab, encoding="utf-8")
    (clip / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    for name, config in FILES.items():
        file = CONFIGS / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
