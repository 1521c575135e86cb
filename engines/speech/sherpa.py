"""Trained voices that sherpa-onnx speaks: Piper's (and other VITS), Kokoro's, Matcha's. Their phonemes come from espeak-ng."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engines.speech.onnx_facts import facts_of, rows_of
from engines.speech.segment import Segment, Spoken, Voice
from engines.speech.trained import Trained, check_rate, check_there
from engines.speech.vits import read_json
from studio.errors import BadInput

WORKER = Path(__file__).with_name("sherpa_worker.py")
MODEL, CONFIG, TOKENS, LEXICON, VOICES, VOCODER = (
    "model.onnx", "model.onnx.json", "tokens.txt", "lexicon.txt", "voices.bin", "vocoder.onnx"
)  # fmt: skip
SYMBOLS = "enc_p.emb.weight"
"""The table of symbols of VITS and Matcha."""
FLOAT_BYTES = 4
NETS: Mapping[str, tuple[str, ...]] = {
    "piper": (MODEL, CONFIG),
    "vits": (MODEL, TOKENS),
    "kokoro": (MODEL, VOICES, TOKENS),
    "matcha": (MODEL, VOCODER, TOKENS),
}
"""By the kind of network, the files that its folder needs."""
Spell = Callable[[str, str], str]


class Sherpa(Trained):
    """A voice, or some, in a folder. ``spell`` gives the IPA of a text in a language; a voice with a lexicon of its own needs none.

    Raises BadInput where a file is missing, or the files don't belong together.
    """

    def __init__(self, folder: Path, name: str, net: str, spell: Spell, threads: int = 1) -> None:
        facts = checked(folder, net)
        self.rate, self.language, self._speakers = facts["rate"], facts["language"], facts["speakers"]
        self._spell = None if (folder / LEXICON).is_file() else spell
        super().__init__(name, WORKER, folder, threads, [folder / file for file in NETS[net]])

    def voices(self) -> Sequence[Voice]:
        return [Voice(speaker, "trained") for speaker in self._speakers] or super().voices()

    def speak(self, segment: Segment, check: Callable[[], object] = lambda: None) -> Spoken:
        """A segment by the speaker whose name is the segment's voice, else by the first."""
        speaker = self._speakers.index(segment.voice) if segment.voice in self._speakers else 0
        question: dict[str, Any] = {"text": segment.text, "rate": segment.rate, "speaker": speaker}
        if segment.phonemes or self._spell:
            own = segment.language.split("-")[0] == self.language.split("-")[0]
            language = self.language if own else segment.language
            question["phonemes"] = segment.phonemes or (self._spell(segment.text, language) if self._spell else "")
        return self.said(segment, question, check)


def checked(folder: Path, net: str) -> dict[str, Any]:
    """Rate in Hz, language and speakers of the voice in a folder, whose files are all there and belong together. Raises BadInput."""
    check_there(folder, NETS[net])
    found = _of_piper(folder) if net == "piper" else _of_sherpa(folder, net)
    last, known = found.pop("last_symbol"), rows_of(folder / MODEL, SYMBOLS)
    if known is not None and last >= known:
        raise BadInput("speech.symbols", name=folder.name)
    return {**found, "rate": check_rate(found["rate"], folder.name)}


def _of_piper(folder: Path) -> dict[str, Any]:
    config = read_json(folder / CONFIG)
    symbols, audio = config.get("phoneme_id_map"), config.get("audio")
    if not isinstance(symbols, dict) or not isinstance(audio, dict):
        raise BadInput("speech.other_model", name=folder.name, kind=str(config.get("model_type", CONFIG)))
    speakers = config.get("speaker_id_map") or {}
    return {
        "rate": audio.get("sample_rate"),
        "language": str((config.get("espeak") or {}).get("voice", "en-us")),
        "speakers": tuple(sorted(speakers, key=lambda speaker: speakers[speaker])),
        "last_symbol": max((place for places in symbols.values() for place in places), default=-1),
    }


def _of_sherpa(folder: Path, net: str) -> dict[str, Any]:
    facts = facts_of(folder / MODEL)
    kind = facts.get("model_type", "")
    if not kind.startswith(net):
        raise BadInput("speech.other_model", name=folder.name, kind=kind or MODEL)
    speakers = tuple(filter(None, facts.get("speaker_names", "").split(",")))
    if net == "kokoro":
        sizes = [int(size) for size in facts.get("style_dim", "0").split(",")]
        wanted = FLOAT_BYTES * sizes[0] * sizes[-1] * int(facts.get("n_speakers", 0))
        if (folder / VOICES).stat().st_size != wanted:
            raise BadInput("speech.voices_file", file=VOICES, name=folder.name)
    return {
        "rate": facts.get("sample_rate"),
        "language": facts.get("voice") or facts.get("language", "en"),
        "speakers": speakers,
        "last_symbol": last_symbol(folder / TOKENS),
    }


def last_symbol(file: Path) -> int:
    """The greatest number in a table of lines ``symbol number``. Raises BadInput for another."""
    try:
        numbers = [int(line.split()[-1]) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (ValueError, UnicodeDecodeError) as problem:
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name) from problem
    return max(numbers, default=-1)
