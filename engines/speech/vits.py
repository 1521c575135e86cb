"""A speaker with a trained voice: VITS in transformers' layout (MMS and its like), in a process of its own."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engines.speech.process import WorkerProcess
from engines.speech.segment import Segment, Spoken, Voice, Word
from engines.speech.trim import silence_around
from studio.errors import BadInput, Failed

WORKER = Path(__file__).with_name("vits_worker.py")
CONFIG, SYMBOLS, WEIGHTS = "config.json", "vocab.json", "model.safetensors"
RATES = range(8000, 48001)
LONGEST_LOAD_S = 300.0
SEED = 1


class Vits:
    """A speaker (``engines.speech.segment.Speaker``) of one language. ``resident_bytes`` is what it holds, about.

    Raises BadInput where its folder lacks a file, or the files don't belong together; Failed when the network can't be loaded.
    """

    def __init__(self, folder: Path, name: str, threads: int = 1) -> None:
        self._name = name
        self.rate = checked(folder)
        self.resident_bytes = (folder / WEIGHTS).stat().st_size
        self._process = WorkerProcess([sys.executable, str(WORKER), str(folder), str(threads)])
        try:
            self._process.ask({"work": "load"}, longest_s=LONGEST_LOAD_S)
        except Failed as problem:
            raise BadInput("speech.unloadable", name=name) from problem

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def close(self) -> None:
        """End the process, and give its memory back."""
        self._process.close()

    def voices(self) -> Sequence[Voice]:
        return [Voice(self._name, "vits")]

    def speak(self, segment: Segment, check: Callable[[], object] = lambda: None) -> Spoken:
        """A segment as sound, silence around it trimmed; the whole counts as one word. ``check`` may raise while it waits."""
        question = {"work": "speak", "text": segment.text, "rate": segment.rate, "seed": SEED}
        answer, sound = self._process.ask(question, check, longest_s=LONGEST_LOAD_S)
        samples = np.frombuffer(sound, np.float32) * np.float32(segment.volume)
        first, last = silence_around(samples, answer["rate"])
        kept = np.clip(samples[first:last], -1, 1)
        whole = Word(segment.text, 0.0, len(kept) / answer["rate"], segment.start, segment.end)
        return Spoken(kept, answer["rate"], (whole,) if len(kept) else ())


def checked(folder: Path) -> int:
    """The rate in Hz of the voice in a folder, whose files are all there and belong together. Raises BadInput."""
    for name in (CONFIG, SYMBOLS, WEIGHTS):
        if not (folder / name).is_file():
            raise BadInput("speech.no_file", file=name, folder=folder.name)
    config, symbols = (_read(folder / name) for name in (CONFIG, SYMBOLS))
    if config.get("model_type") != "vits":
        raise BadInput("speech.other_model", name=folder.name, kind=str(config.get("model_type")))
    rate = config.get("sampling_rate", 16000)
    if not isinstance(rate, int) or rate not in RATES:
        raise BadInput("speech.bad_rate", rate=str(rate), name=folder.name)
    known = config.get("vocab_size", 38)
    if not isinstance(known, int) or max(symbols.values(), default=-1) >= known:
        raise BadInput("speech.symbols", name=folder.name, symbols=len(symbols), known=str(known))
    return rate


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as problem:
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name) from problem
    if not isinstance(found, dict):
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name)
    return found
