"""A sound made longer or shorter at its own pitch: WSOLA (Verhelst and Roelands, 1993)."""

import numpy as np

from engines.kernel import kernel

WINDOW_S, SEARCH_S = 0.024, 0.008


def stretched(samples: np.ndarray, rate: int, length: int) -> np.ndarray:
    """Float (n,) to float32 (``length``,): pieces of 24 ms are laid anew, each where it goes on most like the one before."""
    if length == len(samples):
        return samples.astype(np.float32)
    half = max(8, round(WINDOW_S * rate / 2))
    if length < 2 * half or len(samples) < 2 * half:
        places = np.linspace(0, max(len(samples) - 1, 0), max(length, 0))
        found = np.interp(places, np.arange(len(samples)), samples) if len(samples) else np.zeros(max(length, 0))
        return found.astype(np.float32)
    search = max(4, round(SEARCH_S * rate))
    sound = np.pad(samples.astype(np.float32), (search + half, 2 * search + 4 * half))
    made = np.zeros(length + 2 * half, np.float32)
    _lay(sound, made, len(samples) / length, half, search, np.hanning(2 * half + 1)[:-1].astype(np.float32))
    return made[half : half + length]


@kernel
def _lay(sound: np.ndarray, made: np.ndarray, speed: float, half: int, search: int, window: np.ndarray) -> None:
    due = 0
    count = len(made) // half - 1
    for k in range(count):
        wish = search + int(k * half * speed)
        best = wish
        if k > 0:
            most = -1e30
            for shift in range(-search, search + 1):
                at = wish + shift
                if at < 0 or at + 2 * half > len(sound):
                    continue
                same, power = 0.0, 1e-9
                for i in range(0, 2 * half, 2):
                    same += sound[due + i] * sound[at + i]
                    power += sound[at + i] * sound[at + i]
                score = same / power**0.5
                if score > most:
                    most, best = score, at
        for i in range(2 * half):
            made[k * half + i] += window[i] * sound[best + i]
        due = min(best + half, len(sound) - 2 * half)
