"""The task: text in, a finished sound and its timings out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from engines.audio.loudness import loudness, true_peak
from engines.speak.espeak import run as speak
from engines.voices.known import run as voices
from studio.errors import BadInput, Cancelled
from studio.memory import Residency
from studio.run import Run
from studio.tasks.speak import SpeakRequest
from studio.tasks.voices import VoicesRequest

THREE = "The rain stopped at 5:30 pm. Дождь кончился в 17:30, и вышло солнце. 雨停了，我们有3个苹果。"


@pytest.fixture(scope="module")
def memory() -> Iterator[Residency]:
    kept = Residency(lambda device: 1 << 30)
    yield kept
    kept.unload_all()


@pytest.fixture
def here(tmp_path: Path, memory: Residency) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out", memory=memory, seed=1)


def sound(file: str) -> np.ndarray:
    """Float32 (n,) at the file's rate, which must be 48 kHz."""
    with av.open(file) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.sample_rate == 48000
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
        pieces = [piece.to_ndarray()[0] for frame in container.decode(stream) for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "opus"])
def test_it_is_as_loud_as_asked_and_never_too_loud(here: Run, kind: str) -> None:
    result = speak(SpeakRequest(text=THREE, output_format=kind), here)
    made = sound(result.output)
    assert loudness([made], 48000) == pytest.approx(-16, abs=0.5)
    assert 20 * np.log10(true_peak(made)) <= -1
    assert len(made) / 48000 == pytest.approx(result.length, abs=0.15)
    assert result.languages == ("en", "ru", "zh")


def test_a_long_text_is_as_loud_as_asked_too(here: Run) -> None:
    quiet_first = (
        "<speak><prosody volume='-12dB'>"
        + THREE
        + "</prosody>"
        + "Then somebody speaks up, and goes on for long. " * 12
    )
    result = speak(SpeakRequest(text=quiet_first + "</speak>", lufs=-20, voice="boris"), here)
    made = sound(result.output)
    assert result.length > 30
    assert loudness([made], 48000) == pytest.approx(-20, abs=0.5)


def test_silence_is_trimmed_and_joins_do_not_click(here: Run) -> None:
    made = sound(speak(SpeakRequest(text="One. Two! Three? Привет, 你好 and so on.", finish="level"), here).output)
    level = np.abs(made)
    heard = np.flatnonzero(level > 0.003)
    assert heard[0] < 0.06 * 48000
    assert len(made) - heard[-1] < 0.4 * 48000
    # a click is a step out of or into silence: far larger than the sound beside it
    steps = np.abs(np.diff(made))
    around = np.convolve(level, np.ones(481) / 481, "same")[:-1]
    assert (steps[around < 0.002] < 0.01).all()


def test_words_are_timed_to_what_is_heard(here: Run) -> None:
    text = "Come. Go. Take 25. Buy."
    result = speak(SpeakRequest(text=text, timings="json", finish="level"), here)
    cues = json.loads(Path(result.times).read_text())["cues"]
    assert [cue["text"] for cue in cues] == ["Come.", "Go.", "Take 25.", "Buy."]
    assert [word["text"] for cue in cues for word in cue["words"]] == ["Come.", "Go.", "Take", "25.", "Buy."]
    loud = np.abs(sound(result.output)) > 0.02
    starts = np.flatnonzero(loud & ~np.roll(loud, 1)) / 48000
    for cue in cues:
        assert np.abs(starts - cue["start"]).min() < 0.06
        assert cue["start"] < cue["end"] <= result.length


@pytest.mark.parametrize(
    ("kind", "arrow"), [("srt", r"\d\d:\d\d:\d\d,\d{3} --> "), ("vtt", r"\d\d:\d\d:\d\d\.\d{3} --> ")]
)
def test_subtitles_are_written_beside(here: Run, kind: str, arrow: str) -> None:
    long = (
        "This sentence goes on and on, for much longer than anybody would want to read at once on a screen, as some do."
    )
    result = speak(SpeakRequest(text=f"First. {long}", timings=kind), here)
    written = Path(result.times).read_text(encoding="utf-8")
    assert len(re.findall(arrow, written)) >= 3
    assert "First." in written
    assert " ".join(line for line in written.splitlines() if line[:4] == "This").startswith("This sentence")


def test_a_dialogue_and_the_lexicon_are_heard(here: Run) -> None:
    lines = "Anna: SQL is fine.\nBoris: It is."
    one = speak(SpeakRequest(text=lines, dialogue=True, timings="json"), here)
    cues = json.loads(Path(one.times).read_text())["cues"]
    assert [cue["voice"] for cue in cues] == ["nora", "mark"]
    other = speak(SpeakRequest(text=lines, dialogue=True, lexicon="SQL = the structured query language"), here)
    assert other.length > one.length + 0.5


def test_a_text_file_is_read(here: Run, tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("\ufeffChapter I\n\nIt was a dark night. " * 3, encoding="utf-8")
    assert speak(SpeakRequest(file=str(book)), here).sentences >= 6
    book.write_text("Слово за словом. " * 120_000, encoding="utf-8")
    with pytest.raises(BadInput) as told:
        speak(SpeakRequest(file=str(book)), here)
    assert told.value.key == "speech.too_long"
    book.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput):
        speak(SpeakRequest(file=str(book)), here)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"text": " "}, "nothing_to_say"),
        ({"text": "a", "voice": "x"}, "no_voice"),
        ({"text": "a", "lexicon": "a"}, "lexicon_line"),
    ],
)
def test_what_can_not_be_done_is_told_and_leaves_nothing(
    here: Run, tmp_path: Path, asked: dict[str, str], key: str
) -> None:
    with pytest.raises(BadInput) as told:
        speak(SpeakRequest(**asked), here)
    assert told.value.key == f"speech.{key}"
    assert [*(tmp_path / "out").iterdir()] == []


def test_the_same_request_makes_the_same_sound(here: Run) -> None:
    first, second = (Path(speak(SpeakRequest(text=THREE, voice="whisper"), here).output).read_bytes() for _ in range(2))
    assert first == second


def test_it_stops_between_sentences_when_cancelled(here: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = []
    monkeypatch.setattr(here.host, "cancelled", lambda: bool(calls.append(1)) or len(calls) > 20)
    with pytest.raises(Cancelled):
        speak(SpeakRequest(text="And on it goes. " * 500), here)
    assert len(calls) < 40
    assert [*(tmp_path / "out").iterdir()] == []


def test_voices_are_listed(here: Run) -> None:
    known = voices(VoicesRequest(), here)
    assert len(known.voices) > 10
    assert len(known.languages) > 100
    assert all({"en", "zh-CN", "ru"} <= voice.titles.keys() for voice in known.voices)
    assert set(voices(VoicesRequest(language="pt"), here).languages) == {"pt", "pt-br"}
    assert voices(VoicesRequest(language="xx"), here).voices == ()
    assert any("nora" in line for line in known.words())
