"""One HTTP response as a stream of bytes that can be left at any moment.

A thread talks to the network and hands over what it gets; the caller writes and hashes meanwhile, and looks at its
cancel flag ten times a second whatever the network does: looking up a name, connecting, or waiting for a server that
says nothing. Redirects are followed here, so that they can be refused, and so that a token never leaves its own origin.
"""

import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from studio import __version__
from studio.errors import Cancelled
from studio.hubs import Address, origin

AHEAD = 64
LOOK_S = 0.1
MAX_HOPS = 8
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SHA256 = re.compile(r"[0-9a-f]{64}")


class RedirectError(Exception):
    """A redirect that isn't followed: to something other than HTTP, from HTTPS down to HTTP, or one too many."""


@dataclass(frozen=True)
class Reply:
    """The head of the last response, and what the hub said of the file on the way.

    HuggingFace states SHA-256 and size of a large file as ``X-Linked-ETag`` and ``X-Linked-Size``, before its redirect.
    """

    status: int
    headers: Mapping[str, str]
    hub_sha256: str | None
    hub_bytes: int | None

    @property
    def length(self) -> int | None:
        """Length of the body as announced, in bytes."""
        return _number(self.headers.get("content-length"))

    @property
    def framed(self) -> bool:
        """Whether the end of the body can be told from a cut."""
        return self.length is not None or "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def etag(self) -> str | None:
        """The strong validator of the body, if it has one."""
        tag = self.headers.get("etag", "")
        return tag if tag.startswith('"') else None


class Transfer:
    """GET of an address; use as a context manager: ``reply()`` first, then ``chunks()``.

    Both raise httpx.TransportError when the network fails, RedirectError, and Cancelled at most 0.1 s after ``cancel``
    is set.
    """

    def __init__(
        self, address: Address, headers: Mapping[str, str], cancel: threading.Event, timeout: httpx.Timeout
    ) -> None:
        self._address = address
        self._headers = {"User-Agent": f"Atelier/{__version__}", "Accept-Encoding": "identity", **headers}
        self._cancel = cancel
        self._timeout = timeout
        self._left = threading.Event()
        self._items: queue.Queue[Any] = queue.Queue(AHEAD)
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._work, name=f"fetch {address.host}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._socket = None  # closed already

    def reply(self) -> Reply:
        head = self._next()
        if not isinstance(head, Reply):
            raise httpx.RemoteProtocolError("the response has no head")
        return head

    def chunks(self) -> Iterator[bytes]:
        while (chunk := self._next()) is not None:
            yield chunk

    def _next(self) -> Any:
        while True:
            if self._cancel.is_set():
                raise Cancelled
            try:
                item = self._items.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise item
            return item

    def _work(self) -> None:
        try:
            with httpx.Client(verify=_trust(), timeout=self._timeout, follow_redirects=False) as client:
                self._follow(client)
            self._hand_over(None)
        except OSError as problem:
            self._hand_over(httpx.NetworkError(str(problem)))
        except Exception as problem:  # handed to the caller, who knows what to do with it
            self._hand_over(problem)

    def _follow(self, client: httpx.Client) -> None:
        url = self._address.url
        sha256: str | None = None
        size: int | None = None
        for _ in range(MAX_HOPS):
            with client.stream("GET", url, headers=self._headers_for(url)) as response:
                self._socket = _socket_of(response)
                sha256 = sha256 or _linked_sha256(response.headers)
                size = size or _number(response.headers.get("x-linked-size"))
                if response.status_code in REDIRECTS and "location" in response.headers:
                    url = _next_hop(url, response.headers["location"])
                    continue
                self._hand_over(Reply(response.status_code, response.headers, sha256, size))
                for chunk in response.iter_raw():
                    if not self._hand_over(chunk):
                        return
                return
        raise RedirectError(url)

    def _headers_for(self, url: str) -> dict[str, str]:
        headers = dict(self._headers)
        if self._address.token and origin(url) == origin(self._address.url):
            headers["Authorization"] = f"Bearer {self._address.token}"
        return headers

    def _hand_over(self, item: Any) -> bool:
        while not self._left.is_set():
            try:
                self._items.put(item, timeout=LOOK_S)
            except queue.Full:
                continue
            return True
        return False


@cache
def _trust() -> ssl.SSLContext:
    """The certificates, read once: that takes longer than a small file."""
    return httpx.create_ssl_context()


def _next_hop(url: str, location: str) -> str:
    target = urljoin(url, location)
    scheme, host = urlsplit(target).scheme, urlsplit(target).hostname
    if scheme not in ("http", "https") or not host or (scheme == "http" and urlsplit(url).scheme == "https"):
        raise RedirectError(target)
    return target


def _linked_sha256(headers: Mapping[str, str]) -> str | None:
    tag = headers.get("x-linked-etag", "").removeprefix("W/").strip('"').lower()
    return tag if SHA256.fullmatch(tag) else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _socket_of(response: httpx.Response) -> socket.socket | None:
    stream = response.extensions.get("network_stream")
    found = stream.get_extra_info("socket") if stream else None
    return found if isinstance(found, socket.socket) else None
