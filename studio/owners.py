"""Who is asking: a signed cookie for browsers, tokens for programs, names and passwords where the administrator
wants them.

An owner is an opaque ASCII string. Nobody needs an account: a browser that comes without a cookie gets a new owner. With
``STUDIO_AUTH`` set, owners are the names in it, and nothing is shown to strangers.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from itsdangerous import BadData, URLSafeTimedSerializer

from studio.errors import LimitReached, NotAllowed
from studio.settings import Home, Settings
from studio.tokens import Tokens

COOKIE = "studio_owner"
HEADER = "x-studio-owner"
ADMIN = "x-studio-admin"
LOCAL = "local"
YEAR_S = 365 * 24 * 3600
TRIES = 8
TRIES_WINDOW_S = 300.0
REMEMBERED = 10_000


class HasHeaders(Protocol):
    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Identity:
    """An owner, whether they may administer a public home, and whether the browser has to be given a new cookie."""

    owner: str
    admin: bool = False
    fresh: bool = False


def owner_of(request: HasHeaders) -> str:
    """The owner whom ``studio.guard`` has found for a request, from a Gradio or a Starlette request.

    Raises NotAllowed where the request didn't come through the guard.
    """
    owner = dict(request.headers.items()).get(HEADER, "")
    if not owner:
        raise NotAllowed("owner.unknown")
    return owner


def is_admin(request: HasHeaders) -> bool:
    """Whether a request may administer this studio: anyone who gets in, but on a public home only who has a fixed token."""
    return dict(request.headers.items()).get(ADMIN) == "1"


class Owners:
    """Signs and reads what tells owners apart. ``tokens`` knows whom a program's token stands for."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._users = _users(settings)
        self._fixed = tuple(part.strip() for part in _revealed(settings.api_tokens).split(",") if part.strip())
        secret = _revealed(settings.secret) or _kept_secret(settings.data_dir / "secret")
        self._cookies = URLSafeTimedSerializer(secret, salt="studio.cookie")
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether one has to sign in."""
        return bool(self._users)

    def identify(self, headers: Mapping[str, str], address: str = "") -> Identity | None:
        """Who sends these headers (lower-case names); None for a stranger where one has to sign in.

        Raises NotAllowed for a token or password that is wrong, LimitReached after too many wrong passwords.
        """
        token, password = self._credentials(headers)
        if password is not None:
            return self._as_identity(self.sign_in(*password, address))
        if token:
            return self._from_token(token)
        owner = self._from_cookie(_cookie(headers.get("cookie", "")))
        if owner is not None:
            return self._as_identity(owner)
        return None if self.closed else self._as_identity(uuid.uuid4().hex, fresh=True)

    def sign_in(self, name: str, password: str, address: str) -> str:
        """The owner for a name and its password. Raises NotAllowed, and LimitReached after ``TRIES`` failures from
        an address.
        """
        if self._tried(address) >= TRIES:
            raise LimitReached("owner.tries", minutes=int(TRIES_WINDOW_S // 60))
        expected = self._users.get(name, "")
        if not hmac.compare_digest(password.encode(), expected.encode()) or not expected:
            self._note_failure(address)
            raise NotAllowed("owner.password")
        return f"user:{quote(name, safe='')}"

    def cookie(self, owner: str, *, https: bool) -> str:
        """The ``Set-Cookie`` value that makes a browser this owner's."""
        parts = [
            f"{COOKIE}={self._cookies.dumps([owner, self._fingerprint(owner)])}",
            "Path=/",
            f"Max-Age={YEAR_S}",
            "HttpOnly",
        ]
        if https and self._settings.home.hosted:
            parts += ["SameSite=None", "Secure", "Partitioned"]
        else:
            parts += ["SameSite=Lax", *(["Secure"] if https else [])]
        return "; ".join(parts)

    @staticmethod
    def no_cookie() -> str:
        """The ``Set-Cookie`` value that signs a browser out."""
        return f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"

    def _credentials(self, headers: Mapping[str, str]) -> tuple[str, tuple[str, str] | None]:
        """Token and (name, password) as sent. ModelScope keeps ``Authorization`` for itself."""
        if key := headers.get("x-api-key", ""):
            return key, None
        if self._settings.home is Home.MODELSCOPE:
            return "", None
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return rest.strip(), None
        if scheme.lower() == "basic" and self.closed:
            try:
                name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as problem:
                raise NotAllowed("owner.password") from problem
            return "", (name, password)
        return "", None

    def _from_token(self, token: str) -> Identity:
        if sum(hmac.compare_digest(token.encode(), fixed.encode()) for fixed in self._fixed):
            return Identity(f"token:{hashlib.sha256(token.encode()).hexdigest()[:16]}", admin=True)
        owner = self._tokens.owner(token)
        if owner is None or not self._known(owner):
            raise NotAllowed("owner.token")
        return self._as_identity(owner)

    def _as_identity(self, owner: str, *, fresh: bool = False) -> Identity:
        return Identity(owner, admin=not self._settings.public, fresh=fresh)

    def _from_cookie(self, signed: str) -> str | None:
        if not signed:
            return None
        try:
            owner, fingerprint = self._cookies.loads(signed, max_age=YEAR_S)
        except (BadData, ValueError, TypeError):
            return None
        good = self._known(str(owner)) and fingerprint == self._fingerprint(str(owner))
        return str(owner) if good else None

    def _known(self, owner: str) -> bool:
        """Whether an owner may still come in: where one has to sign in, only who is in the list."""
        name = owner.removeprefix("user:")
        return unquote(name) in self._users if name != owner else not self.closed

    def _fingerprint(self, owner: str) -> str:
        """Changes with the owner's password, so that a new one ends old sessions."""
        if not owner.startswith("user:"):
            return ""
        name = unquote(owner.removeprefix("user:"))
        password = self._users.get(name, "")
        return hashlib.sha256(f"{name}:{password}".encode()).hexdigest()[:12]

    def _tried(self, address: str) -> int:
        with self._lock:
            now = time.monotonic()
            recent = [moment for moment in self._failures.get(address, []) if now - moment < TRIES_WINDOW_S]
            if recent:
                self._failures[address] = recent
            return len(recent)

    def _note_failure(self, address: str) -> None:
        with self._lock:
            self._failures.setdefault(address, []).append(time.monotonic())
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)


def _users(settings: Settings) -> dict[str, str]:
    pairs = (part.partition(":") for part in _revealed(settings.auth).split(",") if part.strip())
    users = {name.strip(): password for name, _, password in pairs}
    if any(not name or not password for name, password in users.items()):
        raise NotAllowed("owner.auth_setting")
    return users


def _revealed(secret: object) -> str:
    get = getattr(secret, "get_secret_value", None)
    return str(get()) if get else ""


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _kept_secret(file: Path) -> str:
    """The signing key in a file that only this user can read, made on first use."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _written(file)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(48))
    return _written(file)


def _written(file: Path, patience_s: float = 2.0) -> str:
    """The file's text; another process may be just about to write it."""
    until = time.monotonic() + patience_s
    while not (text := file.read_text(encoding="ascii").strip()) and time.monotonic() < until:
        time.sleep(0.05)
    if not text:
        raise NotAllowed("owner.secret_empty", file=file.name)
    return text
