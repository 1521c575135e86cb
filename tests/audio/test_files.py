"""Sound files: written and read back in every format, at odd rates, and bad ones told in words."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import butter, sosfilt

from engines.audio.files import FORMATS, SoundWriter, chunks, read_sound, write_sound
from studio.errors import BadInput, NotFound, StudioError
from tests.audio.sounds import tone, voice


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("channels", [1, 2])
def test_there_and_back(tmp_path: Path, kind: str, channels: int) -> None:
    sound = 0.5 * voice(1.7, 48000)
    sound = np.stack([sound, 0.5 * sound], 1) if channels == 2 else sound
    file = tmp_path / f"a.{kind}"
    write_sound(file, sound, 48000)
    back, rate = read_sound(file, channels=channels)
    assert rate == 48000
    assert back.shape[1:] == sound.shape[1:]
    if kind in ("wav", "flac"):
        assert len(back) == len(sound)
        assert np.abs(back - sound).max() < 3 / 32768
    length = min(len(back), len(sound))
    assert abs(len(back) - len(sound)) < 0.05 * 48000
    a, b = (part[:length].reshape(length, -1)[:, 0] for part in (back, sound))
    places = np.correlate(a[10000:40000], b[11200:38800], "valid")
    assert abs(int(places.argmax()) - 1200) <= 2
    low = butter(4, 2000, fs=48000, output="sos")
    assert np.corrcoef(sosfilt(low, a), sosfilt(low, b))[0, 1] > 0.97


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000])
def test_any_rate_and_width(tmp_path: Path, rate: int) -> None:
    six = np.stack([tone(440, 1.0, rate, 0.3)] * 6, 1)
    soundfile.write(tmp_path / "a.wav", six, rate, subtype="PCM_24")
    back, found = read_sound(tmp_path / "a.wav", 48000)
    assert found == 48000
    assert abs(len(back) - 48000) < 2
    spectrum = np.abs(np.fft.rfft(back[4000:44000]))
    assert abs(spectrum.argmax() * 48000 / 40000 - 440) < 2


def test_it_comes_in_pieces(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", voice(20.0, 22050), 22050)
    rate, pieces = chunks(tmp_path / "a.wav")
    sizes = [len(piece) for piece in pieces]
    assert rate == 22050
    assert sum(sizes) == 20 * 22050
    assert max(sizes) < 22050


def test_bad_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("this is no sound " * 100)
    soundfile.write(tmp_path / "a.wav", voice(2.0), 22050)
    (tmp_path / "head.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:30])
    for name in ("empty.wav", "text.wav", "head.wav"):
        with pytest.raises(StudioError) as told:
            read_sound(tmp_path / name)
        assert name in str(told.value)
    with pytest.raises(NotFound):
        read_sound(tmp_path / "absent.wav")
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 22050)
    with pytest.raises(BadInput):
        read_sound(tmp_path / "none.wav")


def test_a_cut_file_gives_what_is_there(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.mp3", voice(3.0, 48000), 48000)
    data = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) // 2])
    sound, rate = read_sound(tmp_path / "cut.mp3")
    assert 1.0 < len(sound) / rate < 2.0


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def fail() -> None:
        with SoundWriter(tmp_path / "a.flac", 48000) as out:
            out.write(voice(1.0, 48000))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not (tmp_path / "a.flac").exists()
