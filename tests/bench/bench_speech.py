"""Speech: how soon something is heard, how long a text takes, mastered, against a program for each sentence whose files are joined; how
long restyling takes; how soon each stops when it is cancelled.

The program is Debian's espeak-ng, where it is installed.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from engines.audio.files import SoundWriter
from engines.audio.master import RATE
from engines.dub.espeak import run as dub
from engines.restyle import world
from engines.speak.espeak import run as speak
from engines.speech.espeak import Espeak
from engines.speech.front import Front, Reading
from engines.speech.narrate import narrate
from engines.speech.steady import finish_for, steadily
from engines.speech.stream import Asked, speech
from studio.errors import Cancelled
from studio.memory import Residency
from studio.presets import presets
from studio.run import Run
from studio.tasks import unflatten
from studio.tasks.dub import DubRequest
from studio.tasks.restyle import RestyleRequest
from studio.tasks.speak import SpeakRequest
from tests.voice.films import film

TEXT = (
    "The quick brown fox jumps over the lazy dog. It was the 3rd of May 2024, and Dr. Smith paid $5.20. "
    "Погода была хорошая, около 20 °C. 我们有3个苹果和5个梨。 She laughed, and went on reading until it was dark. "
) * 3
HEARD_BYTES = 1200
REPEATS = 2
PROGRAM = "espeak-ng"
LOOKS = ("female", "monster", "hall")
CANCEL_AFTER_S = 0.7
LINES = "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\nLine {n} of a film.\n\n" for n in range(1, 40))


def first_audio(speaker: Espeak) -> float:
    """Seconds until a tenth of a second of an MP3 is there."""
    began = time.perf_counter()
    pieces = speech(Asked(TEXT, Reading(), "mp3", {}), speaker.speak)
    size = 0
    while size < HEARD_BYTES:
        size += len(next(pieces))
    pieces.close()  # type: ignore[attr-defined]
    return time.perf_counter() - began


def ours(speaker: Espeak, folder: Path) -> float:
    """Seconds of a mastered WAV file of the whole text."""
    made = 0
    utterances = narrate(Front(TEXT, Reading()).segments(), speaker.speak)
    with SoundWriter(folder / "ours.wav", RATE, kind="wav") as out:
        for piece in steadily(utterances, finish_for("wav")):
            out.write(piece)
            made += len(piece)
    return made / RATE


def a_program_for_each(folder: Path) -> float:
    """Seconds of a file joined from one for each sentence, each by an espeak-ng of its own; not mastered."""
    files = []
    for number, segment in enumerate(Front(TEXT, Reading()).segments()):
        file = folder / f"{number}.wav"
        if program := shutil.which(PROGRAM):
            language = {"zh": "cmn", "en": "en-us"}.get(segment.language, segment.language)
            subprocess.run([program, "-v", language, "-w", str(file), segment.text], check=True)
        else:
            speaker = Espeak()
            spoken = speaker.speak(segment)
            speaker.close()
            _wav(file, spoken.samples, spoken.rate)
        files.append(file)
    pieces = []
    for file in files:
        with wave.open(str(file)) as source:
            rate, data = source.getframerate(), source.readframes(source.getnframes())
        pieces.append(np.frombuffer(data, "<i2").astype(np.float32) / 32768)
    whole = np.concatenate(pieces)
    _wav(folder / "joined.wav", whole, rate)
    return len(whole) / rate


def _wav(file: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((samples * 32767).astype("<i2").tobytes())


def real_time_factor(work: Callable[[], float]) -> tuple[float, float]:
    """The time taken for each second made: by the clock, and of the processor, all processes that it needs included."""
    began, cpu = time.perf_counter(), processor_s()
    seconds = work()
    return (time.perf_counter() - began) / seconds, (processor_s() - cpu) / seconds


def processor_s() -> float:
    """Seconds of processor that this process, those that it has started and those that are over have taken."""
    alive = psutil.Process().children(recursive=True)
    return sum(sum(each.cpu_times()[:4]) for each in (psutil.Process(), *alive))


def restyling(recording: Path, folder: Path, look: str) -> float:
    """Seconds of a recording that is given a look."""
    values = unflatten(RestyleRequest, presets("restyle")[look].values)
    run = Run.local(folder / "work", folder / "out")
    return world.run(RestyleRequest(sound=str(recording), **values), run).seconds_of_sound


def cancelling(work: Callable[[Run], object], folder: Path) -> float:
    """Seconds from a wish to stop until a work is over."""
    run = Run.local(folder / "work", folder / "out", memory=Residency(lambda device: 1 << 30))
    wished = threading.Event()
    run.host.cancelled = wished.is_set  # type: ignore[method-assign]
    asked: list[float] = []

    def wish() -> None:
        asked.append(time.perf_counter())
        wished.set()

    timer = threading.Timer(CANCEL_AFTER_S, wish)
    timer.start()
    with contextlib.suppress(Cancelled):
        work(run)
    ended = time.perf_counter()
    timer.join()
    run.memory.unload_all()  # type: ignore[union-attr]
    return ended - asked[0] if wished.is_set() and asked[0] < ended else float("nan")


def stops(folder: Path, recording: Path) -> dict[str, float]:
    """By what is cancelled, seconds until it is over."""
    film_, srt = film(folder / "film.mp4", 45.0, None), folder / "lines.srt"
    srt.write_text(LINES, encoding="utf-8")
    works: dict[str, Callable[[Run], object]] = {
        "speak": lambda run: speak(SpeakRequest(text=TEXT * 20), run),
        "restyle": lambda run: world.run(RestyleRequest(sound=str(recording), shift=3), run),
        "dub": lambda run: dub(DubRequest(video=str(film_), srt=str(srt)), run),
    }
    return {name: cancelling(work, folder / name) for name, work in works.items()}


def main() -> None:
    """Print what was measured."""
    say = sys.stdout.write
    if not shutil.which(PROGRAM):
        say(f"{PROGRAM} isn't installed: a worker process for each sentence stands for the program\n")
    with tempfile.TemporaryDirectory() as name:
        folder, speaker = Path(name), Espeak()
        ours(speaker, folder)
        firsts = sorted(first_audio(speaker) for _ in range(5 * REPEATS))
        say(
            f"first audio: best {1000 * firsts[0]:.0f} ms, median {1000 * firsts[len(firsts) // 2]:.0f} ms (MP3, mastered)\n"
        )
        mine, theirs = [], []
        for _ in range(REPEATS):
            mine.append(real_time_factor(lambda: ours(speaker, folder)))
            theirs.append(real_time_factor(lambda: a_program_for_each(folder)))
        for what, runs in (("ours, mastered", mine), ("a program per sentence, not mastered", theirs)):
            clock, cpu = (min(times) for times in zip(*runs, strict=True))
            say(f"{what}: real-time factor {clock:.4f} by the clock, {cpu:.4f} of one processor\n")
        ratio = min(run[0] for run in theirs) / min(run[0] for run in mine)
        say(f"a program per sentence takes {ratio:.2f} times as long by the clock\n")
        recording = folder / "ours.wav"
        restyling(recording, folder, LOOKS[0])
        for look in LOOKS:
            clock, cpu = real_time_factor(lambda look=look: restyling(recording, folder, look))  # type: ignore[misc]
            say(f"restyle as {look}: real-time factor {clock:.3f} by the clock, {cpu:.3f} of one processor\n")
        for what, seconds in stops(folder, recording).items():
            say(f"{what} is over {1000 * seconds:.0f} ms after it was cancelled\n")
        speaker.close()


if __name__ == "__main__":
    main()
