"""Sounds for the tests: a voice of pulses through formants, with pauses and hisses, known to the sample."""

import numpy as np
from scipy.signal import lfilter


def voice(seconds: float = 3.0, rate: int = 22050, pitch: float = 120.0, seed: int = 3) -> np.ndarray:
    """A buzzing voice, float32 (n,): half a second of vowel, then 0.15 s of hiss, then 0.1 s of silence, and again."""
    count, random = round(seconds * rate), np.random.default_rng(seed)
    time = np.arange(count) / rate
    phase = np.cumsum(pitch * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time)) / rate)
    fall = np.exp(-2 * np.pi * 350 / rate)
    pulses = lfilter([1 - fall], [1, -fall], np.diff(np.floor(phase), prepend=0.0))
    for hz, width in ((600, 90), (1300, 110), (2600, 160), (3700, 250), (6500, 500)):
        radius, angle = np.exp(-np.pi * width / rate), 2 * np.pi * hz / rate
        pulses = pulses + 0.7 * lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], pulses)
    part = time % 0.75
    hiss = lfilter([1, -0.9], [1], random.standard_normal(count)) * 0.03
    smooth = np.ones(round(0.01 * rate)) / round(0.01 * rate)
    voiced = np.convolve((part < 0.5) * 1.0, smooth, "same")
    hissed = np.convolve(((part >= 0.5) & (part < 0.65)) * 1.0, smooth, "same")
    made = pulses / np.abs(pulses).max() * 0.6 * voiced + hiss * hissed
    return made.astype(np.float32)


def tone(hz: float, seconds: float, rate: int, size: float = 0.5) -> np.ndarray:
    return (size * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)
