"""Tiny Segment Anything networks, made by the transformers library's classes, with the files of published ones."""

from pathlib import Path

import torch
from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2PromptEncoderConfig,
    Sam2VideoConfig,
    Sam2VideoModel,
    Sam2VisionConfig,
    SamConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

SIDE = 128
WIDTH = 32
DECODER = {"hidden_size": WIDTH, "mlp_dim": 64, "num_attention_heads": 2, "iou_head_hidden_dim": 32}


def make_sam(folder: Path) -> Path:
    """The files of ``facebook/sam-vit-base``, for pictures of 128 pixels."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    eye = SamVisionConfig(
        hidden_size=32, output_channels=WIDTH, num_hidden_layers=2, num_attention_heads=2, image_size=SIDE,
        window_size=4, global_attn_indexes=[1], num_pos_feats=WIDTH // 2, initializer_range=0.1,
    )  # fmt: skip
    prompts = SamPromptEncoderConfig(hidden_size=WIDTH, image_size=SIDE)
    config = SamConfig(
        vision_config=eye, prompt_encoder_config=prompts, mask_decoder_config=SamMaskDecoderConfig(**DECODER)
    )
    return _saved(SamModel(config), folder)


def make_sam2(folder: Path, *, video: bool = False) -> Path:
    """The files of ``facebook/sam2.1-hiera-tiny``, which say that they are for video, or of one for pictures alone."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    eye = Sam2VisionConfig(
        backbone_config=Sam2HieraDetConfig(
            hidden_size=8, image_size=[SIDE, SIDE], blocks_per_stage=[1, 1, 2, 1], embed_dim_per_stage=[8, 16, 32, 64],
            num_attention_heads_per_stage=[1, 1, 2, 2], window_size_per_stage=[8, 4, 4, 4], global_attention_blocks=[3],
            window_positional_embedding_background_size=[4, 4],
        ),
        backbone_channel_list=[64, 32, 16, 8], backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=WIDTH,
    )  # fmt: skip
    parts = {
        "vision_config": eye,
        "prompt_encoder_config": Sam2PromptEncoderConfig(hidden_size=WIDTH, image_size=SIDE),
        "mask_decoder_config": Sam2MaskDecoderConfig(**DECODER),
    }
    if not video:
        return _saved(Sam2Model(Sam2Config(**parts)), folder)
    memory = {
        "memory_attention_hidden_size": WIDTH, "memory_attention_num_layers": 1, "memory_attention_num_attention_heads": 1,
        "memory_attention_feed_forward_hidden_size": 32, "memory_encoder_hidden_size": WIDTH,
        "memory_encoder_output_channels": 16, "mask_downsampler_embed_dim": WIDTH, "memory_fuser_embed_dim": WIDTH,
        "memory_fuser_intermediate_dim": 64, "memory_attention_rope_feat_sizes": [8, 8], "image_size": SIDE,
    }  # fmt: skip
    return _saved(Sam2VideoModel(Sam2VideoConfig(**parts, **memory)), folder)


def _saved(model: torch.nn.Module, folder: Path) -> Path:
    with torch.no_grad():
        for part in model.parameters():
            if part.ndim > 1:
                part.normal_(0, 0.2)
    model.eval().save_pretrained(folder)
    return folder
