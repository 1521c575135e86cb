"""A real web server on a free port, for tests."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

PATIENCE_S = 20.0


@contextmanager
def served(web: Any) -> Iterator[str]:
    """Serve an ASGI app in this process; gives its address."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
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


def _wait(address: str, thread: threading.Thread) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and thread.is_alive():
        try:
            httpx.get(f"{address}/healthz", timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.02)
    raise TimeoutError(address)
