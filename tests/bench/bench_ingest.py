"""How fast films of 720p are looked through with the fingerprint, beside decoding every frame with OpenCV and describing each by itself.

python -m tests.bench.bench_ingest
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from engines.media.decode import Decoder, Trim
from engines.retrieval.fingerprint import Fingerprint
from engines.retrieval.footage import Footage
from engines.retrieval.ingest import Work, looked_through
from engines.retrieval.known import face_seer
from engines.retrieval.shots import shots_of
from tests.bench.clips import clips

WIDTH, HEIGHT, RATE = 1280, 720, 25
FILM_S = 40
SHOT_S = 4
FILMS = 3
NAIVE_FRAMES = 100


def reel(path: Path, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A film cut from the clips, four seconds at a time, as a camera's or an editor's file is: H.264 at a medium rate."""
    sources = clips()
    with av.open(str(path), "w") as out:
        options = {"preset": "veryfast", "crf": "23", "g": "60"}
        stream = out.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        count = 0
        while count < FILM_S * RATE:
            turn = count // (SHOT_S * RATE)
            decoder = Decoder(sources[turn % len(sources)], Trim(0.5 * (turn // len(sources))))
            for number, frame in enumerate(decoder.frames()):
                if number == SHOT_S * RATE:
                    break
                picture = av.VideoFrame.from_ndarray(filled(frame.rgb, turn, width, height), format="rgb24")
                picture.pts, picture.time_base = count, Fraction(1, RATE)
                out.mux(stream.encode(picture))
                count += 1
            decoder.close()
        out.mux(stream.encode())
    return path


def filled(rgb: np.ndarray, turn: int, width: int, height: int) -> np.ndarray:
    """That size out of any picture: as wide as can be, cut at the sides or above and below, every other time mirrored."""
    factor = max(width / rgb.shape[1], height / rgb.shape[0])
    size = -int(-rgb.shape[1] * factor // 1), -int(-rgb.shape[0] * factor // 1)
    large = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    cut = large[top : top + height, left : left + width]
    return np.ascontiguousarray(cut[:, ::-1] if turn % 2 else cut)


def ours(film: Path, encoder: Fingerprint, has_face: Callable[[np.ndarray], bool]) -> tuple[float, int]:
    """Seconds of footage in a second, and frames described."""
    works = [Work(number, film.name, lambda: film, picture=False) for number in range(FILMS)]
    began, frames = time.perf_counter(), 0
    for seen in looked_through(works, encoder, has_face, os.cpu_count() or 1):
        frames += sum(len(told) for _, told in seen.shots) if seen else 0
    return FILMS * FILM_S / (time.perf_counter() - began), frames // FILMS


def naive(film: Path, encoder: Fingerprint) -> float:
    """Seconds of footage for each second of a core, when every frame is decoded and described by itself."""
    began, frames = time.process_time(), 0
    capture = cv2.VideoCapture(str(film))
    while frames < NAIVE_FRAMES:
        there, frame = capture.read()
        if not there:
            break
        encoder.describe([cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)])
        frames += 1
    capture.release()
    return frames / RATE / (time.process_time() - began)


def alone(film: Path) -> float:
    """Decoding and shots alone, on one core."""
    began = time.process_time()
    with Footage(film) as footage:
        for _ in shots_of(footage):
            pass
    return FILM_S / (time.process_time() - began)


def main() -> None:
    encoder, has_face = Fingerprint(), face_seer()
    has_face(np.zeros((90, 160, 3), np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        film = reel(Path(folder) / "reel.mp4")
        say = sys.stdout.write
        cpu = time.process_time()
        rate, frames = ours(film, encoder, has_face)
        cpu = FILMS * FILM_S / (time.process_time() - cpu)
        simple = naive(film, encoder)
        say(
            f"720p, {FILMS} films of {FILM_S} s ({film.stat().st_size * 8 / FILM_S / 1e6:.1f} Mbit/s), {os.cpu_count()} cores\n"
        )
        say(
            f"ours: {rate:.1f} x real time (for each second of a core {cpu:.1f} x), {frames} frames of a film described\n"
        )
        say(f"decoding and shots alone, one core: {alone(film):.1f} x\n")
        say(
            f"every frame by OpenCV and by itself, for each second of a core: {simple:.2f} x; ours is {cpu / simple:.0f} times as fast\n"
        )


if __name__ == "__main__":
    main()
