"""What stands in assets/configs: shapes of the known architectures, and CLIP's tokenizer."""

import json
from pathlib import Path
from typing import Any

from engines.diffusion.kinds import Family
from studio.paths import ASSETS

CONFIGS = ASSETS / "configs"
FOLDERS = {Family.SD15: "sd15", Family.SDXL: "sdxl"}
MOST_TOKENS = 77


def config_folder(family: Family, configs: Path = CONFIGS) -> Path:
    """The folder with an architecture's configurations."""
    return configs / FOLDERS[family]


def tokenizer(folder: Path | None = None, *, pad: str = "<|endoftext|>") -> Any:
    """A CLIPTokenizer: the one of a folder where there is one, else the original one. SDXL's second one pads with ``!``."""
    from transformers import CLIPTokenizer

    files = folder if folder is not None and folder.is_dir() else CONFIGS / "clip"
    if not (files / "vocab.json").is_file():
        return CLIPTokenizer.from_pretrained(files, local_files_only=True)
    return CLIPTokenizer(
        vocab=str(files / "vocab.json"),
        merges=str(files / "merges.txt"),
        pad_token=_pad(files / "special_tokens_map.json") or pad,
        model_max_length=MOST_TOKENS,
    )


def _pad(file: Path) -> str:
    if not file.is_file():
        return ""
    said = json.loads(file.read_text(encoding="utf-8")).get("pad_token", "")
    return str(said["content"] if isinstance(said, dict) else said)
