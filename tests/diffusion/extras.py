"""Tiny adapters for the tiny models: IP-Adapters and LoRAs, in the formats in which they are published."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

VISION_WIDTH, VISION_PROJECTED = 32, 24
RANK = 2


def make_adapter(file: Path, folder: Path, projected: int = VISION_PROJECTED) -> Path:
    """An IP-Adapter of the base kind for the UNet of a folder: four tokens from the picture's projected embedding."""
    torch.manual_seed(20)
    context = _context(folder)
    state = {
        "image_proj.proj.weight": torch.randn(4 * context, projected) * 0.4,
        "image_proj.proj.bias": torch.randn(4 * context) * 0.1,
        "image_proj.norm.weight": torch.ones(context),
        "image_proj.norm.bias": torch.zeros(context),
    }
    save_file(state | dict(_keys_and_values(folder)), file)
    return file


def make_adapter_plus(file: Path, folder: Path) -> Path:
    """An IP-Adapter Plus: a resampler over all of the picture's tokens, with the names of its authors."""
    torch.manual_seed(21)
    context, inner, heads, queries, depth = _context(folder), 16, 2, 4, 4
    state = {
        "latents": torch.randn(1, queries, inner),
        "proj_in.weight": torch.randn(inner, VISION_WIDTH) * 0.4,
        "proj_in.bias": torch.zeros(inner),
        "proj_out.weight": torch.randn(context, inner) * 0.4,
        "proj_out.bias": torch.zeros(context),
        "norm_out.weight": torch.ones(context),
        "norm_out.bias": torch.zeros(context),
    }
    for layer in range(depth):
        for norm in ("0.norm1", "0.norm2", "1.0"):
            state[f"layers.{layer}.{norm}.weight"] = torch.ones(inner)
            state[f"layers.{layer}.{norm}.bias"] = torch.zeros(inner)
        state[f"layers.{layer}.0.to_q.weight"] = torch.randn(64 * heads, inner) * 0.4
        state[f"layers.{layer}.0.to_kv.weight"] = torch.randn(2 * 64 * heads, inner) * 0.4
        state[f"layers.{layer}.0.to_out.weight"] = torch.randn(inner, 64 * heads) * 0.2
        state[f"layers.{layer}.1.1.weight"] = torch.randn(4 * inner, inner) * 0.4
        state[f"layers.{layer}.1.3.weight"] = torch.randn(inner, 4 * inner) * 0.4
    named = {f"image_proj.{key}": value for key, value in state.items()}
    save_file(named | dict(_keys_and_values(folder)), file)
    return file


def make_lora(file: Path, folder: Path) -> Path:
    """A LoRA with diffusers' names, for attention in the UNet and the text encoder."""
    torch.manual_seed(30)
    state = {}
    for prefix, name, weight in _targets(folder):
        state[f"{prefix}.{name}.lora_A.weight"] = torch.randn(RANK, weight.shape[1]) * 0.3
        state[f"{prefix}.{name}.lora_B.weight"] = torch.randn(weight.shape[0], RANK) * 0.3
    save_file(state, file)
    return file


def make_lora_kohya(file: Path, folder: Path) -> Path:
    """A LoRA with kohya's names and an alpha beside each pair."""
    torch.manual_seed(31)
    state = {}
    encoders = {"unet": "lora_unet", "text_encoder": "lora_te", "text_encoder_2": "lora_te2"}
    if (folder / "text_encoder_2").exists():
        encoders["text_encoder"] = "lora_te1"
    for prefix, name, weight in _targets(folder):
        key = f"{encoders[prefix]}_{name.replace('.', '_')}"
        state[f"{key}.lora_down.weight"] = torch.randn(RANK, weight.shape[1]) * 0.3
        state[f"{key}.lora_up.weight"] = torch.randn(weight.shape[0], RANK) * 0.3
        state[f"{key}.alpha"] = torch.tensor(RANK / 2)
    save_file(state, file, metadata={"ss_network_dim": str(RANK)})
    return file


def _targets(folder: Path) -> Iterator[tuple[str, str, torch.Tensor]]:
    """(network, layer, its weight) of the linear layers that LoRAs train."""
    for prefix in ("unet", "text_encoder", "text_encoder_2"):
        if not (folder / prefix).exists():
            continue
        for key, weight in load_file(next((folder / prefix).glob("*.safetensors"))).items():
            name = key.removesuffix(".weight")
            if re.search(r"attn[12]\.to_(q|k|v|out\.0)$", name):
                yield prefix, name, weight
            elif re.search(r"self_attn\.(q|k|v|out)_proj$", name) and key.endswith(".weight"):
                yield prefix, name if name.startswith("text_model.") else f"text_model.{name}", weight


def _context(folder: Path) -> int:
    return int(UNet2DConditionModel.load_config(folder, subfolder="unet")["cross_attention_dim"])


def _keys_and_values(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    unet: Any = UNet2DConditionModel.from_pretrained(folder, subfolder="unet")
    sizes = {name: module.to_k.weight.shape for name, module in unet.named_modules() if name.endswith("attn2")}
    names = [name.removesuffix(".processor") for name in unet.attn_processors]
    for place, name in enumerate(names):
        if name in sizes:
            for part in ("to_k_ip", "to_v_ip"):
                yield f"ip_adapter.{place}.{part}.weight", torch.randn(*sizes[name]) * 0.2
