"""How a language model's server is reached: nothing is followed, nothing is endless, and a wait can be ended from outside.

For addresses that strangers give, the name is looked up once, every address that it has must lie in the public internet,
and the connection goes to one of those very addresses.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import httpx2

from studio.errors import Failed, LimitReached, NotAllowed
from studio.services import Service

LONGEST = 1 << 20
"""Characters of an answer."""
UNBROKEN = 2 * LONGEST
"""Bytes without a line's end."""
MOST = 64 * LONGEST
"""Bytes in all: each word of a stream comes in an event of a few hundred."""
CONNECT_S = 10.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")
CONNECTED = ("connect_tcp.complete", "start_tls.complete")


class Reach(httpx2.HTTPTransport):
    """HTTP to one server. ``hang_up`` may be called from another thread; what waits for the server then fails."""

    def __init__(self, service: Service) -> None:
        super().__init__(proxy=service.proxy)
        self._guarded = service.guarded
        self._sockets: list[socket.socket] = []
        self._left = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": self._traced}
        response = self._guarded_request(request) if self._guarded else super().handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise Failed("llm.garbled", reason="content-encoding")
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = Bounded(response.stream)
        return response

    def hang_up(self) -> None:
        """Break the connection, and let no other be made."""
        self._left = True
        for connection in self._sockets:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)

    def _guarded_request(self, request: httpx2.Request) -> httpx2.Response:
        name = request.url.host
        request.extensions = {**request.extensions, "sni_hostname": name}
        problem: httpx2.ConnectError | httpx2.ConnectTimeout = httpx2.ConnectError("no address")
        url = request.url
        for address in public_addresses(name, url.port or {"https": 443}.get(url.scheme, 80)):
            request.url = url.copy_with(host=address)
            try:
                return super().handle_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as reason:
                problem = reason
        raise problem

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        if not event.endswith(CONNECTED):
            return
        found = info["return_value"].get_extra_info("socket")
        if isinstance(found, socket.socket):
            self._sockets.append(found)
        if self._left:
            self.hang_up()


class Bounded(httpx2.SyncByteStream):
    """The bytes of an answer, as long as they come in lines that can be held. Raises LimitReached."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        unbroken = total = 0
        for block in self._stream:
            end = block.rfind(b"\n")
            unbroken = unbroken + len(block) if end < 0 else len(block) - end - 1
            total += len(block)
            if unbroken > UNBROKEN or total > MOST:
                raise too_large()
            yield block

    def close(self) -> None:
        self._stream.close()


def too_large() -> LimitReached:
    return LimitReached("llm.large", limit=LONGEST >> 20)


def http_client(service: Service) -> tuple[httpx2.Client, Reach]:
    """A client for one server, and its transport. Redirects aren't followed: a key goes to its own server only."""
    reach = Reach(service)
    timeout = httpx2.Timeout(service.timeout_s, connect=min(CONNECT_S, service.timeout_s))
    headers = {"Accept-Encoding": "identity"}
    return httpx2.Client(
        transport=reach, timeout=timeout, headers=headers, follow_redirects=False, trust_env=False
    ), reach


def public_addresses(name: str, port: int) -> list[str]:
    """The addresses of a host. Raises NotAllowed where one of them isn't public, ConnectError for a name that has none."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise httpx2.ConnectError(str(problem)) from problem
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotAllowed("llm.private")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet, and so does the IPv4 address that it may carry within."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if inner is not None:
            return True
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved
