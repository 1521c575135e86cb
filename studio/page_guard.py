"""Makes what a browser uploads to the Gradio page its owner's alone.

Gradio keeps uploads under addresses that anyone who knows them may read, and reads back any upload that a request
names. ``PageGuard`` notes who uploaded what, and refuses the rest: other owners' uploads, addresses on other hosts
(nothing that a user types is ever fetched), files outside Gradio's folder, and the routes that fetch for the caller.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.answers import answer_error
from studio.errors import BadInput, LimitReached, NotFound, StudioError
from studio.owners import HEADER

API = "/gradio_api"
FILE_ROUTES = (f"{API}/file=", f"{API}/file/")
FETCHING_ROUTES = (f"{API}/proxy=", f"{API}/deep_link", f"{API}/vibe", f"{API}/monitoring", "/monitoring")
CALLS = ("queue/join", "call/", "run/", "api/", "component_server")
BODY_BYTES = 32 * 1024 * 1024
REMEMBERED = 50_000
DEPTH = 64


class Uploads:
    """Who uploaded which file of Gradio's folder. Equal files of two owners share one path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._owners: OrderedDict[Path, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, path: str, owner: str) -> None:
        with self._lock:
            key = self._key(path)
            self._owners.setdefault(key, set()).add(owner)
            self._owners.move_to_end(key)
            while len(self._owners) > REMEMBERED:
                self._owners.popitem(last=False)

    def readable(self, path: str, owner: str) -> bool:
        """Whether an owner may read a path: their own upload, or what the page itself put into Gradio's folder."""
        key = self._key(path)
        with self._lock:
            owners = self._owners.get(key)
        return key.is_relative_to(self._folder) and (owners is None or owner in owners)

    def own(self, path: str, owner: str) -> Path:
        """The file behind an upload of this owner's. Raises NotFound for anything else, be it a path that exists."""
        key = self._key(path)
        with self._lock:
            mine = owner in self._owners.get(key, set())
        if not mine or not key.is_relative_to(self._folder) or not key.is_file():
            raise NotFound("web.no_upload")
        return key

    def _key(self, path: str) -> Path:
        try:
            return Path(path).resolve()
        except (ValueError, OSError):
            return Path("/")


class PageGuard:
    """ASGI middleware around the Gradio page, inside ``studio.guard.Guard``."""

    def __init__(self, app: ASGIApp, uploads: Uploads) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if not path.startswith((API, *FETCHING_ROUTES)):
            await self._app(scope, receive, send)
            return
        owner = Headers(scope=scope).get(HEADER, "")
        try:
            if path.startswith(FETCHING_ROUTES):
                raise NotFound("rest.no_page")
            if path.startswith(FILE_ROUTES):
                self._check_file(path[len(FILE_ROUTES[0]) :], owner)
            elif scope["method"] == "POST" and path.removeprefix(f"{API}/").startswith(CALLS):
                receive = await self._check_call(receive, owner)
        except StudioError as error:
            await answer_error(Request(scope), error)(scope, receive, send)
            return
        if scope["method"] == "POST" and path.rstrip("/") == f"{API}/upload":
            send = self._noting(send, owner)
        await self._app(scope, receive, send)

    def _check_file(self, path: str, owner: str) -> None:
        if _is_address(path) or not self._uploads.readable(path, owner):
            raise NotFound("rest.no_page")

    async def _check_call(self, receive: Receive, owner: str) -> Receive:
        """Look through the JSON of a call for files that aren't the caller's. Returns a ``receive`` that gives the
        body again.
        """
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_BYTES:
                raise LimitReached("rest.body", limit=BODY_BYTES // 1024)
        try:
            values = json.loads(body) if body else None
            named = list(_paths(values))
        except (ValueError, RecursionError) as problem:
            raise BadInput("rest.json") from problem
        for path in named:
            if _is_address(path):
                raise BadInput("web.address")
            if not self._uploads.readable(path, owner):
                raise NotFound("web.no_upload")
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return again

    def _noting(self, send: Send, owner: str) -> Send:
        """A ``send`` that reads the list of paths with which Gradio answers an upload, before the client has them."""
        status = 0
        body = bytearray()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and status == 200:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    for path in json.loads(body):
                        self._uploads.note(path, owner)
            await send(message)

        return noting


def _paths(value: Any, depth: int = 0) -> Iterator[str]:
    """Every ``path`` of a file in a call's values."""
    if depth > DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value["path"]
        for part in value.values():
            yield from _paths(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _paths(part, depth + 1)


def _is_address(path: str) -> bool:
    return "://" in path or path.lower().startswith(("http:", "https:", "//", "ftp:", "file:"))
