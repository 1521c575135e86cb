"""How a library of many frames answers when many ask at once: ``python -m tests.bench.bench_search_load [frames] [a second] [seconds]``.

A server in a process of its own is asked over loopback, at moments drawn by chance, whether or not it has answered what came before; the time
of an answer counts from the moment at which it was due. Questions are such as users send: words, "more like this" and pictures (JPEG of
1280x720 out of the library, cropped). They are asked in several mixtures. Beside it stands what answering by reading all vectors and
comparing with all of them costs, which is how MaterialSearch looked for pictures.

Of the frames 1,500 are drawn and described; the others are put together from their keypoints at other places, which makes them as costly to look at.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import cv2
import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from engines.retrieval.fingerprint import Fingerprint
from engines.retrieval.sprite import sprite_of
from studio.catalog.reading import Reader
from studio.catalog.rows import File, Library, NewFrame, NewShot
from studio.homes.ready import page_uploads
from studio.owners import Owners
from studio.page_guard import Uploads
from studio.rest import web_parts
from studio.settings import Settings
from studio.studio import Studio
from tests.bench.scenery import scene
from tests.serving import free_port
from tests.waiting import until

TOKEN, NAME, SERVE = "bench-of-search", "footage", "--serve"
DRAWN, FRAMES_A_SHOT, SHOTS_A_FILM = 1500, 4, 50
QUESTIONS, AT_ONCE = 40, 24
SETTLING_S = 4.0
"""So long each mixture is asked before it counts: threads and their connections to the database are made."""
KEYPOINT = 35
TALK = "red blue harbour morning traffic market summer night crowd concert river bridge interview studio drone coast".split()  # noqa: SIM905
MIXES = {
    "half words, a quarter alike, a quarter pictures": (0.5, 0.25, 0.25),
    "words": (1.0, 0.0, 0.0),
    "more like this": (0.0, 1.0, 0.0),
    "pictures": (0.0, 0.0, 1.0),
}


def frames(count: int) -> Iterator[NewFrame]:
    """Frames as they are stored: drawn ones first, then others made of their parts."""
    encoder, dice = Fingerprint(), np.random.default_rng(1)
    known = [encoder.describe([scene(number, 480, 270)])[0] for number in range(min(DRAWN, count))]
    for one in known:
        yield NewFrame(0.0, one.vectors, one.detail)
    points = [np.frombuffer(one.detail, np.uint8).reshape(-1, KEYPOINT) for one in known]
    for _ in range(count - len(known)):
        chosen = dice.integers(len(known), size=3)
        vector = sum(weight * known[k].vectors for weight, k in zip((1, 0.7, 0.5), chosen, strict=True))
        vector = vector + 0.02 * dice.standard_normal(vector.shape)
        rows = np.concatenate([points[k][dice.random(len(points[k])) < 1 / 3] for k in chosen])
        rows[:, :2] = dice.integers(0, 256, (len(rows), 2))
        yield NewFrame(0.0, (vector / np.linalg.norm(vector)).astype(np.float32), rows.tobytes())


def filled(studio: Studio, owner: str, count: int) -> Library:
    """A library of so many frames."""
    encoder, dice = Fingerprint(), np.random.default_rng(2)
    facts = {"encoder": encoder.name, "version": encoder.version, "rows": encoder.rows, "dim": encoder.dim}
    library = studio.catalog.made(owner, NAME, **facts)
    tile = sprite_of([(0.0, scene(0, 480, 270))])
    source, film = frames(count), 0
    while block := [frame for frame, _ in zip(source, range(FRAMES_A_SHOT * SHOTS_A_FILM), strict=False)]:
        name = f"{' '.join(dice.choice(TALK, 3))} {film}.mp4"
        file = File(f"/footage/{name}", "/footage", name, "1", 1, float(film))
        video = studio.catalog.take(library, file, f"content {film}")
        shots = [
            NewShot(
                number,
                number * 4.0,
                number * 4.0 + 4,
                block[at : at + FRAMES_A_SHOT],
                0.0,
                tile.webp,
                tile.seconds,
                tile.width,
                tile.height,
            )
            for number, at in enumerate(range(0, len(block), FRAMES_A_SHOT))
        ]
        studio.catalog.keep(library, video.id, shots)
        said = [(" ".join(dice.choice(TALK, 6)), shot.start_s, shot.end_s) for shot in shots[::5]]
        studio.catalog.subtitles(library, video.id, said)
        studio.catalog.finish(
            library, video.id, kind="video", seconds=4.0 * len(shots), width=1280, height=720, fps=25.0
        )
        film += 1
    studio.indexes.settle(library)
    return library


def form(values: dict[str, str], picture: bytes) -> tuple[bytes, str]:
    """A form's body and its type."""
    lines = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    head = b'--b\r\nContent-Disposition: form-data; name="source"; filename="q.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return b"".join([*lines, head, picture, b"\r\n--b--\r\n"]), "multipart/form-data; boundary=b"


def questions(shots: list[int]) -> dict[str, list[tuple[bytes, str]]]:
    """Bodies with their types, of each kind."""
    dice = np.random.default_rng(4)
    asked: dict[str, list[tuple[bytes, str]]] = {"words": [], "alike": [], "pictures": []}
    for _ in range(QUESTIONS):
        words = {"library": NAME, "words": " ".join(dice.choice(TALK, 2))}
        asked["words"].append((json.dumps(words).encode(), "application/json"))
        alike = {"library": NAME, "like": shots[int(dice.integers(len(shots)))]}
        asked["alike"].append((json.dumps(alike).encode(), "application/json"))
        shown = cv2.resize(scene(int(dice.integers(DRAWN)), 480, 270), (1280, 720), interpolation=cv2.INTER_CUBIC)
        _, coded = cv2.imencode(".jpg", shown[40:-40, 60:-90, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
        asked["pictures"].append(form({"library": NAME}, coded.tobytes()))
    return asked


class Askers:
    """Threads that keep a connection each."""

    def __init__(self, port: int) -> None:
        self._port, self._own = port, threading.local()
        self.pool = ThreadPoolExecutor(AT_ONCE)

    def ask(self, body: bytes, kind: str, due: float) -> tuple[float, int]:
        """Milliseconds since the answer was due, and the number of answers."""
        if not hasattr(self._own, "line"):
            self._own.line = HTTPConnection("127.0.0.1", self._port)
        head = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        self._own.line.request("POST", "/api/v1/search/find", body, head)
        answer = self._own.line.getresponse()
        data = answer.read()
        assert answer.status == 200, data
        return 1e3 * (time.perf_counter() - due), data.count(b'"shot"')

    def loaded(
        self, asked: dict[str, list[tuple[bytes, str]]], mix: tuple[float, ...], rate: float, seconds: float
    ) -> list[tuple[str, float, int]]:
        """Kind, milliseconds and answers of each question of a load."""
        dice, due, waiting = np.random.default_rng(5), time.perf_counter() + 0.2, []
        end = due + seconds
        while due < end:
            kind = str(dice.choice(list(asked), p=mix))
            body, form_kind = asked[kind][int(dice.integers(QUESTIONS))]
            time.sleep(max(due - time.perf_counter(), 0))
            waiting.append((kind, self.pool.submit(self.ask, body, form_kind, due)))
            due += float(dice.exponential(1 / rate))
        return [(kind, *one.result()) for kind, one in waiting]


def everything_read(studio: Studio, library: Library) -> float:
    """Milliseconds of one question when all vectors are read from the database and compared."""
    began = time.perf_counter()
    asked = np.ones(library.dim, np.float32)
    best = [
        float((block.reshape(-1, library.dim) @ asked).max())
        for _, block in Reader(studio.catalog.db).after(library, 0)
    ]
    assert best
    return 1e3 * (time.perf_counter() - began)


def processor_seconds(server: subprocess.Popen[bytes]) -> float:
    """What a process and its threads have used."""
    parts = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / 100


def line(name: str, times: list[float], seconds: float) -> str:
    """Questions a second and their times."""
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    return f"{name:50} {len(times) / seconds:5.1f}/s  p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f} ms\n"


def main(count: int = 100_000, rate: float = 50.0, seconds: float = 15.0) -> None:
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), device="cpu", api_tokens=SecretStr(TOKEN))
        studio = Studio(settings)
        found = Owners(settings, studio.tokens).identify({"authorization": f"Bearer {TOKEN}"})
        assert found is not None
        library = filled(studio, found.owner, count)
        shots = [hit.shot for hit in studio.indexes.reader.hits(library, range(1, count, 97))]
        say(f"{count} frames ({studio.indexes.kind(library)}); ")
        say(f"all vectors read and compared for one question: {everything_read(studio, library):.0f} ms\n")
        studio.close()
        port, asked = free_port(), questions(shots)
        server = subprocess.Popen([sys.executable, "-m", "tests.bench.bench_search_load", SERVE, folder, str(port)])
        try:
            answering(port, server)
            askers = Askers(port)
            for body, form_kind in (one for some in asked.values() for one in some[:10]):
                askers.ask(body, form_kind, time.perf_counter())
            for name, mix in MIXES.items():
                askers.loaded(asked, mix, rate, SETTLING_S)
                spent = processor_seconds(server)
                told = askers.loaded(asked, mix, rate, seconds)
                spent = 1e3 * (processor_seconds(server) - spent) / len(told)
                say(line(name, [ms for _, ms, _ in told], seconds))
                say(
                    f"    {spent:.1f} ms of the server's processor each, {np.mean([some for *_, some in told]):.1f} answers\n"
                )
                kinds = sorted({kind for kind, *_ in told})
                for kind in kinds if len(kinds) > 1 else ():
                    say(line(f"    {kind}", [ms for own, ms, _ in told if own == kind], seconds))
                sys.stdout.flush()
        finally:
            server.terminate()
            server.wait()


def serve(folder: str, port: int) -> None:
    """REST over a studio's data, until the process is ended."""
    with closing(Studio(Settings(data_dir=Path(folder), device="cpu", api_tokens=SecretStr(TOKEN)))) as studio:
        web = FastAPI(**web_parts(studio, Uploads(page_uploads(studio.settings))), openapi_url=None)
        uvicorn.run(web, host="127.0.0.1", port=port, log_level="error")


def answering(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until a server answers."""

    def there() -> bool:
        assert server.poll() is None, "the server has ended"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    until(there)


if __name__ == "__main__":
    if sys.argv[1:2] == [SERVE]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main(*(int(sys.argv[1]) if at == 0 else float(value) for at, value in enumerate(sys.argv[1:4])))
