"""Voices of Piper, Kokoro and Matcha through sherpa-onnx, on tiny ones in the real layouts; what doesn't belong together is told."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from engines.speak.trained import run as speak
from engines.speech.espeak import Espeak
from engines.speech.onnx_facts import facts_of, rows_of
from engines.speech.segment import Segment
from engines.speech.sherpa import NETS, Sherpa, checked
from engines.voices.known import run as voices
from studio.errors import BadInput
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.speak import SpeakRequest
from studio.tasks.voices import VoicesRequest
from tests.speech import tiny_voices

MAKERS: dict[str, Callable[[Path], None]] = {
    "piper": tiny_voices.piper, "kokoro": tiny_voices.kokoro, "matcha": tiny_voices.matcha
}  # fmt: skip


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    speaker = Espeak()
    yield speaker
    speaker.close()


def test_espeak_spells_with_its_stops(espeak: Espeak) -> None:
    spelt = espeak.spelt("Hello there, my friend. Go!", "en")
    assert spelt.startswith("həl")
    assert [sign for sign in spelt if sign in ",.!"] == [",", ".", "!"]
    assert espeak.spelt("Привет", "ru") != espeak.spelt("Hello", "en")


@pytest.mark.parametrize("net", sorted(MAKERS))
def test_each_kind_speaks_and_gives_its_memory_back(net: str, tmp_path: Path, espeak: Espeak) -> None:
    MAKERS[net](tmp_path)
    voice = Sherpa(tmp_path, "tiny", net, espeak.spelt)
    long = voice.speak(Segment("Good morning, my friend.", "en"))
    again = voice.speak(Segment("Good morning, my friend.", "en"))
    quick = voice.speak(Segment("Good morning, my friend.", "en", rate=2.0))
    short = voice.speak(Segment("Go.", "en"))
    assert long.rate == voice.rate == checked(tmp_path, net)["rate"]
    np.testing.assert_array_equal(long.samples, again.samples)
    assert len(quick.samples) == pytest.approx(len(long.samples) / 2, rel=0.1)
    assert len(short.samples) < 0.5 * len(long.samples)
    said = voice.speak(Segment("Go.", "en", phonemes="ɡoʊɡoʊɡoʊɡoʊ"))
    assert len(said.samples) > 1.5 * len(short.samples)
    pid = voice.pid
    assert pid is not None
    assert psutil.Process(pid).memory_info().rss > 20 << 20
    del voice
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_speakers_go_by_their_names(tmp_path: Path, espeak: Espeak) -> None:
    tiny_voices.kokoro(tmp_path)
    voice = Sherpa(tmp_path, "tiny", "kokoro", espeak.spelt)
    assert [each.name for each in voice.voices()] == ["af_one", "am_two"]
    one, two, other = (
        float(np.abs(voice.speak(Segment("Hello.", "en", voice=name)).samples).max())
        for name in ("af_one", "am_two", "nora")
    )
    assert two == pytest.approx(one / 2, rel=0.05)
    assert other == one


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


@pytest.mark.parametrize(
    ("net", "break_it", "key"),
    [
        *((net, lambda folder, file=file: (folder / file).unlink(), "no_file") for net in MAKERS for file in NETS[net]),
        ("piper", lambda folder: tiny_voices.piper(folder, rate=3), "bad_rate"),
        ("kokoro", lambda folder: tiny_voices.kokoro(folder, rate=400_000), "bad_rate"),
        ("piper", lambda folder: tiny_voices.piper(folder, symbols=9), "symbols"),
        ("matcha", lambda folder: (folder / "tokens.txt").write_text("a 900\n"), "symbols"),
        ("matcha", lambda folder: (folder / "tokens.txt").write_text("no table\n"), "no_file"),
        ("kokoro", lambda folder: _cut(folder / "voices.bin"), "voices_file"),
        ("kokoro", tiny_voices.matcha, "other_model"),
        ("kokoro", lambda folder: _cut(folder / "model.onnx"), "no_onnx"),
        ("matcha", lambda folder: (folder / "model.onnx").write_text("a page, not a model " * 9), "no_onnx"),
        ("piper", lambda folder: (folder / "model.onnx.json").write_text("{"), "no_file"),
        ("piper", lambda folder: (folder / "model.onnx.json").write_text("{}"), "other_model"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_told(
    net: str, break_it: Callable[[Path], object], key: str, tmp_path: Path
) -> None:
    MAKERS[net](tmp_path)
    break_it(tmp_path)
    with pytest.raises(BadInput) as told:
        checked(tmp_path, net)
    assert told.value.key == f"speech.{key}"
    assert "{" not in str(told.value)


def test_a_network_that_cannot_be_loaded_is_told(tmp_path: Path, espeak: Espeak) -> None:
    tiny_voices.matcha(tmp_path)
    (tmp_path / "vocoder.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInput) as told:
        Sherpa(tmp_path, "tiny", "matcha", espeak.spelt)
    assert told.value.key == "speech.unloadable"


def test_onnx_files_are_read_without_being_loaded(tmp_path: Path) -> None:
    tiny_voices.kokoro(tmp_path)
    assert facts_of(tmp_path / "model.onnx")["speaker_names"] == "af_one,am_two"
    assert rows_of(tmp_path / "model.onnx", "hums") == len(tiny_voices.SYMBOLS)
    assert rows_of(tmp_path / "model.onnx", "absent") is None


def test_a_card_speaks_and_is_unloaded(tmp_path: Path) -> None:
    tiny_voices.kokoro(tmp_path)
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu"))) as studio:
        for name in NETS["kokoro"]:
            studio.cards.import_file("own-kokoro", tmp_path / name)
        run = Run.local(tmp_path / "work", tmp_path / "out", memory=studio.memory, cards=studio.cards, seed=1)
        asked = SpeakRequest(text="Hello there. It is 5 o'clock.", model="own-kokoro", voice="am_two", timings="json")
        result = speak(asked, run)
        cues = json.loads(Path(result.times).read_text())["cues"]
        assert [cue["text"] for cue in cues] == ["Hello there.", "It is 5 o'clock."]
        assert "own-kokoro" in [item.key for item in studio.memory.resident()]
        assert studio.memory.unload("own-kokoro")
        listed = [voice for voice in voices(VoicesRequest(language="en"), run).voices if voice.model]
        assert [(voice.name, voice.model) for voice in listed] == [("af_one", "own-kokoro"), ("am_two", "own-kokoro")]
