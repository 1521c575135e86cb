"""Makes the samples in assets/samples: a clip from public-domain pictures with slow camera moves, cuts and a synthesised melody, and
a text spoken by the built-in voice.

Run as ``python -m tests.make_samples``; those in the repository were made by it.
"""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from studio.paths import ASSETS

SAMPLES = ASSETS / "samples"
WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 24, 8
RATE = 48000
SAID = "A painter looks longer than a camera does. Three portraits, three centuries, and one quiet question: who is looking at whom?"
MELODY = (262, 330, 392, 523, 440, 349, 392, 494, 523, 392, 330, 262, 294, 349, 330, 262)


def camera(
    picture: np.ndarray, start: tuple[float, float, float], end: tuple[float, float, float], t: float
) -> np.ndarray:
    """A 1280x720 view of ``picture`` at time ``t`` 0..1; a position is (centre x, centre y, width), as parts of the picture."""
    ease = t * t * (3 - 2 * t)
    x, y, width = (a + (b - a) * ease for a, b in zip(start, end, strict=True))
    scale = width * picture.shape[1] / WIDTH
    sway = np.deg2rad(0.8 * np.sin(2 * np.pi * t))
    c, s = scale * np.cos(sway), scale * np.sin(sway)
    cx, cy = x * picture.shape[1], y * picture.shape[0]
    matrix = np.array([[c, -s, cx - c * WIDTH / 2 + s * HEIGHT / 2], [s, c, cy - s * WIDTH / 2 - c * HEIGHT / 2]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def melody() -> np.ndarray:
    """Stereo float32 2xN: plucked notes with a soft echo."""
    time = np.arange(SECONDS * RATE) / RATE
    sound = np.zeros_like(time)
    step = SECONDS / len(MELODY)
    for index, pitch in enumerate(MELODY):
        since = time - index * step
        ring = np.where(since >= 0, np.exp(-3.5 * np.maximum(since, 0)) * np.minimum(np.maximum(since, 0) * 200, 1), 0)
        sound += ring * sum(np.sin(2 * np.pi * pitch * k * since) / k**2 for k in (1, 2, 3))
    sound *= 0.22 / np.abs(sound).max() * np.minimum((SECONDS - time) / 0.4, 1)
    echo = np.roll(sound, int(0.13 * RATE)) * 0.4
    return np.stack([sound + echo, sound + np.roll(echo, 700)]).astype(np.float32)


def frames() -> list[np.ndarray]:
    def read(name: str) -> np.ndarray:
        picture = cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)
        return cv2.resize(
            picture, None, fx=1600 / picture.shape[1], fy=1600 / picture.shape[1], interpolation=cv2.INTER_CUBIC
        )

    shots = (
        (read("astronaut.jpg"), (0.46, 0.30, 0.95), (0.44, 0.27, 0.60)),
        (read("girl_with_a_pearl_earring.jpg"), (0.50, 0.45, 0.72), (0.52, 0.42, 0.95)),
        (read("mona_lisa.jpg"), (0.50, 0.45, 0.98), (0.49, 0.24, 0.72)),
    )
    total = SECONDS * FPS
    per_shot = total // len(shots)
    return [camera(*shots[i // per_shot], (i % per_shot) / per_shot) for i in range(per_shot * len(shots))]


def write(target: Path) -> None:
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "slow"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = out.add_stream("aac", rate=RATE, layout="stereo")
        audio.bit_rate = 96000
        for index, image in enumerate(frames()):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        sound = melody()
        for start in range(0, sound.shape[1], 1024):
            block = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[:, start : start + 1024]), format="fltp", layout="stereo"
            )
            block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
            out.mux(audio.encode(block))
        out.mux(audio.encode(None))


if __name__ == "__main__":
    write(SAMPLES / "portraits.mp4")
    speak = [sys.executable, "-m", "studio", "speak", SAID, "--voice", "mark", "-o", str(SAMPLES / "voice.mp3")]
    subprocess.run(speak, check=True)
