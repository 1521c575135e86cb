"""The media that a request names: one in a field, several in a field, or several by name. Nobody else looks into the shapes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.tasks import FlatField, Request, flat_values, flatten

NAME_LENGTH = 64


@dataclass(frozen=True)
class Medium:
    """One medium that a request names. ``place`` is the flat name of its field, with its own name behind a dot where the
    field holds media by name: ``faces.anna``.
    """

    field: FlatField
    place: str
    id: str

    @property
    def title(self) -> str:
        """The field's title, with the medium's own name where it has one: ``Faces: anna``."""
        title = self.field.info.title or self.field.name
        own = self.place.removeprefix(self.field.name).removeprefix(".")
        return f"{title}: {own}" if own else title


def media_values(request: Request) -> list[Medium]:
    """Every medium that a request names, in the order of its fields; the same one may stand in several places."""
    values = flat_values(request)
    return [
        Medium(field, place, media_id)
        for field in flatten(type(request))
        if field.media and values[field.name]
        for place, media_id in each_medium(field, values[field.name])
    ]


def each_medium(field: FlatField, value: Any) -> Iterator[tuple[str, Any]]:
    """Place and medium, for each in the value of a field. What isn't of the field's shape counts as one medium."""
    found: list[tuple[str, Any]] = []
    changed_media(field, value, lambda place, medium: found.append((place, medium)))
    yield from found


def changed_media(field: FlatField, value: Any, change: Callable[[str, Any], Any]) -> Any:
    """The value of a field with ``change(place, medium)`` for each medium.

    Where that is None in lists, the medium is left out, and a name that has lost all of its media with them. What isn't
    of the field's shape is changed as if it were one medium.
    """
    if field.shape == "many":
        return _changed_list(field.name, value, change)
    if field.shape == "map" and isinstance(value, Mapping):
        named = {name: _changed_list(f"{field.name}.{name}", media, change) for name, media in value.items()}
        return {name: media for name, media in named.items() if media or not value[name]}
    return change(field.name, value)


def fits_shape(field: FlatField, value: Any) -> bool:
    """Whether a value from outside is built as the field wants it, whatever stands in it."""
    if field.shape == "many":
        return isinstance(value, list | tuple)
    if field.shape == "map":
        return isinstance(value, Mapping) and all(isinstance(media, list | tuple) for media in value.values())
    return True


def bad_name(field: FlatField, value: Any) -> str | None:
    """The first name in a field of media by name that can't be one: 1 to 64 printable characters without ``=``, not blank
    at its ends.
    """
    if field.shape != "map":
        return None
    return next((str(name) for name in value if not _is_name(str(name))), None)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= NAME_LENGTH and name.isprintable() and "=" not in name and name == name.strip()


def _changed_list(place: str, value: Any, change: Callable[[str, Any], Any]) -> Any:
    if not isinstance(value, list | tuple):
        return change(place, value)
    return tuple(new for item in value if (new := change(place, item)) is not None)
