"""A tiny BLIP, made and taught by the real classes, with the files of a published one."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoProcessor, BertTokenizerFast, BlipConfig, BlipForConditionalGeneration

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "blue", "picture", ".")
BEGIN = len(WORDS)
"""As in the published one, the network knows this token and the tokenizer doesn't."""
SIDE = 32
COLOURS = {"red": (216, 30, 30), "blue": (31, 95, 208)}
STEPS = 40


def plain(colour: str) -> NDArray[np.uint8]:
    return np.full((40, 60, 3), COLOURS[colour], np.uint8)


def make(folder: Path) -> Path:
    """Says "a red picture." of red and "a blue picture." of blue pictures."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    tokens = BertTokenizerFast.from_pretrained(folder)
    tokens.save_pretrained(folder)
    (folder / "special_tokens_map.json").write_text(
        json.dumps({"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]"})
    )
    pictures = {
        "image_processor_type": "BlipImageProcessor", "processor_class": "BlipProcessor", "do_resize": True,
        "size": {"height": SIDE, "width": SIDE}, "resample": 3, "do_rescale": True, "do_normalize": True,
        "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))
    torch.manual_seed(0)
    model = BlipForConditionalGeneration(_config())
    _teach(model, AutoProcessor.from_pretrained(folder))
    model.save_pretrained(folder)
    return folder


def _config() -> BlipConfig:
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"bos_token_id": BEGIN, "eos_token_id": 2, "pad_token_id": 0, "sep_token_id": 3}
    text = {**size, **ends, "vocab_size": BEGIN + 2, "encoder_hidden_size": 32, "max_position_embeddings": 32}
    return BlipConfig(text_config=text, vision_config={**size, "image_size": SIDE, "patch_size": 16})


def _teach(model: BlipForConditionalGeneration, processor) -> None:
    inputs = processor(
        images=[plain(colour) for colour in COLOURS],
        text=[f"a {colour} picture." for colour in COLOURS],
        return_tensors="pt",
    )
    inputs["input_ids"][:, 0] = BEGIN
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(STEPS):
        loss = model(**inputs, labels=inputs["input_ids"]).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
