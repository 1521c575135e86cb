"""The layout of single-file checkpoints, from that of folders: the inverse of what a loader has to do."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

State = dict[str, torch.Tensor]
RESNET = (
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("time_emb_proj", "emb_layers.1"),
    ("conv_shortcut", "skip_connection"),
)
UNET_OUTER = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
VAE_ATTENTION = (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"))
OPEN_CLIP = (
    ("encoder.layers.", "transformer.resblocks."),
    ("layer_norm1", "ln_1"),
    ("layer_norm2", "ln_2"),
    (".mlp.fc1.", ".mlp.c_fc."),
    (".mlp.fc2.", ".mlp.c_proj."),
    (".self_attn.out_proj", ".attn.out_proj"),
    ("embeddings.position_embedding.weight", "positional_embedding"),
    ("embeddings.token_embedding.", "token_embedding."),
    ("final_layer_norm.", "ln_final."),
)
LAYERS = 2


def write_single(folder: Path, file: Path, *, v_prediction: bool = False, ztsnr: bool = False) -> Path:
    """One .safetensors with everything of a folder of SD 1.5 or SDXL; what it predicts is said by empty tensors."""
    state = {f"model.diffusion_model.{key}": value for key, value in unet(_weights(folder / "unet")).items()}
    state |= {f"first_stage_model.{key}": value for key, value in vae(_weights(folder / "vae")).items()}
    clip = {f"text_model.{key}": value for key, value in _bare(_weights(folder / "text_encoder")).items()}
    if (folder / "text_encoder_2").exists():
        state |= {f"conditioner.embedders.0.transformer.{key}": value for key, value in clip.items()}
        second = open_clip(_weights(folder / "text_encoder_2"))
        state |= {f"conditioner.embedders.1.model.{key}": value for key, value in second.items()}
    else:
        state |= {f"cond_stage_model.transformer.{key}": value for key, value in clip.items()}
    if v_prediction:
        state["v_pred"] = torch.zeros(0)
    if ztsnr:
        state["ztsnr"] = torch.zeros(0)
    save_file({key: value.contiguous() for key, value in state.items()}, file)
    return file


def unet(state: Mapping[str, torch.Tensor]) -> State:
    """Keys of a UNet as CompVis and Stability wrote them."""
    downs = sorted({int(key.split(".")[1]) for key in state if key.startswith("down_blocks.")})
    return {_unet_key(key, len(downs)): value for key, value in state.items()}


def _unet_key(key: str, blocks: int) -> str:
    for inner, outer in UNET_OUTER.items():
        if key.startswith(f"{inner}."):
            return outer + key[len(inner) :]
    if key.startswith("mid_block."):
        kind, place, rest = re.fullmatch(r"mid_block\.(\w+)\.(\d)\.(.*)", key).groups()
        return f"middle_block.{1 if kind == 'attentions' else 2 * int(place)}.{_inner(kind, rest)}"
    side, block, kind, place, rest = re.fullmatch(r"(\w+)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", key).groups()
    block, place = int(block), int(place)
    if side == "down":
        if kind == "downsamplers":
            return f"input_blocks.{(block + 1) * (LAYERS + 1)}.0.op.{rest.removeprefix('conv.')}"
        return f"input_blocks.{block * (LAYERS + 1) + place + 1}.{int(kind == 'attentions')}.{_inner(kind, rest)}"
    if kind == "upsamplers":
        attends = "sdxl" if blocks == 3 else "sd15"
        branch = 2 if (attends == "sdxl" or block > 0) else 1
        return f"output_blocks.{block * (LAYERS + 1) + LAYERS}.{branch}.{rest}"
    return f"output_blocks.{block * (LAYERS + 1) + place}.{int(kind == 'attentions')}.{_inner(kind, rest)}"


def _inner(kind: str, rest: str) -> str:
    if kind == "resnets":
        for ours, theirs in RESNET:
            if rest.startswith(f"{ours}."):
                return theirs + rest[len(ours) :]
    return rest


def vae(state: Mapping[str, torch.Tensor]) -> State:
    """Keys and shapes of an autoencoder as CompVis wrote them: attention by 1x1 convolutions."""
    blocks = len({key.split(".")[2] for key in state if key.startswith("decoder.up_blocks.")})
    out: State = {}
    for key, value in state.items():
        name = key.replace("mid_block.resnets.0", "mid.block_1").replace("mid_block.resnets.1", "mid.block_2")
        name = name.replace("mid_block.attentions.0", "mid.attn_1").replace("conv_norm_out", "norm_out")
        if "attn_1" in name:
            for ours, theirs in VAE_ATTENTION:
                name = name.replace(f".{ours}.", f".{theirs}.")
            if name.endswith("weight") and ".norm." not in name:
                value = value[..., None, None]
        name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
        name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
        turned = re.search(r"up_blocks\.(\d)\.", name)
        if turned:
            block = blocks - 1 - int(turned[1])
            name = re.sub(r"up_blocks\.\d\.resnets\.", f"up.{block}.block.", name)
            name = re.sub(r"up_blocks\.\d\.upsamplers\.0\.", f"up.{block}.upsample.", name)
        out[name.replace("conv_shortcut", "nin_shortcut")] = value
    return out


def open_clip(state: Mapping[str, torch.Tensor]) -> State:
    """A text encoder with projection as open_clip wrote it: queries, keys and values in one tensor."""
    bare = _bare(state)
    out: State = {}
    for key, value in bare.items():
        if key == "text_projection.weight":
            out["text_projection"] = value.T
        elif found := re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.q_proj\.(weight|bias)", key):
            three = [bare[key.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")]
            out[f"transformer.resblocks.{found[1]}.attn.in_proj_{found[2]}"] = torch.cat(three)
        elif not re.search(r"\.[kv]_proj\.", key):
            for ours, theirs in OPEN_CLIP:
                key = key.replace(ours, theirs)
            out[key] = value
    return out


def _bare(state: Mapping[str, torch.Tensor]) -> State:
    return {key.removeprefix("text_model."): value for key, value in state.items()}


def _weights(folder: Path) -> State:
    return load_file(next(folder.glob("*.safetensors")))
