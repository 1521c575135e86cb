"""A trained voice in the layout of transformers' VITS (MMS and its like)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.speech.segment import Segment, Spoken
from engines.speech.trained import Trained, check_rate, check_there
from studio.errors import BadInput

WORKER = Path(__file__).with_name("vits_worker.py")
CONFIG, SYMBOLS, WEIGHTS = "config.json", "vocab.json", "model.safetensors"
SEED = 1


class Vits(Trained):
    """A voice of one language. Raises BadInput where its folder lacks a file, or the files don't belong together."""

    def __init__(self, folder: Path, name: str, threads: int = 1) -> None:
        self.rate = checked(folder)
        super().__init__(name, WORKER, folder, threads, [folder / WEIGHTS])

    def speak(self, segment: Segment, check: Callable[[], object] = lambda: None) -> Spoken:
        return self.said(segment, {"text": segment.text, "rate": segment.rate, "seed": SEED}, check)


def checked(folder: Path) -> int:
    """The rate in Hz of the voice in a folder, whose files are all there and belong together. Raises BadInput."""
    check_there(folder, (CONFIG, SYMBOLS, WEIGHTS))
    config, symbols = (read_json(folder / name) for name in (CONFIG, SYMBOLS))
    if config.get("model_type") != "vits":
        raise BadInput("speech.other_model", name=folder.name, kind=str(config.get("model_type")))
    rate = check_rate(config.get("sampling_rate", 16000), folder.name)
    known = config.get("vocab_size", 38)
    if not isinstance(known, int) or max(symbols.values(), default=-1) >= known:
        raise BadInput("speech.symbols", name=folder.name)
    return rate


def read_json(file: Path) -> dict[str, Any]:
    """An object of a file. Raises BadInput where it is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as problem:
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name) from problem
    if not isinstance(found, dict):
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name)
    return found
