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
    if field.shape == "map" and isinstance(value, Mapping):
        for name, media in value.items():
            place = f"{field.name}.{name}"
            yield from ((place, medium) for medium in (media if isinstance(media, list | tuple) else [media]))
    elif field.shape == "many" and isinstance(value, list | tuple):
        yield from ((field.name, medium) for medium in value)
    else:
        yield field.name, value


def first_medium(field: FlatField | None, value: Any) -> str:
    """The first medium in the value of a field, which may come from an older version; empty where there is none."""
    found = each_medium(field, value) if field else iter(())
    return next((medium for _, medium in found if isinstance(medium, str)), "")


def changed_media(field: FlatField, value: Any, change: Callable[[str, Any], Any]) -> Any:
    """The value of a field with ``change(place, medium)`` for each medium, in its own shape."""
    new = iter([change(place, medium) for place, medium in each_medium(field, value)])
    if field.shape == "map" and isinstance(value, Mapping):
        return {
            name: [next(new) for _ in media] if isinstance(media, list | tuple) else next(new)
            for name, media in value.items()
        }
    return list(new) if field.shape == "many" and isinstance(value, list | tuple) else next(new)


def kept_media(field: FlatField, value: Any, keep: Callable[[Any], bool]) -> Any:
    """The value of a field with only those media that ``keep`` is true of; a name that loses all of its own goes too.
    None, or an empty one, where nothing is left.
    """
    if field.shape == "map" and isinstance(value, Mapping):
        kept = {name: [medium for medium in media if keep(medium)] for name, media in value.items()}
        return {name: media for name, media in kept.items() if media}
    if field.shape == "many" and isinstance(value, list | tuple):
        return [medium for medium in value if keep(medium)]
    return value if keep(value) else None


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
