"""What stands in assets/configs: shapes of the known architectures, and CLIP's tokenizer."""

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

    if folder is not None and folder.is_dir():
        return CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    clip = CONFIGS / "clip"
    return CLIPTokenizer(
        vocab=str(clip / "vocab.json"),
        merges=str(clip / "merges.txt"),
        pad_token=pad,
        model_max_length=MOST_TOKENS,
    )
