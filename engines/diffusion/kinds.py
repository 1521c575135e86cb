"""What a file of weights is, told from the names and shapes of its tensors alone."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engines.diffusion.files import Weights, open_weights
from studio.errors import BadInput


class Role(StrEnum):
    CHECKPOINT = "checkpoint"
    UNET = "unet"
    VAE = "vae"
    TINY_VAE = "tiny_vae"
    LORA = "lora"
    IP_ADAPTER = "ip_adapter"
    CONTROLNET = "controlnet"
    CONTROLNET_UNION = "controlnet_union"
    CLIP_VISION = "clip_vision"
    CLIP_TEXT = "clip_text"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """An architecture. Only the first two are drawn with; the others are known in order to be named."""

    SD15 = "Stable Diffusion 1.5"
    SDXL = "SDXL"
    SD2 = "Stable Diffusion 2"
    REFINER = "SDXL Refiner"
    FLUX = "FLUX"
    SD3 = "Stable Diffusion 3"
    UNKNOWN = "unknown"


DRAWN = (Family.SD15, Family.SDXL)
LDM_UNET = "model.diffusion_model."
LDM_VAE = "first_stage_model."
LORA_SIGNS = (".lora_down.", ".lora_up.", ".lora_A.", ".lora_B.", ".lora.down.", ".lora.up.", ".lora_linear_layer.")
DEEP = re.compile(r"transformer_blocks[._][1-9]")
"""A second transformer in one attention block, which SD 1.5 doesn't have."""
CONTEXT = re.compile(r"attn2[._]to_k")
SD2_WIDTH = 1024


@dataclass(frozen=True)
class Kind:
    """``context`` is the width of the text that cross-attention reads, 0 where the file doesn't tell."""

    role: Role
    family: Family
    context: int = 0
    weights: Weights | None = None


def recognise(path: Path) -> Kind:
    """What a safetensors file holds. Raises BadInput when it isn't one or isn't whole."""
    weights = open_weights(path)
    role = _role(weights)
    context = _context(weights)
    return Kind(role, _family(weights, role, context), context, weights)


def expect(path: Path, *roles: Role, family: Family | None = None) -> Kind:
    """``recognise``, which raises BadInput when the file is something else or for another architecture."""
    kind = recognise(path)
    if kind.role not in roles:
        raise BadInput("diffusion.wrong_role", name=path.name, role=kind.role, wanted=" / ".join(roles))
    if family and kind.family not in (family, Family.UNKNOWN):
        raise BadInput("diffusion.wrong_family", name=path.name, family=kind.family, wanted=family)
    return kind


def _role(weights: Weights) -> Role:
    if weights.has(*LORA_SIGNS) and not weights.starts("image_proj."):
        return Role.LORA
    if weights.starts("image_proj.") or weights.starts("ip_adapter."):
        return Role.IP_ADAPTER
    if weights.starts("controlnet_cond_embedding.", "control_model.", "input_hint_block."):
        return Role.CONTROLNET_UNION if weights.starts("control_add_embedding.") else Role.CONTROLNET
    if weights.starts(LDM_UNET, "double_blocks.", "joint_blocks."):
        return Role.CHECKPOINT if weights.starts(LDM_VAE, "cond_stage_model.", "conditioner.") else Role.UNET
    if weights.starts("down_blocks.") and weights.starts("conv_in."):
        return Role.UNET
    if weights.starts("decoder.conv_in.", "decoder.mid", "first_stage_model.decoder.conv_in."):
        return Role.VAE
    if weights.starts("decoder.layers.") or (weights.starts("1.weight", "3.conv.0.weight")):
        return Role.TINY_VAE
    if weights.starts("vision_model.embeddings."):
        return Role.CLIP_VISION
    if weights.starts("text_model.embeddings.", "embeddings.token_embedding."):
        return Role.CLIP_TEXT
    return Role.UNKNOWN


def _family(weights: Weights, role: Role, context: int) -> Family:
    if weights.has("double_blocks") or weights.has("single_transformer_blocks"):
        return Family.FLUX
    if weights.has("joint_blocks", "joint_transformer_blocks"):
        return Family.SD3
    if role in (Role.CHECKPOINT, Role.UNET, Role.CONTROLNET, Role.CONTROLNET_UNION):
        return _of_network(weights, context)
    if role == Role.LORA:
        return _of_lora(weights, context)
    if role == Role.IP_ADAPTER and context:
        return _of_adapter(weights)
    return Family.UNKNOWN


def _of_network(weights: Weights, context: int) -> Family:
    if weights.starts("conditioner.embedders.0.model."):
        return Family.REFINER
    if weights.has("label_emb.", "add_embedding."):
        return Family.SDXL
    if weights.starts("cond_stage_model.model.") or context == SD2_WIDTH:
        return Family.SD2
    return Family.SD15 if context else Family.UNKNOWN


def _of_lora(weights: Weights, context: int) -> Family:
    base = weights.metadata.get("ss_base_model_version", "") + weights.metadata.get("modelspec.architecture", "")
    if "sdxl" in base or "stable-diffusion-xl" in base:
        return Family.SDXL
    if weights.starts("lora_te2_", "text_encoder_2.") or any(DEEP.search(key) for key in weights.tensors):
        return Family.SDXL
    if context == SD2_WIDTH:
        return Family.SD2
    return Family.SD15 if context else Family.UNKNOWN


def _of_adapter(weights: Weights) -> Family:
    layers = sum(key.endswith(".to_k_ip.weight") for key in weights.tensors)
    return Family.SD15 if layers <= 16 else Family.SDXL


def _context(weights: Weights) -> int:
    for key, tensor in weights.tensors.items():
        if key.endswith("to_k_ip.weight"):
            return tensor.shape[1]
        if CONTEXT.search(key) and len(tensor.shape) >= 2 and not key.endswith((".lora_up.weight", ".lora_B.weight")):
            return tensor.shape[1]
    return 0
