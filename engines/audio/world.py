"""A voice taken apart into pitch, envelope and breath by WORLD (Morise, Yokomori and Ozawa, 2016), changed, and put together again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import soxr

WORLD_RATE = 24000
FRAME_MS = 5.0
FLOOR_HZ, CEILING_HZ = 65.0, 700.0
REACH = 2.2
LEAST_RUN = 5
"""Voiced stretches of fewer frames are mistakes of the pitch finder, which would be heard as chirps."""
FADE_S = 0.008
SHAPE_S = 0.02
MOST_SHAPE = 8.0
"""The most that the envelope of a hiss is raised by, as a factor."""
SILENT = 1e-4
LEAST_LOW = 0.6
"""Of a voice's power up to 8 kHz, so much lies under 4 kHz; a hiss has less."""
UNVOICED = 0.999
"""D4C's answer where it finds no voice, whatever the pitch finder says."""


@dataclass(frozen=True)
class Change:
    """``pitch`` is a factor of the fundamental, ``centre`` the fundamental in Hz that ``range`` spreads or flattens it around
    (range 0: always ``centre * pitch``). ``formants`` moves the envelope; ``breath`` 0..1 makes voiced sound breathy, 1 whispers.
    ``tilt`` in dB an octave above 1 kHz makes it brighter or darker.
    """

    pitch: float = 1.0
    centre: float = 150.0
    range: float = 1.0
    formants: float = 1.0
    breath: float = 0.0
    tilt: float = 0.0

    @property
    def is_none(self) -> bool:
        return self == Change(centre=self.centre)


def centre_of(pieces: Iterable[np.ndarray], rate: int) -> float:
    """The median fundamental of a voice in Hz, by DIO, which is quick; 0 where nothing is voiced. ``pieces`` are float (n,)."""
    import pyworld

    counts = np.zeros(1200, np.int64)
    for piece in pieces:
        low, at = _low(np.ascontiguousarray(piece, np.float64), rate)
        if len(low) > at * SHAPE_S and np.any(np.abs(low) > SILENT):
            track, times = pyworld.dio(low, at, f0_floor=FLOOR_HZ, f0_ceil=CEILING_HZ, frame_period=FRAME_MS)
            track = pyworld.stonemask(low, track, times, at)
            counts += np.bincount(
                np.clip(np.rint(track[track > 0]), 0, len(counts) - 1).astype(np.int64), minlength=len(counts)
            )
    return float(np.searchsorted(np.cumsum(counts), counts.sum() / 2)) if counts.any() else 0.0


def pitch_track(samples: np.ndarray, rate: int, centre: float) -> np.ndarray:
    """The fundamental in Hz every 5 ms, float64 (n / rate / 0.005 + 1,), 0 where there is none, of float (n,): by Harvest, within
    ``REACH`` of the voice's ``centre``.
    """
    import pyworld

    if centre <= 0 or len(samples) < rate * SHAPE_S or not np.any(np.abs(samples) > SILENT):
        return np.zeros(frames_of(len(samples), rate))
    low, at = _low(np.ascontiguousarray(samples, np.float64), rate)
    floor, ceiling = max(centre / REACH, 40.0), min(centre * REACH, 1000.0)
    track, _ = pyworld.harvest(low, at, f0_floor=floor, f0_ceil=ceiling, frame_period=FRAME_MS)
    return _without_chirps(np.resize(track, frames_of(len(samples), rate)))


def frames_of(length: int, rate: int) -> int:
    return int(1000 * length / rate / FRAME_MS) + 1


def _without_chirps(track: np.ndarray) -> np.ndarray:
    voiced = np.concatenate([[0], track > 0, [0]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(voiced))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first < LEAST_RUN:
            track[first:last] = 0
    return track


def _low(sound: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """The part of a sound that a voice's pitch and formants lie in, and its rate."""
    if rate <= WORLD_RATE:
        return sound, rate
    return np.ascontiguousarray(soxr.resample(sound, rate, WORLD_RATE, "HQ")), WORLD_RATE


def changed(samples: np.ndarray, rate: int, track: np.ndarray, change: Change) -> np.ndarray:
    """A voice, float (n,), with its ``pitch_track``, changed: float64 (n,). Hisses and clicks keep their own waveform, whose envelope
    alone is moved; what is voiced is put together anew. Above 12 kHz everything stays as it is.
    """
    sound = np.ascontiguousarray(samples, np.float64)
    if change.is_none or len(sound) < rate * SHAPE_S or not np.any(np.abs(sound) > SILENT):
        return sound
    low, at = _low(sound, rate)
    if at == rate:
        return _changed(low, at, track, change)

    def back(part: np.ndarray) -> np.ndarray:
        return np.resize(soxr.resample(part, at, rate, "HQ"), len(sound))

    return back(_changed(low, at, track, change)) + sound - back(low)


def _changed(sound: np.ndarray, rate: int, track: np.ndarray, change: Change) -> np.ndarray:
    import pyworld

    track = np.resize(track, frames_of(len(sound), rate))
    times = np.arange(len(track)) * FRAME_MS / 1000
    envelope = pyworld.cheaptrick(sound, track, times, rate)
    breath = pyworld.d4c(sound, track, times, rate, threshold=LEAST_LOW)
    shape = _warped(envelope, change.formants) * _tilt(envelope.shape[1], rate, change.tilt)
    kept = shaped(sound, rate, np.sqrt(shape / envelope)) if change.formants != 1 or change.tilt else sound
    voiced = (track > 0) & (breath[:, 0] < UNVOICED)
    whole = change.breath >= 1
    pitch = np.where(
        voiced & ~np.bool_(whole), change.centre * (np.maximum(track, 1) / change.centre) ** change.range, 0.0
    )
    pitch = np.where(pitch > 0, np.clip(pitch * change.pitch, 30.0, 1200.0), 0.0)
    breath = np.ones_like(breath) if whole else _breathy(_warped(breath, change.formants), rate, change.breath)
    made = pyworld.synthesize(
        pitch, np.ascontiguousarray(shape), np.ascontiguousarray(np.clip(breath, 1e-6, 1 - 1e-6)), rate, FRAME_MS
    )
    made = np.pad(made, (0, max(0, len(sound) - len(made))))[: len(sound)]
    share = _share(voiced, len(sound), rate)
    return made * np.sqrt(share) + kept * np.sqrt(1 - share)


def _share(voiced: np.ndarray, length: int, rate: int) -> np.ndarray:
    """How much of each sample is voiced, 0..1, with ``FADE_S`` between."""
    step = rate * FRAME_MS / 1000
    share = np.interp(np.arange(length), np.arange(len(voiced)) * step, voiced.astype(np.float64))
    width = max(1, round(FADE_S * rate))
    box = np.concatenate([[0.0], np.cumsum(np.pad(share, (width // 2, width - width // 2 - 1), mode="edge"))])
    return np.clip((box[width:] - box[:-width]) / width, 0, 1)


def _warped(frames: np.ndarray, factor: float) -> np.ndarray:
    """Envelopes (frames, bins) stretched along the frequency."""
    if factor == 1:
        return frames
    bins = frames.shape[1]
    places = np.minimum(np.arange(bins) / factor, bins - 1)
    low = places.astype(np.int64)
    part = places - low
    high = np.minimum(low + 1, bins - 1)
    warped: np.ndarray = frames[:, low] ** (1 - part) * frames[:, high] ** part
    return warped


def _tilt(bins: int, rate: int, db: float) -> np.ndarray:
    hertz = np.linspace(0, rate / 2, bins)
    return 10 ** (db * np.log2(np.clip(hertz, 500, 8000) / 1000) / 10)


def _breathy(breath: np.ndarray, rate: int, amount: float) -> np.ndarray:
    """More noise, the more the higher."""
    hertz = np.linspace(0, rate / 2, breath.shape[1])
    weight = amount * np.clip(0.25 + hertz / 3000, 0, 1)
    return breath + weight * (1 - breath)


def shaped(sound: np.ndarray, rate: int, gains: np.ndarray) -> np.ndarray:
    """A waveform float64 (n,) filtered by gains that change with time, (frames every 5 ms, bins up to half the rate)."""
    hop = rate * FRAME_MS / 1000
    size = 2 * round(SHAPE_S * rate / 2)
    step = size // 4
    window = np.hanning(size + 1)[:-1]
    spots = np.arange(-size // 2, len(sound) + size // 2, step)
    padded = np.pad(sound, (size, 2 * size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[spots + size // 2] * window
    bins = np.fft.rfftfreq(size)
    rows = np.clip(np.rint(spots / hop).astype(np.int64), 0, len(gains) - 1)
    picked = gains[:, np.minimum(np.rint(bins * 2 * (gains.shape[1] - 1)).astype(np.int64), gains.shape[1] - 1)][rows]
    frames = np.fft.irfft(np.fft.rfft(frames, axis=1) * np.minimum(picked, MOST_SHAPE), size, axis=1) * window
    made, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for row, spot in zip(frames, spots + size // 2, strict=True):
        made[spot : spot + size] += row
        weight[spot : spot + size] += window**2
    made /= np.maximum(weight, 1e-3)
    return made[size : size + len(sound)]
