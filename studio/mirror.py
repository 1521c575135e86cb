"""The attempts to get one file of a model from one address: resumed after a cut, checked before it gets its name."""

import hashlib
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from studio.card import CardFile
from studio.checksum import blocks, plausible
from studio.errors import Cancelled, StudioError, Unavailable
from studio.hubs import Address
from studio.meter import Meter, Progress
from studio.part import Origin, Part
from studio.room import check_room, disk_errors
from studio.transfer import RedirectError, Reply, Transfer

log = logging.getLogger(__name__)

ROOM_EVERY = 32 << 20
OK, PARTIAL, RANGE_REFUSED = 200, 206, 416
DENIED = frozenset({401, 403})
PASSING = frozenset({408, 425, 429})
SERVER_ERROR = 500
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Policy:
    """How patient a download is. A mirror is left after ``attempts`` tries in a row that brought nothing new."""

    attempts: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 60.0
    connect_s: float = 10.0
    read_s: float = 30.0

    @property
    def timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.read_s, connect=self.connect_s)


@dataclass(frozen=True)
class Fetched:
    """A file that arrived, or that somebody else had brought meanwhile (then ``url`` is None)."""

    sha256: str
    bytes: int
    url: str | None


class _RetryError(Exception):
    """The same mirror may do better, perhaps after some seconds."""

    def __init__(self, error: StudioError, after_s: float | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.after_s = after_s


class MirrorError(Exception):
    """This mirror can't serve the file."""

    def __init__(self, error: StudioError) -> None:
        super().__init__(error)
        self.error = error


class Mirror:
    """The attempts to get a file from one address."""

    def __init__(
        self,
        file: CardFile,
        address: Address,
        part: Part,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
        policy: Policy,
    ) -> None:
        self._file = file
        self._address = address
        self._part = part
        self._meter = Meter(progress)
        self._cancel = cancel
        self._policy = policy

    def fetch(self) -> Fetched:
        furthest, failed = self._part.bytes(), 0
        while True:
            try:
                with disk_errors(self._part.target.parent, self._part.bytes, self._part.remove):
                    return self._attempt()
            except _RetryError as reason:
                gained = self._part.bytes() > furthest
                furthest = max(furthest, self._part.bytes())
                failed = 1 if gained else failed + 1
                if failed >= self._policy.attempts:
                    raise MirrorError(reason.error) from reason
                self._wait(reason, failed)

    def _wait(self, reason: _RetryError, failed: int) -> None:
        pause = self._policy.backoff_s * 2 ** (failed - 1) * random.uniform(0.8, 1.2)
        if reason.after_s is not None:
            if reason.after_s > self._policy.longest_wait_s:
                raise MirrorError(reason.error)
            pause = reason.after_s
        log.info("%s from %s: %s; again in %.1f s", self._file.name, self._address.host, reason.error, pause)
        if self._cancel.wait(min(pause, self._policy.longest_wait_s)):
            raise Cancelled

    def _attempt(self) -> Fetched:
        start, headers = self._continuation()
        if start and (whole := self._already_whole(start)):
            return whole
        try:
            with Transfer(self._address, headers, self._cancel, self._policy.timeout) as transfer:
                reply = transfer.reply()
                offset, total = self._plan(reply, start)
                sha256, done = self._receive(transfer, reply, offset, total)
        except RedirectError as problem:
            raise MirrorError(self._error("models.redirect", target=str(problem))) from problem
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            raise _RetryError(self._error("models.unreachable")) from problem
        except httpx.TransportError as problem:
            raise _RetryError(self._error("models.cut")) from problem
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as problem:
            raise MirrorError(self._error("models.unreachable")) from problem
        self._verify(sha256, done, total, reply.hub_sha256, resumed=offset > 0)
        return self._finish(sha256, done)

    def _continuation(self) -> tuple[int, dict[str, str]]:
        """Where to go on and the headers that ask for it; 0 where what we have can't be continued safely."""
        start, origin = self._part.bytes(), self._part.origin()
        same = origin is not None and origin.url == self._address.url
        if not start or not origin or not (self._file.sha256 or (same and origin.etag)):
            return 0, {}
        headers = {"Range": f"bytes={start}-"}
        if same and origin.etag:
            headers["If-Range"] = origin.etag
        return start, headers

    def _already_whole(self, start: int) -> Fetched | None:
        """The file, if all of it had come before the studio stopped; a wrong one is dropped."""
        origin = self._part.origin()
        total = self._file.bytes or (origin.total if origin else None)
        wanted = self._file.sha256 or (origin.sha256 if origin else None)
        if total is None or wanted is None or start < total:
            return None
        if start == total and self._digest().hexdigest() == wanted:
            return self._finish(wanted, start)
        self._part.remove()
        raise _RetryError(self._error("models.wrong_hash"))

    def _plan(self, reply: Reply, start: int) -> tuple[int, int | None]:
        """Offset at which the body begins, and the file's whole size if it is known."""
        self._check_status(reply)
        offset, announced = 0, reply.length
        if reply.status == PARTIAL:
            match = CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
            if not match or int(match[1]) != start:
                self._part.remove()
                raise _RetryError(self._error("models.cut"))
            offset = start
            announced = int(match[2]) if match[2] != "*" else None
        elif announced is not None and announced == 0:
            raise MirrorError(self._error("models.wrong_size"))
        if reply.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise MirrorError(self._error("models.not_served"))
        if self._file.sha256 and reply.hub_sha256 not in (None, self._file.sha256):
            raise MirrorError(self._error("models.wrong_hash"))
        wanted = self._file.bytes or reply.hub_bytes
        if None not in (wanted, announced) and wanted != announced:
            raise MirrorError(self._error("models.wrong_size"))
        total = wanted or announced
        if not self._file.sha256:
            self._check_unstated(reply, total)
        return offset, total

    def _check_status(self, reply: Reply) -> None:
        status = reply.status
        if status in (OK, PARTIAL):
            return
        if status == RANGE_REFUSED:
            self._part.remove()
            raise _RetryError(self._error("models.http", status=status))
        if status in PASSING or status >= SERVER_ERROR:
            raise _RetryError(self._error("models.http", status=status), _retry_after(reply))
        raise MirrorError(self._error("models.denied" if status in DENIED else "models.http", status=status))

    def _check_unstated(self, reply: Reply, total: int | None) -> None:
        """A file without a published hash is only taken if its end can be known, and if it isn't a web page."""
        if total is None and not reply.framed:
            raise MirrorError(self._error("models.no_length"))
        if "html" in reply.headers.get("content-type", "").lower():
            raise MirrorError(self._error("models.not_served"))

    def _receive(self, transfer: Transfer, reply: Reply, offset: int, total: int | None) -> tuple[str, int]:
        """Write the body behind ``offset``. Returns the whole file's SHA-256 and size."""
        check_room(self._part.target.parent, (total or 0) - offset)
        digest = self._digest() if offset else hashlib.sha256()
        done = looked = offset
        origin = Origin(url=self._address.url, etag=reply.etag, total=total, sha256=reply.hub_sha256)
        with self._part.open(origin, offset) as out:
            if offset:
                out.seek(offset)
            self._meter.start(done, total)
            for chunk in transfer.chunks():
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if total is not None and done > total:
                    break
                if done - looked >= ROOM_EVERY:
                    looked = done
                    check_room(self._part.target.parent, (total or done) - done)
                self._meter.count(done)
        self._meter.count(done, last=True)
        return digest.hexdigest(), done

    def _digest(self) -> "hashlib._Hash":
        """The hash of what has come so far, to be continued."""
        digest = hashlib.sha256()
        for block in blocks(self._part.path):
            self._check_cancel()
            digest.update(block)
        return digest

    def _verify(self, sha256: str, done: int, total: int | None, hub_sha256: str | None, *, resumed: bool) -> None:
        wanted = self._file.sha256 or hub_sha256
        key = ""
        if total is not None and done != total:
            key = "models.wrong_size"
        elif wanted and sha256 != wanted:
            key = "models.wrong_hash"
        elif not plausible(self._file.name, self._part.path):
            key = "models.not_served"
        if not key:
            return
        self._part.remove()
        raise (_RetryError if resumed else MirrorError)(self._error(key))

    def _finish(self, sha256: str, size: int) -> Fetched:
        self._check_cancel()
        self._part.finish()
        return Fetched(sha256, size, self._address.url)

    def _check_cancel(self) -> None:
        if self._cancel.is_set():
            raise Cancelled

    def _error(self, key: str, **params: object) -> Unavailable:
        return Unavailable(key, file=self._file.name, host=self._address.host, **params)


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks us to wait (RFC 9110 §10.2.3): a number, or a date."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
