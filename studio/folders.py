"""A folder in place of a list of media: its files of the kinds that a setting takes."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from studio.errors import BadInput, StudioError
from studio.sniff import ANY_PIXELS, ENDINGS, look
from studio.tasks import FlatField

ALSO: Mapping[str, frozenset[str]] = {
    "image": frozenset({".jpeg", ".jpe", ".jfif", ".tiff", ".heif"}),
    "video": frozenset({".mpeg", ".m2ts", ".qt"}),
    "audio": frozenset(),
}
"""Endings that are as usual as those that the studio itself gives."""
DIGITS = re.compile(r"(\d+)")


Complaint = Callable[[StudioError], None]


def opened(field: FlatField, value: Any, gathered: set[Path], complain: Complaint) -> Any:
    """A value of a field with the files of each folder in its place, which also go into ``gathered``; a field of a single
    medium stays as it is.

    Raises BadInput for a folder without any.
    """
    if field.shape == "map" and isinstance(value, Mapping):
        return {name: _each_opened(field, files, gathered, complain) for name, files in value.items()}
    return _each_opened(field, value, gathered, complain) if field.shape == "many" else value


def files_in(folder: Path, kinds: Collection[str], complain: Complaint) -> list[Path]:
    """The files of these kinds right in a folder, hidden ones left out, in the order of their names with 2 before 10.

    A file that has the ending of a kind and can't be read is complained about and left out.
    """
    endings = frozenset().union(*(ENDINGS.get(kind, frozenset()) | ALSO.get(kind, frozenset()) for kind in kinds))
    found = []
    for file in sorted(folder.iterdir(), key=lambda path: _order(path.name)):
        if file.name.startswith(".") or not file.is_file() or not (file.suffix.lower() in endings or "file" in kinds):
            continue
        try:
            if "file" in kinds or look(file, file.name, ANY_PIXELS).kind in kinds:
                found.append(file)
        except StudioError as problem:
            complain(problem)
    return found


def _each_opened(field: FlatField, values: Any, gathered: set[Path], complain: Complaint) -> list[Any]:
    files: list[Any] = []
    for value in values:
        folder = Path(value).expanduser()
        if not folder.is_dir():
            files.append(value)
        elif inside := files_in(folder, field.media, complain):
            files += [str(file) for file in inside]
            gathered.update(file.resolve() for file in inside)
        else:
            raise BadInput("cli.empty_folder", folder=str(value), kinds=", ".join(field.media))
    return files


def _order(name: str) -> list[tuple[int, int, str]]:
    """Numbers by their size, everything else letter by letter."""
    parts = DIGITS.split(name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part] + [(1, 0, name)]
