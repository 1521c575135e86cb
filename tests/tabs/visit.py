"""A visitor of the page, without a browser."""

from dataclasses import dataclass, field

from studio.owners import HEADER


@dataclass
class Visit:
    """As much of a visitor's request as the page reads."""

    headers: dict[str, str] = field(default_factory=lambda: {HEADER: "me", "accept-language": "en"})
    cookies: dict[str, str] = field(default_factory=dict)
    session_hash: str = "page"
