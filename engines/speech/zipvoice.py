"""ZipVoice through sherpa-onnx: speaks like a recording of some seconds whose words are known (https://arxiv.org/abs/2506.13053)."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engines.speech.front import Front, Reading
from engines.speech.onnx_facts import facts_of
from engines.speech.reference import Reference
from engines.speech.segment import Segment, Spoken
from engines.speech.sherpa import last_symbol
from engines.speech.trained import Trained, check_rate, check_there
from studio.errors import BadInput

WORKER = Path(__file__).with_name("sherpa_worker.py")
ENCODER, DECODER, VOCODER, TOKENS, LEXICON = FILES = (
    "encoder.int8.onnx", "decoder.int8.onnx", "vocos_24khz.onnx", "tokens.txt", "lexicon.txt"
)  # fmt: skip
USUAL_RATE = 24_000
SYMBOLS_A_SECOND = (2.5, 45.0)
"""How many symbols somebody says in a second, at least and at most."""
HAN = re.compile(r"[㐀-鿿]")
CHINESE = "zh"
STOPS = str.maketrans("，、；：。？！", ",,;,.?!")
Spell = Callable[[str, str], str]


class ZipVoice(Trained):
    """A network in a folder that speaks like any ``Reference``. ``spell`` gives the IPA of a text in a language.

    Each time it begins with other noise, so that no two answers are the same. Raises BadInput where a file is missing, or the files
    don't belong together.
    """

    def __init__(self, folder: Path, name: str, spell: Spell, threads: int = 1) -> None:
        self.rate, self._lexicon = checked(folder)
        self._spell = spell
        super().__init__(name, WORKER, folder, threads, [folder / file for file in FILES])

    def speak(self, segment: Segment, check: Callable[[], object] = lambda: None) -> Spoken:
        """Raises BadInput: it has no voice of its own."""
        raise BadInput("speech.no_reference", name=self.name)

    def like(self, reference: Reference) -> Callable[[Segment, Callable[[], object]], Spoken]:
        """What says segments in a recording's voice. Raises BadInput where its words can't be those of the recording."""
        known = [token for segment in Front(reference.text, Reading()).segments() for token in self._tokens(segment)]
        least, most = SYMBOLS_A_SECOND
        if not least <= len(known) / reference.seconds <= most:
            raise BadInput("speech.other_words", seconds=round(reference.seconds, 1))
        like = {"samples": str(reference.file), "rate": reference.rate, "text": reference.text, "tokens": known}

        def speak(segment: Segment, check: Callable[[], object]) -> Spoken:
            question = {"rate": segment.rate, "tokens": list(self._tokens(segment)), "like": like}
            return self.said(segment, question, check)

        return speak

    def _tokens(self, segment: Segment) -> Iterator[str]:
        """The symbols of a segment: Chinese ones by the lexicon, its longest entries first; else each sign of its IPA."""
        if segment.phonemes or segment.language.split("-")[0] != CHINESE:
            yield from segment.phonemes or self._spell(segment.text, segment.language)
            return
        text, at = segment.text.translate(STOPS), 0
        longest = max(map(len, self._lexicon), default=1)
        while at < len(text):
            pieces = (text[at : at + size] for size in range(min(longest, len(text) - at), 0, -1))
            found = next((piece for piece in pieces if piece in self._lexicon), text[at])
            yield from self._lexicon.get(found, (found,))
            at += len(found)


def checked(folder: Path) -> tuple[int, Mapping[str, tuple[str, ...]]]:
    """The rate in Hz and the lexicon of the network in a folder, whose files are all there and belong together. Raises BadInput."""
    check_there(folder, FILES)
    facts: Mapping[str, Any] = {file: facts_of(folder / file) for file in (ENCODER, DECODER, VOCODER)}
    if facts[VOCODER].get("model_type") not in ("vocos", "hifigan"):
        raise BadInput("speech.other_model", name=folder.name, kind=VOCODER)
    rate = check_rate(facts[DECODER].get("sample_rate", USUAL_RATE), folder.name)
    if check_rate(facts[VOCODER].get("sample_rate", rate), folder.name) != rate:
        raise BadInput("speech.bad_rate", rate=facts[VOCODER]["sample_rate"], name=folder.name)
    last_symbol(folder / TOKENS)
    return rate, _lexicon(folder / LEXICON)


def _lexicon(file: Path) -> Mapping[str, tuple[str, ...]]:
    """Chinese words and their symbols, of lines ``word symbol symbol``. Raises BadInput for what is no text."""
    try:
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as problem:
        raise BadInput("speech.no_file", file=file.name, folder=file.parent.name) from problem
    return {word: tuple(symbols) for word, *symbols in filter(None, lines) if symbols and HAN.search(word)}
