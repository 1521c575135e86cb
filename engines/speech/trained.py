"""What all speakers with a trained voice share: a process of their own, and what is sound of what it says."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engines.speech.process import WorkerProcess
from engines.speech.segment import Segment, Spoken, Voice, Word
from engines.speech.trim import silence_around
from studio.errors import BadInput, Failed

RATES = range(8000, 48001)
LONGEST_S = 300.0


class Trained:
    """A speaker (``engines.speech.segment.Speaker``) whose weights live in a process of ``worker``, a script that is given ``folder``.

    ``resident_bytes`` is what it holds, about. Raises BadInput where the weights can't be loaded.
    """

    def __init__(self, name: str, worker: Path, folder: Path, threads: int, files: Sequence[Path]) -> None:
        self.name = name
        self.resident_bytes = sum(file.stat().st_size for file in files)
        self._process = WorkerProcess([sys.executable, str(worker), str(folder), str(threads)])
        try:
            self._process.ask({"work": "load"}, longest_s=LONGEST_S)
        except Failed as problem:
            raise BadInput("speech.unloadable", name=name) from problem

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def close(self) -> None:
        """End the process, and give its memory back."""
        self._process.close()

    def voices(self) -> Sequence[Voice]:
        return [Voice(self.name, "trained")]

    def said(self, segment: Segment, question: Mapping[str, Any], check: Callable[[], object]) -> Spoken:
        """The answer to a question as the sound of a segment, silence around it trimmed; the whole counts as one word. ``check`` may
        raise while it waits. Raises BadInput where the network can't say it.
        """
        answer, sound = self._process.ask({"work": "speak", **question}, check, longest_s=LONGEST_S)
        if "failed" in answer:
            raise BadInput("speech.symbols", name=self.name)
        samples = np.frombuffer(sound, np.float32) * np.float32(segment.volume)
        first, last = silence_around(samples, answer["rate"])
        kept = np.clip(samples[first:last], -1, 1)
        whole = Word(segment.text, 0.0, len(kept) / answer["rate"], segment.start, segment.end)
        return Spoken(kept, answer["rate"], (whole,) if len(kept) else ())


def check_there(folder: Path, names: Sequence[str]) -> None:
    """Raises BadInput for a file that isn't there."""
    for name in names:
        if not (folder / name).is_file():
            raise BadInput("speech.no_file", file=name, folder=folder.name)


def check_rate(rate: object, name: str) -> int:
    """A rate in Hz that can be. Raises BadInput."""
    try:
        hertz = int(str(rate))
    except ValueError:
        hertz = 0
    if hertz not in RATES:
        raise BadInput("speech.bad_rate", rate=str(rate), name=name)
    return hertz
