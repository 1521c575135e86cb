"""Which photos were given to whom: plain values that the browser keeps between visits."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from studio.library import Library
from studio.tasks.face_swap import PHOTOS

EVERYONE = ""
"""The name under which those photos stand whose face everyone gets who isn't given another."""
MOST_NAMES = 64
IDENTITY, ORDER = WAYS = ("identity", "order")
"""The ways to tell people apart that a page has rows for; a place is asked for by its name elsewhere."""


@dataclass(frozen=True)
class Given:
    """Photos (media ids) by the name of the person who gets their face. ``turn`` changes whenever something else than the
    visitor's own hand on a card has changed them, such as another target. ``mask`` is the picture (media id) that tells where
    the old faces stay; empty for none. ``by`` is how people are told apart: by who they are, or by their order from the left,
    where their names are numbers. Photos stay with the names of both.
    """

    target: str = ""
    photos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mask: str = ""
    by: str = IDENTITY
    turn: str = field(default_factory=lambda: secrets.token_urlsafe(6))

    @classmethod
    def of(cls, kept: Any) -> "Given":
        """From what a browser kept or sent; what isn't built as it should be is left out."""
        if not isinstance(kept, Mapping):
            return cls()
        found = cls(
            str(kept.get("target") or ""),
            _photos(kept.get("photos")),
            str(kept.get("mask") or ""),
            _way(kept.get("by")),
        )
        turn = kept.get("turn")
        return replace(found, turn=turn) if isinstance(turn, str) and turn else found

    def kept(self) -> dict[str, Any]:
        """The same for the browser."""
        photos = {name: list(ids) for name, ids in self.photos.items()}
        return {"target": self.target, "turn": self.turn, "photos": photos, "mask": self.mask, "by": self.by}

    def onto(self, target: str) -> "Given":
        """The same photos for everyone on another target; its people are others, and no mask is painted on it."""
        if target == self.target:
            return self
        return Given(target, {name: ids for name, ids in self.photos.items() if name == EVERYONE}, by=self.by)

    def there(self, library: Library, owner: str) -> "Given":
        """Without pictures that their owner no longer has."""
        every = {self.mask, *(photo for ids in self.photos.values() for photo in ids)}
        known = {asset.id for asset in library.those(every, owner) if asset.kind == "image"}
        kept = {name: tuple(photo for photo in ids if photo in known) for name, ids in self.photos.items()}
        mask = self.mask if self.mask in known else ""
        return replace(self, photos={name: ids for name, ids in kept.items() if ids}, mask=mask)

    def of_people(self) -> dict[str, list[str]]:
        """The photos of those whose names belong to the way in which people are told apart."""
        ordered = self.by == ORDER
        return {name: list(ids) for name, ids in self.photos.items() if name and name.isdecimal() == ordered}

    @property
    def anybody(self) -> bool:
        """Whether somebody gets a face."""
        return EVERYONE in self.photos or bool(self.of_people())


def _way(value: Any) -> str:
    return value if value in WAYS else IDENTITY


def _photos(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        return {}
    named = [(str(name), ids) for name, ids in value.items() if isinstance(ids, list | tuple)][:MOST_NAMES]
    found = {name: tuple(dict.fromkeys(str(photo) for photo in ids))[:PHOTOS] for name, ids in named}
    return {name: ids for name, ids in found.items() if ids}
