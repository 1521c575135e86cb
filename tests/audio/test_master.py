"""Mastering: stretches that join without a seam, the loudness asked for, no true peak above the ceiling, no time moved."""

import numpy as np
import pyloudnorm
import pytest
import soxr
from scipy.signal import butter, sosfiltfilt

from engines.audio.limiter import Limiter
from engines.audio.loudness import Meter, loudness, weighting
from engines.audio.master import RATE, Finish, Master, mastered, styles
from tests.audio.sounds import tone, voice


def peak_db(samples: np.ndarray) -> float:
    """True peak by another interpolator than the limiter's own."""
    return float(20 * np.log10(np.abs(soxr.resample(samples.astype(np.float64), RATE, 8 * RATE, quality="VHQ")).max()))


def in_stretches(samples: np.ndarray, rate: int, finish: Finish, size: int, tail_s: float = 0.0) -> np.ndarray:
    master = Master(rate, finish, tail_s=tail_s)
    made = [master.feed(samples[at : at + size]) for at in range(0, len(samples), size)]
    return np.concatenate([*made, master.end()])


@pytest.mark.parametrize("style", sorted(styles()))
@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_stretches_join_without_a_seam(style: str, rate: int) -> None:
    samples = voice(3.0, rate)
    samples[len(samples) // 2 :] *= 0.6
    whole = mastered(samples, rate, Finish(style), tail_s=0.2)
    assert len(whole) == round(len(samples) * RATE / rate) + round(0.2 * RATE)
    for size in (round(0.7 * rate), round(1.5 * rate)):
        parts = in_stretches(samples, rate, Finish(style), size, 0.2)
        assert len(parts) == len(whole)
        # both are the same sound at another gain, which nowhere jumps: a step of 1 dB would be 0.06 within a sample
        heard = (np.abs(whole) > 0.1) & (np.abs(whole) < 0.6)
        gain = np.interp(np.arange(len(whole)), np.flatnonzero(heard), np.log(parts[heard] / whole[heard]))
        assert np.abs(np.diff(gain)).max() < 0.02


@pytest.mark.parametrize("lufs", [-23.0, -16.0, -14.0])
@pytest.mark.parametrize("quiet", [1.0, 0.05])
def test_a_file_is_as_loud_as_asked_and_under_the_ceiling(lufs: float, quiet: float) -> None:
    made = mastered(voice(4.0) * quiet, 22050, Finish(lufs=lufs))
    assert made.dtype == np.float32
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(made.astype(np.float64)) - lufs) < 0.5
    assert peak_db(made) <= -1.0


@pytest.mark.parametrize("seconds", [3.0, 12.0])
def test_stretches_come_to_the_loudness_asked(seconds: float) -> None:
    samples = voice(seconds)
    samples[len(samples) // 2 :] *= 0.3
    made = in_stretches(samples, 22050, Finish(lufs=-16), 2 * 22050)
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(made.astype(np.float64)) + 16) < 0.3
    assert peak_db(made) <= -1.0


def test_what_was_asked_to_be_softer_stays_softer() -> None:
    master = Master(22050, Finish("level"), volume=(1.0625 / 2) ** 0.5)
    sound = voice(3.0)
    parts = [master.feed(0.25 * sound, 0.25), master.feed(sound), master.feed(0.25 * sound, 0.25), master.end(sound)]
    levels = [20 * np.log10(np.std(part)) for part in parts]
    assert levels[1] - levels[0] == pytest.approx(12, abs=2)
    assert levels[3] - levels[2] == pytest.approx(12, abs=2)
    whole = np.concatenate(parts).astype(np.float64)
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(whole) + 16) < 1


def test_nothing_is_moved_in_time() -> None:
    samples = np.zeros(22050, np.float32)
    samples[11000:11040] = np.hanning(40)
    for style in ("level", "clean"):
        made = mastered(samples, 22050, Finish(style))
        assert abs(int(np.abs(made).argmax()) - round(11020 * RATE / 22050)) <= 24
    made = mastered(voice(3.0), 22050)
    onset = np.flatnonzero(np.abs(made[round(0.70 * RATE) : round(0.85 * RATE)]) > 0.05)[0] / RATE + 0.70
    assert abs(onset - 0.75) < 0.015


def test_the_high_band_is_less_of_a_buzz() -> None:
    samples = voice(3.0)

    def periodicity(sound: np.ndarray, rate: int) -> float:
        band = sosfiltfilt(butter(4, [4500, 8000], "band", fs=rate, output="sos"), sound)
        found = []
        for at in range(0, len(band) - rate // 20, rate // 40):
            part = band[at : at + rate // 20]
            if at / rate % 0.75 < 0.4:
                same = np.correlate(part, part, "full")[len(part) - 1 :]
                found.append(same[rate // 200 : rate // 80].max() / same[0])
        return float(np.mean(found))

    assert periodicity(mastered(samples, 22050), RATE) < 0.75 * periodicity(
        mastered(samples, 22050, Finish("level")), RATE
    )


def test_silence_stays_silent_and_nothing_gives_nothing() -> None:
    assert not mastered(np.zeros(22050, np.float32), 22050).any()
    assert len(mastered(np.zeros(0, np.float32), 22050)) == 0
    assert len(Master(22050).end()) == 0


def test_the_limiter_neither_clicks_nor_breathes_where_it_need_not() -> None:
    samples = tone(200, 1.0, RATE, 0.5).astype(np.float64)
    samples[20000:20200] *= 4
    limiter = Limiter(RATE, ceiling=0.89)
    made = limiter(np.concatenate([samples, np.zeros(limiter.latency)]))[limiter.latency :]
    assert peak_db(made[10000:30000].astype(np.float32)) <= 20 * np.log10(0.89) + 0.05
    assert np.allclose(made[:19000], samples[:19000])
    heard = np.abs(samples) > 0.05
    gain = np.interp(np.arange(len(samples)), np.flatnonzero(heard), made[heard] / samples[heard])
    assert gain.min() < 0.5
    assert np.abs(np.diff(gain)).max() < 0.015


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_the_meter_agrees_with_another(rate: int) -> None:
    sound = np.stack([voice(5.0, rate), 0.3 * voice(5.0, rate, seed=5)], 1).astype(np.float64)
    assert (
        abs(loudness([sound[:7000], sound[7000:]], rate, 2) - pyloudnorm.Meter(rate).integrated_loudness(sound)) < 0.2
    )


def test_the_meter_knows_a_reference_and_short_sounds() -> None:
    # EBU Tech 3341: a sine of 1 kHz at -23 dBFS on both channels measures -23 LUFS
    sine = tone(1000, 2.0, 48000, 10 ** (-23 / 20))
    assert abs(loudness([np.stack([sine, sine], 1)], 48000, 2) + 23) < 0.1
    assert abs(loudness([sine[:4800]], 48000) + 26) < 0.5
    assert Meter(48000).level == -70


def test_the_weighting_is_the_one_of_the_standard() -> None:
    # ITU-R BS.1770-4, tables 1 and 2
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    assert np.allclose(weighting(48000), [shelf, [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]], atol=1e-9)
