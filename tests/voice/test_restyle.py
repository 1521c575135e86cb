"""Restyle: length and timing kept, loudness asked for, a film's picture untouched, consent asked for, every preset at work."""

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from engines.audio.files import read_sound
from engines.audio.loudness import true_peak
from engines.audio.world import centre_of
from engines.restyle import world
from studio import provenance
from studio.cli import main
from studio.errors import BadInput, Cancelled
from studio.presets import presets
from studio.run import Run
from studio.tasks import unflatten
from studio.tasks.restyle import RestyleRequest, RestyleResult
from tests.audio.sounds import voice
from tests.voice.films import film, picture_packets


def restyled(tmp_path: Path, source: Path, **values: object) -> RestyleResult:
    return world.run(RestyleRequest(sound=str(source), **values), Run.local(tmp_path / "work", tmp_path / "out"))


@pytest.mark.parametrize("name", sorted(presets("restyle")))
def test_every_preset_keeps_the_length_and_comes_out_loud_and_whole(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / "in.wav", 0.3 * voice(2.5), 22050)
    values = unflatten(RestyleRequest, presets("restyle")[name].values)
    before, _ = read_sound(tmp_path / "in.wav")
    after, rate = read_sound(Path(restyled(tmp_path, tmp_path / "in.wav", **values).output))
    assert rate == 22050
    assert len(after) == len(before)
    wanted = float(values.get("lufs", -16))
    assert abs(pyloudnorm.Meter(rate).integrated_loudness(after.astype(np.float64)) - wanted) < 0.6
    assert 20 * np.log10(true_peak(after)) <= -0.95


def test_a_long_sound_has_no_seams(tmp_path: Path) -> None:
    rate = 24000
    sound = np.concatenate([0.3 * voice(0.9, rate), np.zeros(rate // 2)] * 11).astype(np.float32)
    soundfile.write(tmp_path / "in.wav", sound, rate)
    result = restyled(tmp_path, tmp_path / "in.wav", pitch=200.0)
    after, _ = read_sound(Path(result.output))
    assert len(after) == len(sound)
    assert abs(centre_of([after], rate) - 200) < 16
    silent = np.convolve(np.abs(sound), np.ones(2001), "same") == 0
    assert np.abs(after[silent]).max() < 0.003


def test_a_film_keeps_its_picture(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 2.0, voice(2.0, 44100))
    result = restyled(tmp_path, source, shift=5.0)
    made = Path(result.output)
    assert made.suffix == ".mp4"
    assert picture_packets(made) == picture_packets(source)
    sound, rate = read_sound(made)
    assert rate == 48000
    assert abs(len(sound) / rate - 2.0) < 0.06


def test_what_has_no_sound_is_told(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 1.0, None)
    with pytest.raises(BadInput) as told:
        restyled(tmp_path, source)
    assert "in.mp4" in str(told.value)


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", voice(10.0), 22050)
    run = Run.local(tmp_path / "work", tmp_path / "out")
    run.host.cancelled = lambda: run.host.done[0] >= 3  # type: ignore[attr-defined, method-assign]
    with pytest.raises(Cancelled):
        world.run(RestyleRequest(sound=str(tmp_path / "in.wav"), shift=3.0), run)
    assert not list((tmp_path / "out").iterdir())
    assert not list((tmp_path / "work").glob("*.f32"))


def test_the_command_asks_for_rights_and_marks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    soundfile.write(tmp_path / "in.wav", voice(1.0), 22050)
    command = ["restyle", str(tmp_path / "in.wav"), "-o", str(tmp_path / "out.wav"), "--preset", "robot", "--quiet"]
    assert main(command) != 0
    assert not (tmp_path / "out.wav").exists()
    assert main([*command, "--confirm-rights"]) == 0
    record = provenance.read(tmp_path / "out.wav")
    assert record is not None
    assert record["task"] == "restyle"
    assert record["request"]["effect"] == "robot"
