"""The words of a request: the studio's own tag library, and the lists that a user brought.

Each category of the library is a word list by its name, ``__hair_style__``. A user's single list or table takes part in draws as
a category of its own; collections and ZIPs, which hold lists for many ends, are there by their names alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from engines.words.tags import LANGUAGES, Category, Tag, TagLibrary, library, own_category, read_table
from engines.words.wildcards import Entry, Lists, read_files
from studio.errors import BadInput
from studio.run import Run

TABLE, LIST = ".csv", ".txt"
LINES = 100_000
Files = tuple[tuple[str, Path, int], ...]


def library_for(lists: Sequence[str], run: Run) -> TagLibrary:
    """The library with these media. Raises BadInput for a list that can't be understood."""
    return library_of(files_of(lists, run))


def files_of(lists: Sequence[str], run: Run) -> Files:
    """The user's lists: names, paths, and when they were written."""
    paths = [(run.name(given), run.path(given)) for given in lists]
    return tuple((name, path, path.stat().st_mtime_ns) for name, path in paths)


@lru_cache(4)
def lists_of(files: Files) -> Lists:
    """All word lists by their names; a user's stands before the library's of the same name. Raises as ``read_files`` does."""
    named = {category.name: _entries(library().of(category.name)) for category in library().categories}
    named |= {Path(name).stem: _entries(read_table(path)) for name, path, _ in files if _ending(name) == TABLE}
    named |= read_files({name: path for name, path, _ in files if _ending(name) != TABLE}).named
    return Lists({name: entries for name, entries in named.items() if entries})


@lru_cache(4)
def library_of(files: Files, named: frozenset[str] = frozenset()) -> TagLibrary:
    """The library with the user's single lists. What a template has ``named`` is understood, and drawn there alone.

    Raises BadInput for a table that can't be understood, or a list of more than 100,000 lines.
    """
    own = library()
    found = {name: _tags(name, path) for name, path, _ in files if _ending(name) in (TABLE, LIST)}
    lists = [
        [replace(tag, weight=0.0) for tag in tags] if Path(name).stem in named else list(tags)
        for name, tags in found.items()
    ]
    if files:
        groups = (group for name in sorted(named) for group in lists_of(files).matching(name))
        lists.append([_tag(Entry(entry.text, 0.0)) for group in groups for entry in group])
    if not any(lists):
        return own
    categories: list[Category] = list(own.categories)
    tags = list(own.tags)
    known = {tag.english for tag in tags}
    for number, entries in enumerate(lists, 1):
        category = own_category(f"list {number}")
        categories.append(category)
        tags += [replace(tag, category=category.name) for tag in entries if tag.english not in known]
        known |= {tag.english for tag in entries}
    return TagLibrary(tuple(categories), tuple(tags), own.styles, own.rules)


def _tags(name: str, path: Path) -> Iterable[Tag]:
    if _ending(name) == TABLE:
        return read_table(path)
    entries = read_files({name: path}).named[Path(name).stem]
    if len(entries) > LINES:
        raise BadInput("prompt.long_list", name=name, most=LINES)
    return map(_tag, entries)


def _tag(entry: Entry) -> Tag:
    names: Mapping[str, str] = dict.fromkeys(LANGUAGES, entry.text)
    return Tag(entry.text, "", names, dict.fromkeys(LANGUAGES, ()), entry.weight)


def _entries(tags: Iterable[Tag]) -> tuple[Entry, ...]:
    return tuple(Entry(tag.english, tag.weight) for tag in tags if tag.weight > 0)


def _ending(name: str) -> str:
    return Path(name).suffix.lower()
