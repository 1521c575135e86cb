"""Which folders and buckets of the server an owner may name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import NotAllowed
from studio.owners import LOCAL
from studio.settings import Settings

KNOWN = ("user:", "token:")
"""What owners begin with who have signed in, or who hold one of the studio's own tokens."""


@dataclass(frozen=True)
class Places:
    """``among``: the folders and buckets that may be named, with all in them; None is any."""

    among: Sequence[str] | None

    @classmethod
    def of(cls, settings: Settings, owner: str) -> "Places":
        """A visitor who is nobody in particular may name what the setting ``footage`` says, and any place where nobody else can come from."""
        if settings.public:
            return cls(())
        if settings.footage:
            return cls(settings.footage)
        known = owner == LOCAL or owner.startswith(KNOWN)
        return cls(None if settings.alone or known else ())

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.among is None or bool(self.among)

    def check(self, address: str) -> None:
        """Raises NotAllowed for a place that may not be named."""
        if self.among is None or any(_within(address, one) for one in self.among):
            return
        if not self.among:
            raise NotAllowed("search.no_places")
        raise NotAllowed("search.other_places", address=address[:200], known=", ".join(self.among))


def _within(address: str, place: str) -> bool:
    if "://" in address or "://" in place:
        return f"{address.rstrip('/')}/".startswith(f"{place.rstrip('/')}/")
    folder = Path(place).expanduser().resolve()
    return Path(address).expanduser().resolve().is_relative_to(folder)
