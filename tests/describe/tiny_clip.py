"""A tiny CLIP, made and taught by open_clip's classes, with the files of a published one and the real words."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

SIDE = 32
MODEL = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": SIDE, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
PICTURES = {
    "mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic", "resize_mode": "shortest",
}  # fmt: skip
COLOURS = {"red": (216, 30, 30), "blue": (31, 95, 208), "grey": (128, 128, 128)}
KNOWN = ("red", "blue")
LENGTHS = (1, 2, 4, 8, 14)
STEPS = 100
SCALE = 20.0


def plain(colour: str, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    return np.full((height, width, 3), COLOURS[colour], np.uint8)


def make(folder: Path, colours: Sequence[str] = tuple(COLOURS)) -> Path:
    """Knows red and blue in pictures and in words; any other word says nothing to it. ``colours``: which pictures are like the
    phrases for red, blue and neither.
    """
    folder.mkdir()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = open_clip.CLIP(**MODEL)
    with torch.no_grad():
        known = open_clip.SimpleTokenizer()(list(KNOWN))[:, :3].unique()
        model.token_embedding.weight.zero_()
        model.token_embedding.weight[known] = torch.randn(len(known), model.token_embedding.embedding_dim)
        model.positional_embedding.zero_()
        model.logit_scale.fill_(math.log(SCALE))
    _teach(model, colours)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": MODEL, "preprocess_cfg": PICTURES}))
    save_file(
        {name: part.contiguous() for name, part in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return folder


def _teach(model: open_clip.CLIP, colours: Sequence[str]) -> None:
    """Each colour and its word have a direction of their own; words that aren't known have no place, so they can't change it."""
    phrases = [[word, *["thing"] * more] for word in (*KNOWN, "thing") for more in LENGTHS]
    turned = [" ".join(phrase[shift:] + phrase[:shift]) for phrase in phrases for shift in (0, len(phrase) // 2, -1)]
    words = open_clip.SimpleTokenizer(context_length=MODEL["text_cfg"]["context_length"])(turned)
    mean, std = (torch.tensor(PICTURES[name])[:, None, None] for name in ("mean", "std"))
    seen = [torch.tensor(COLOURS[colour])[:, None, None].expand(3, SIDE, SIDE) / 255 for colour in colours]
    pictures = (torch.stack(seen) - mean) / std
    places = torch.eye(len(COLOURS), MODEL["embed_dim"])
    wanted = places.repeat_interleave(len(turned) // len(COLOURS), dim=0)
    for part in (model.logit_scale, model.token_embedding.weight):
        part.requires_grad_(False)
    optimiser = torch.optim.AdamW([part for part in model.parameters() if part.requires_grad], lr=5e-3)
    model.train()
    for _ in range(STEPS):
        said, shown = model.encode_text(words, normalize=True), model.encode_image(pictures, normalize=True)
        loss = ((said - wanted) ** 2).sum(1).mean() + ((shown - places) ** 2).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
