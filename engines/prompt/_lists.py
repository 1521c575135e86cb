"""The tag library of a request: the studio's own, with the lists that a user brought."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from engines.words.tags import LANGUAGES, Category, Tag, TagLibrary, library, own_category, read_table
from studio.errors import BadInput
from studio.run import Run

LINES = 100_000
COMMENT = "#"


def library_for(lists: Sequence[str], run: Run) -> TagLibrary:
    """The library with these media. Raises BadInput for a list that can't be understood."""
    paths = tuple(run.path(given) for given in lists)
    return _with_lists(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(4)
def _with_lists(files: tuple[tuple[Path, int], ...]) -> TagLibrary:
    own = library()
    if not files:
        return own
    categories: list[Category] = list(own.categories)
    tags = list(own.tags)
    for number, (path, _) in enumerate(files, 1):
        category = own_category(f"list {number}")
        known = {tag.english for tag in tags}
        categories.append(category)
        tags += [replace(tag, category=category.name) for tag in _tags(path) if tag.english not in known]
    return TagLibrary(tuple(categories), tuple(tags), own.styles)


def _tags(path: Path) -> Iterator[Tag]:
    if path.suffix.lower() == ".csv":
        yield from read_table(path)
        return
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInput("prompt.bad_list", name=path.name) from error
    if len(lines) > LINES:
        raise BadInput("prompt.long_list", name=path.name, most=LINES)
    for line in dict.fromkeys(line.strip() for line in lines):
        if line and not line.startswith(COMMENT):
            yield Tag(line, path.stem, dict.fromkeys(LANGUAGES, line), dict.fromkeys(LANGUAGES, ()))
