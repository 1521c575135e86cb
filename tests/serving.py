"""A real web server on a free port, and small media of our own, for tests."""

import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from studio.homes.ready import page_uploads
from studio.page_guard import Uploads
from studio.paths import ROOT
from studio.settings import Settings
from studio.studio import Studio
from tests.waiting import PATIENCE_S, until

OVER = {"done", "failed", "cancelled"}


@contextmanager
def served(web: Any) -> Iterator[str]:
    """Serve an ASGI app in this process; gives its address."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.bind(("127.0.0.1", 0))
    config = uvicorn.Config(web, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    try:
        _wait(address, thread)
        yield address
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        door.close()


@contextmanager
def served_studio(settings: Settings) -> Iterator[tuple[str, Studio]]:
    """A studio at work, with its REST face and no page."""
    from fastapi import FastAPI

    from studio.rest import web_parts

    with closing(Studio(settings)) as studio:
        studio.start()
        uploads = Uploads(page_uploads(settings))
        with served(FastAPI(**web_parts(studio, uploads), openapi_url=None)) as address:
            yield address, studio


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def started_app(port: int, data: Path, **settings: str) -> subprocess.Popen[bytes]:
    """``python app.py`` in a process of its own, once it serves its page."""
    env = {**os.environ, "STUDIO_PORT": str(port), "STUDIO_DATA_DIR": str(data), "STUDIO_HOST": "127.0.0.1", **settings}
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env)

    def answers() -> bool:
        assert server.poll() is None, "the server has ended"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S).status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(answers)
    except AssertionError:
        server.kill()
        raise
    return server


def job_over(client: httpx.Client, job: dict[str, Any], patience_s: float = PATIENCE_S) -> dict[str, Any]:
    """The job once it is over."""

    def look() -> dict[str, Any] | None:
        now = client.get(f"/api/v1/jobs/{job['id']}").json()
        return now if now["state"] in OVER else None

    return until(look, patience_s) or job


def picture(side: int = 64, seed: int = 0) -> bytes:
    """A PNG of soft colours."""
    import numpy as np
    from PIL import Image

    colours = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(colours).resize((side, side), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


def clip(path: Path, *, frames: int = 24, width: int = 64, height: int = 48, rate: int = 24) -> Path:
    """A short H.264 clip of a moving gradient, without sound."""
    import av
    import numpy as np

    ramp = np.add.outer(np.arange(height) * 3, np.arange(width) * 2)
    shades = [np.stack([(ramp + at * speed) % 256 for speed in (3, 5, 7)], -1).astype(np.uint8) for at in range(6)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate), options={"preset": "ultrafast", "crf": "40"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shades[index % len(shades)], format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _wait(address: str, thread: threading.Thread) -> None:
    def answers() -> bool:
        assert thread.is_alive(), "the server has ended"
        try:
            return httpx.get(f"{address}/healthz", timeout=PATIENCE_S).status_code > 0
        except httpx.TransportError:
            return False

    until(answers)
