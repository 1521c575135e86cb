"""A reverse proxy as people set it up: everything under a path goes to the studio, without that path."""

from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def proxy(prefix: str, behind: str) -> Starlette:
    """An ASGI app that passes ``prefix`` on to the address ``behind``, streams answers, and has nothing else."""
    client = httpx.AsyncClient(base_url=behind, timeout=None)

    async def forward(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        headers |= {
            "x-forwarded-proto": "http",
            "x-forwarded-host": request.headers["host"],
            "x-forwarded-for": "192.0.2.7",
        }
        url = httpx.URL(path=request.path_params["rest"] or "/", query=request.url.query.encode())
        answer = await client.send(
            client.build_request(request.method, url, headers=headers, content=await request.body()), stream=True
        )

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()

        made = StreamingResponse(body(), answer.status_code)
        made.raw_headers = [
            (name, value) for name, value in answer.headers.raw if name.decode().lower() not in HOP_BY_HOP
        ]
        return made

    return Starlette(routes=[Route(prefix + "{rest:path}", forward, methods=METHODS)])
