"""Where a model's files can be had: the addresses of their sources on HuggingFace, ModelScope and the web, in order.

HuggingFace serves ``{endpoint}/{repo}/resolve/{revision}/{path}``, ModelScope
``https://www.modelscope.cn/models/{repo}/resolve/{revision}/{path}``.
"""

import os
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from studio.card import Card, CardFile, HubSource, Source
from studio.settings import Settings

HUGGINGFACE = "https://huggingface.co"
MODELSCOPE = "https://www.modelscope.cn"
DEFAULT_REVISION = {"hf": "main", "modelscope": "master"}
PREFERRED = {"huggingface": "hf", "modelscope": "modelscope"}
TRUE = frozenset({"1", "true", "yes", "on"})


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address: what has to be equal for a token to be sent."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


@dataclass(frozen=True)
class Address:
    """One place to fetch a file from. The token goes to the address's own origin only, never along a redirect."""

    url: str
    token: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True)
class Hubs:
    """The hubs as this studio may use them."""

    first: Literal["auto", "huggingface", "modelscope"] = "auto"
    endpoint: str = HUGGINGFACE
    token: str | None = field(default=None, repr=False)
    modelscope: str = MODELSCOPE
    offline: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Hubs":
        """From the settings; where they say nothing, the variables that HuggingFace's own tools use count.

        A token from the environment goes to HuggingFace itself and not to a mirror, one from the settings to the
        endpoint.
        """
        endpoint = settings.hf_endpoint
        if endpoint == HUGGINGFACE:
            endpoint = os.environ.get("HF_ENDPOINT") or HUGGINGFACE
        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        if token is None and origin(endpoint) == origin(HUGGINGFACE):
            token = os.environ.get("HF_TOKEN")
        offline = settings.offline or os.environ.get("HF_HUB_OFFLINE", "").lower() in TRUE
        return cls(settings.hub, endpoint.rstrip("/"), token or None, offline=offline)

    def addresses(self, card: Card, file: CardFile) -> tuple[Address, ...]:
        """The addresses of a file, those of the preferred hub first, else as the card orders them."""
        wanted = PREFERRED.get(self.first)
        ordered = sorted(file.sources, key=lambda source: source.hub != wanted)
        return tuple(self._address(card, source) for source in ordered)

    def _address(self, card: Card, source: Source) -> Address:
        if not isinstance(source, HubSource):
            return Address(source.url)
        own = card.revision if source.hub == "hf" else ""
        revision = quote(source.revision or own or DEFAULT_REVISION[source.hub], safe="")
        tail = f"{source.repo}/resolve/{revision}/{quote(source.path)}"
        if source.hub == "modelscope":
            return Address(f"{self.modelscope}/models/{tail}")
        return Address(f"{self.endpoint}/{tail}", self.token)
