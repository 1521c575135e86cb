"""Voice-over: a sound lies over a film where it should, as loud as asked; the film's own goes down under it; its picture is untouched."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engines.audio.files import read_sound
from engines.audio.loudness import loudness, true_peak
from engines.audio.mixing import RATE, heard
from engines.audio.spool import Spool
from engines.voiceover.ducking import run as lay
from studio.errors import BadInput, Cancelled
from studio.run import Run
from studio.tasks.voiceover import VoiceoverRequest, VoiceoverResult
from tests.audio.sounds import tone, voice
from tests.voice.films import film, picture_packets

HUM = 9000.0


@pytest.fixture
def here(tmp_path: Path) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out")


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "语音.wav", voice(3.0), 22050)
    return tmp_path / "语音.wav"


def laid(here: Run, video: Path, sound: Path, **more: object) -> tuple[VoiceoverResult, np.ndarray]:
    result = lay(VoiceoverRequest(sound=str(sound), video=str(video), **more), here)
    return result, read_sound(Path(result.output), RATE)[0]


def hum(sound: np.ndarray, begin: float, end: float) -> float:
    """How strong the film's own tone is between two times."""
    part = sound[round(begin * RATE) : round(end * RATE)].astype(np.float64)
    time = np.arange(len(part)) / RATE
    return float(abs((part * np.exp(-2j * np.pi * HUM * time)).mean()))


def test_the_films_own_sound_goes_down_where_somebody_speaks(here: Run, spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 8.0, tone(HUM, 8.0, 44100, 0.2))
    result, sound = laid(here, source, spoken, begins=3.0, duck=20)
    assert picture_packets(Path(result.output)) == picture_packets(source)
    assert result.cut == 0
    before, under, after = (hum(sound, *span) for span in ((1.0, 2.5), (3.2, 5.5), (6.8, 7.8)))
    assert 20 * np.log10(before / under) == pytest.approx(20, abs=1)
    assert after == pytest.approx(before, rel=0.1)
    assert 20 * np.log10(true_peak(sound)) < -0.5


def test_it_begins_where_asked_and_is_as_loud_as_asked(here: Run, spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 6.0, None)
    _, sound = laid(here, source, spoken, begins=2.0, lufs=-20)
    first = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())[0] / RATE
    assert first == pytest.approx(2.0, abs=0.02)
    assert loudness([sound], RATE) == pytest.approx(-20, abs=0.5)


def test_the_films_own_sound_may_be_replaced(here: Run, spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 6.0, tone(HUM, 6.0, 44100, 0.3))
    _, sound = laid(here, source, spoken, begins=1.0, under="replaced")
    assert np.abs(sound[round(4.5 * RATE) :]).max() < 0.01


def test_what_lies_behind_the_films_end_is_left_out_and_told(here: Run, spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 4.0, None)
    result, sound = laid(here, source, spoken, begins=2.0)
    assert result.cut == pytest.approx(1.0, abs=0.1)
    assert len(sound) / RATE == pytest.approx(4.0, abs=0.1)
    assert [key for key, _ in here.host.notes] == ["voiceover.cut"]
    with pytest.raises(BadInput, match="begin"):
        laid(here, source, spoken, begins=4.5)


def test_bad_files_are_told(here: Run, spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 2.0, None)
    with pytest.raises(BadInput, match="sound"):
        laid(here, source, source)
    with pytest.raises(BadInput):
        laid(here, spoken, spoken)


def test_it_can_be_stopped_and_leaves_nothing(spoken: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 4.0, tone(HUM, 4.0, 44100))
    here = Run.local(tmp_path / "work", tmp_path / "out")
    calls = []

    def stopped() -> bool:
        calls.append(1)
        return len(calls) > 3

    here.host.cancelled = stopped  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        laid(here, source, spoken)
    assert not [file for folder in ("work", "out") for file in (tmp_path / folder).rglob("*.*") if file.is_file()]


def test_where_something_is_heard(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", RATE)
    silence = np.zeros(round(2.5 * RATE), np.float32)
    spool.fill(
        [silence, tone(300, 1.0, RATE), np.zeros(RATE // 2), tone(300, 1.0, RATE), silence, tone(300, 0.5, RATE)]
    )
    spans = heard(spool)
    assert np.allclose(spans, [(2.5, 5.0), (7.5, 8.0)], atol=0.03)
