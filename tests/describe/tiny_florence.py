"""A tiny Florence-2, made and taught by the real classes, with the files of a published one that transformers has converted."""

import json
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import (
    AutoProcessor,
    BartConfig,
    BartTokenizerFast,
    CLIPImageProcessor,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
)
from transformers.models.florence2.configuration_florence2 import Florence2VisionConfig

from tests.describe.tiny_blip import COLOURS, plain

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
WHOLE = (
    "The", "Ġimage", "Ġshows", "Ġa", "Ġred", "Ġblue", "Ġcloak", "ĠIt", "Ġis", "Ġplain",
    "Describe", "Ġwith", "Ġparagraph", "Ġwhat", "Ġshown", "Ġin", "Ġthe",
)  # fmt: skip
SIDE = 64
SEEN = 5
"""Tokens of a picture: the mean, and 2 x 2 places."""
STEPS = 40
SAYS = {colour: f"The image shows a {colour} cloak. It is plain." for colour in COLOURS}


def make(folder: Path) -> Path:
    """Says of red pictures that they show a red cloak, of blue ones a blue one; asked otherwise, nothing sure."""
    folder.mkdir()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Florence2ForConditionalGeneration(_config(_processor(folder)))
    _teach(model, AutoProcessor.from_pretrained(folder))
    model.generation_config.update(num_beams=3, no_repeat_ngram_size=3, early_stopping=True)
    model.to(torch.float16).save_pretrained(folder)
    return folder


def _processor(folder: Path) -> int:
    """The processor's files as in the conversion, which was done by an older version. The picture's token."""
    words = _vocabulary()
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *_merges()]))
    tokens = BartTokenizerFast.from_pretrained(folder, extra_special_tokens={"image_token": "<image>"})
    eyes = CLIPImageProcessor(size={"height": SIDE, "width": SIDE}, do_center_crop=False)
    eyes.image_seq_length = SEEN
    Florence2Processor(eyes, tokens, post_processor_config={"pure_text": {}}).save_pretrained(folder)
    settings = json.loads((folder / "processor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(settings.pop("image_processor")))
    (folder / "processor_config.json").write_text(json.dumps(settings))
    return int(tokens.image_token_id)


def _vocabulary() -> list[str]:
    known = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    known += [word[:end] for word in WHOLE for end in range(2, len(word) + 1)]
    return list(dict.fromkeys(known))


def _merges() -> list[str]:
    return list(dict.fromkeys(f"{word[:end]} {word[end]}" for word in WHOLE for end in range(1, len(word))))


def _config(image: int) -> Florence2Config:
    eyes = Florence2VisionConfig(
        depths=(1, 1), patch_size=(7, 3), patch_stride=(8, 4), patch_padding=(3, 1), patch_prenorm=(False, True),
        embed_dim=(16, 32), num_heads=(2, 2), num_groups=(2, 2), window_size=2, projection_dim=32, drop_path_rate=0.0,
    )  # fmt: skip
    words = BartConfig(
        vocab_size=384, d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=256,
        init_std=0.2, dropout=0.0, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2,
    )  # fmt: skip
    return Florence2Config(text_config=words.to_dict(), vision_config=eyes.to_dict(), image_token_id=image)


def _teach(model: Florence2ForConditionalGeneration, processor) -> None:
    inputs = processor(
        images=[plain(colour) for colour in COLOURS], text=["<MORE_DETAILED_CAPTION>"] * 2, return_tensors="pt"
    )
    labels = processor.tokenizer([f"<s>{SAYS[colour]}</s>" for colour in COLOURS], add_special_tokens=False)[
        "input_ids"
    ]
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(STEPS):
        loss = model(**inputs, labels=torch.tensor(labels)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
