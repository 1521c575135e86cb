"""The web server."""

import logging
import socket
from typing import Any

import uvicorn

from studio.errors import Unavailable
from studio.settings import Settings

log = logging.getLogger(__name__)

GRACE_S = 3


def serve(web: Any, settings: Settings) -> None:
    """Serve an ASGI app until the process is told to end. Raises Unavailable when the port is taken."""
    with listener(settings) as door:
        host, port = door.getsockname()[:2]
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        log.warning("Atelier: http://%s:%s%s", shown, port, settings.root_path or "/")
        config = uvicorn.Config(
            web,
            log_level="warning",
            server_header=False,
            proxy_headers=settings.home.hosted or bool(settings.root_path),
            forwarded_allow_ips="*" if settings.home.hosted else None,
            timeout_graceful_shutdown=GRACE_S,
        )
        uvicorn.Server(config).run(sockets=[door])


def listener(settings: Settings) -> socket.socket:
    """A socket bound to the settings' address. Raises Unavailable where that isn't possible."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # named, as asyncio sends small answers at once only where it sees that this is TCP: 40 ms less for most
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
    except OSError as problem:
        door.close()
        raise Unavailable(
            "home.port", host=settings.host, port=settings.port, reason=problem.strerror or ""
        ) from problem
    return door
