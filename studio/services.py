"""Servers outside the studio that an engine may ask, such as that of a language model.

The administrator sets them, or a visitor gives one for a single job. What a visitor gives is kept in this process's
memory until the job is over, and nowhere else.
"""

import ipaddress
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from studio.errors import BadInput
from studio.settings import Settings

LLM = "llm"
NO_KEY = "none"
"""What is sent where there is no key: the protocol wants one, and local servers don't look at it."""
LONGEST = 2048
LONGEST_MODEL = 200


@dataclass(frozen=True)
class Service:
    """A server with an OpenAI-compatible interface.

    ``url`` is its base address, ``timeout_s`` how long it may be silent. ``guarded``: only addresses of the public
    internet may be reached. ``proxy`` is the address of an HTTP proxy to go through, if any.
    """

    url: str = field(repr=False)
    key: SecretStr = field(default_factory=lambda: SecretStr(NO_KEY))
    model: str = ""
    timeout_s: float = 120.0
    guarded: bool = False
    proxy: str | None = field(default=None, repr=False)


Given = Mapping[str, Mapping[str, str]]
"""What a visitor gives: a service's name → ``url``, ``key`` and ``model``."""


@dataclass
class Services:
    """The services of this studio, and those that visitors have given for their jobs."""

    own: Mapping[str, Service] = field(default_factory=dict)
    public: bool = False
    offline: bool = False
    timeout_s: float = 120.0
    _given: dict[str, Mapping[str, Service]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """From the settings. A studio that is to stay offline has only services on this machine.

        Raises BadInput for an address or a key that can't be one.
        """
        found = cls(public=settings.public, offline=settings.offline, timeout_s=settings.llm_timeout)
        if not settings.llm_url.strip():
            return found
        key = settings.llm_key.get_secret_value() if settings.llm_key else ""
        trusted = cls(timeout_s=settings.llm_timeout)
        service = trusted.checked(settings.llm_url, key, settings.llm_model)
        return replace(found, own={LLM: service} if found.allowed(service) else {})

    def read(self, given: Given) -> Mapping[str, Service]:
        """The services that a visitor gives; those without any value are left out.

        A model alone goes with the studio's own server, unless strangers use the studio. Raises BadInput.
        """
        found = {}
        for name, values in given.items():
            url, key, model = (str(values.get(part) or "") for part in ("url", "key", "model"))
            if url.strip():
                found[name] = self.checked(url, key, model)
            elif key.strip():
                raise BadInput("llm.no_url")
            elif model.strip() and name in self.own and not self.public:
                found[name] = replace(self.own[name], model=_model(model))
        return {name: service for name, service in found.items() if self.allowed(service)}

    def checked(self, url: str, key: str, model: str) -> Service:
        """A service from what somebody has typed. Raises BadInput."""
        address, secret = _url(url), key.strip() or NO_KEY
        if len(secret) > LONGEST or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise BadInput("llm.bad_key")
        proxy = None if self.public else _proxy(address)
        return Service(address, SecretStr(secret), _model(model), self.timeout_s, self.public, proxy)

    def allowed(self, service: Service) -> bool:
        """Whether a service may be asked here."""
        return not self.offline or is_here(service.url)

    def keep(self, job_id: str, given: Mapping[str, Service]) -> None:
        """Remember what a visitor has given for a job, in place of what was given before."""
        with self._lock:
            self._given.pop(job_id, None)
            if given:
                self._given[job_id] = given

    def forget(self, job_id: str) -> None:
        with self._lock:
            self._given.pop(job_id, None)

    def forget_those(self, over: Callable[[str], bool]) -> None:
        """Forget what was given for jobs of which ``over`` is true."""
        for job_id in list(self._given):
            if over(job_id):
                self.forget(job_id)

    def given(self, job_id: str) -> Mapping[str, Service]:
        """What a visitor has given for a job."""
        return self._given.get(job_id, {})

    def of_job(self, job_id: str) -> Mapping[str, Service]:
        """The services that a job may ask."""
        return {**self.own, **self.given(job_id)}


def is_here(url: str) -> bool:
    """Whether an address names this machine itself."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _url(typed: str) -> str:
    """The address without a slash at its end. Raises BadInput for what isn't ``http(s)://host…``, or holds more."""
    url = typed.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        odd = parts.username or parts.password or parts.query or parts.fragment or parts.port == 0
    except ValueError:
        raise BadInput("llm.bad_url") from None
    printable = url.isprintable() and not any(mark.isspace() for mark in url)
    if parts.scheme not in ("http", "https") or not parts.hostname or odd or not printable or len(url) > LONGEST:
        raise BadInput("llm.bad_url")
    return url


def _model(typed: str) -> str:
    model = typed.strip()
    if len(model) > LONGEST_MODEL or not model.isprintable():
        raise BadInput("llm.bad_model")
    return model


def _proxy(url: str) -> str | None:
    """The HTTP proxy that this machine uses for an address."""
    parts = urlsplit(url)
    if is_here(url) or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    known: Mapping[str, Any] = urllib.request.getproxies()
    proxy = str(known.get(parts.scheme) or known.get("all") or "")
    return proxy if proxy.startswith(("http://", "https://")) else None
