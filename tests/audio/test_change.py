"""Voices changed by WORLD, effects, and time: pitch comes where it is asked, length and timing stay, nothing clicks or runs away."""

import threading

import numpy as np
import pytest
import soxr

from engines.audio.ahead import ahead
from engines.audio.effects import Effect, effects
from engines.audio.stretch import stretched
from engines.audio.world import Change, centre_of, changed, pitch_track
from studio.errors import Cancelled
from tests.audio.sounds import tone, voice

RATE = 24000


def centroid(sound: np.ndarray, rate: int) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    near = (hertz > 100) & (hertz < 6000)
    return float((power * hertz)[near].sum() / power[near].sum())


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
@pytest.mark.parametrize("wanted", [80.0, 200.0])
def test_the_pitch_comes_where_it_is_asked(rate: int, wanted: float) -> None:
    sound = voice(2.2, rate)
    centre = centre_of([sound], rate)
    assert abs(centre - 126) < 8
    made = changed(sound, rate, pitch_track(sound, rate, centre), Change(pitch=wanted / centre, centre=centre))
    assert len(made) == len(sound)
    assert abs(centre_of([made], rate) / wanted - 1) < 0.05


def test_formants_move_and_pitch_stays() -> None:
    sound = voice(2.2, RATE)
    track = pitch_track(sound, RATE, 120)
    small, large = (changed(sound, RATE, track, Change(centre=120, formants=factor)) for factor in (1.3, 0.75))
    assert centroid(small, RATE) > 1.1 * centroid(sound, RATE)
    assert centroid(large, RATE) < 0.9 * centroid(sound, RATE)
    assert abs(centre_of([small], RATE) - centre_of([sound], RATE)) < 6


def test_one_tone_and_whisper() -> None:
    sound = voice(2.2, RATE)
    track = pitch_track(sound, RATE, 120)
    flat = pitch_track(changed(sound, RATE, track, Change(centre=120, range=0)), RATE, 120)
    inside = flat[flat > 0]
    assert np.percentile(np.abs(inside / 120 - 1), 80) < 0.03
    assert np.percentile(np.abs(track[track > 0] / 120 - 1), 80) > 0.05
    whisper = changed(sound, RATE, track, Change(centre=120, breath=1))
    same = np.correlate(whisper[4000:8000], whisper[4000:8000], "full")[3999:]
    own = np.correlate(sound[4000:8000], sound[4000:8000], "full")[3999:]
    assert same[150:300].max() / same[0] < 0.5 < own[150:300].max() / own[0]


def test_hisses_keep_their_waveform_and_silence_is_kept() -> None:
    sound = voice(2.2, RATE)
    made = changed(sound, RATE, pitch_track(sound, RATE, 120), Change(pitch=1.6, centre=120))
    hiss = slice(round(0.56 * RATE), round(0.62 * RATE))
    assert np.corrcoef(made[hiss], sound[hiss])[0, 1] > 0.9
    assert np.abs(made[round(0.68 * RATE) : round(0.73 * RATE)]).max() < 0.01
    quiet = np.zeros(RATE)
    assert not changed(quiet, RATE, pitch_track(quiet, RATE, 120), Change(pitch=2)).any()
    assert centre_of([quiet], RATE) == 0
    assert len(changed(sound[:10], RATE, np.zeros(1), Change(pitch=2))) == 10


@pytest.mark.parametrize("name", sorted(effects()))
def test_effects_go_by_pieces_and_stay_in_bounds(name: str) -> None:
    sound = voice(1.5, 48000).astype(np.float64)
    whole = Effect(name, 48000)(sound)
    effect = Effect(name, 48000)
    parts = np.concatenate([effect(sound[at : at + 5000]) for at in range(0, len(sound), 5000)])
    assert np.allclose(whole, parts, atol=1e-9)
    assert np.isfinite(whole).all()
    assert np.abs(whole).max() < 4
    assert not np.allclose(whole, sound, atol=0.01)
    assert np.allclose(Effect(name, 48000, 0.0)(sound), sound)


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.15])
def test_time_is_stretched_at_its_own_pitch(factor: float) -> None:
    sound = voice(2.0, 22050)
    length = round(len(sound) * factor)
    made = stretched(sound, 22050, length)
    assert len(made) == length
    assert abs(centre_of([made], 22050) - centre_of([sound], 22050)) < 5
    pure = stretched(tone(220, 1.0, 22050), 22050, round(22050 * factor))[2000:-2000]
    rest = np.abs(np.fft.rfft(pure * np.hanning(len(pure)))) ** 2
    near = slice(int(rest.argmax()) - 6, int(rest.argmax()) + 7)
    assert rest[near].sum() / rest.sum() > 0.995
    for short in (0, 5, 200):
        assert len(stretched(sound[:short], 22050, 150)) == 150


def test_work_ahead_comes_in_order_and_stops_at_once() -> None:
    begun, may_end = threading.Event(), threading.Event()
    assert list(ahead(lambda number: number**2, range(20), 3, lambda: None)) == [number**2 for number in range(20)]

    def work(number: int) -> int:
        begun.set()
        return number if may_end.wait(30) else -1

    def stop() -> None:
        if begun.wait(30):
            raise Cancelled

    with pytest.raises(Cancelled):
        list(ahead(work, range(20), 2, stop))
    assert not may_end.is_set()  # the work that was under way goes on without anybody
    may_end.set()


def test_words_stay_where_they_are() -> None:
    sound = voice(3.0, RATE)
    made = changed(sound, RATE, pitch_track(sound, RATE, 120), Change(pitch=1.5, centre=120, formants=1.2))
    a, b = (np.sqrt(soxr.resample(part**2, RATE, 200).clip(0)) for part in (sound.astype(np.float64), made))
    shifts = [float(np.corrcoef(a[20:-20], np.roll(b, shift)[20:-20])[0, 1]) for shift in range(-8, 9)]
    assert abs(int(np.argmax(shifts)) - 8) <= 1
