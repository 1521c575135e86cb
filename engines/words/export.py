"""The tag library as word lists that other programs read: A1111's wildcard files and dynamic-prompts' YAML."""

import zipfile
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from engines.words.tags import LANGUAGES, TagLibrary, library, read_table
from engines.words.wildcards import Entries, Entry, Lists, read_files, write_collection, write_list
from studio.errors import BadInput, Failed

ARCHIVE = ".zip"
WILDCARDS, YAML = "wildcards", "yaml"
NAMES = 5
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can hold, so that the same lists make the same file."""


def overview(lang: str) -> dict[str, object]:
    """What is in the studio's library: categories with title, section, chance and count; styles with their title; languages."""
    own = library()
    return {
        "tags": len(own.tags),
        "languages": list(LANGUAGES),
        "categories": [
            {
                "name": category.name,
                "title": category.title[lang],
                "section": category.section,
                "chance": category.chance,
                "tags": sum(tag.weight > 0 for tag in own.of(category.name)),
            }
            for category in own.categories
        ],
        "styles": [{"name": style.name, "title": style.title[lang]} for style in own.styles.values()],
    }


def lists_of(categories: Sequence[str] = (), files: Sequence[Path] = ()) -> dict[str, Entries]:
    """The categories of the studio's library, all where none is named, and a user's own lists merged in: lists of one name become one.

    Tables of the library's own form are read too. Raises BadInput for a category or file that can't be read.
    """
    own = library()
    for name in categories:
        if name not in own.span:
            near = get_close_matches(name, own.span, NAMES) or list(own.span)[:NAMES]
            raise BadInput("words.no_category", name=name, near=", ".join(near))
    lists = {name: _entries(own, name) for name in categories or own.span}
    for file in files:
        for name, entries in _read(file).named.items():
            merged = {entry.text: entry for entry in (*lists.get(name, ()), *entries)}
            lists[name] = tuple(merged.values())
    return {name: entries for name, entries in lists.items() if entries}


def write(lists: Mapping[str, Entries], target: Path, form: str = WILDCARDS) -> list[Path]:
    """The files that were written. ``wildcards``: a text file of each list, without weights, which A1111's own reader would take
    for words, in a new or present folder, or in one ZIP where the name ends so. ``yaml``: one file with weights for
    dynamic-prompts.

    Raises Failed where they can't be written.
    """
    texts = {f"{name}.txt": write_list(Entry(entry.text) for entry in entries) for name, entries in lists.items()}
    try:
        if form == YAML:
            target.write_text(write_collection(lists), encoding="utf-8")
            return [target]
        if target.suffix.lower() == ARCHIVE:
            _pack(texts, target)
            return [target]
        files = [target / name for name in texts]
        for file, words in zip(files, texts.values(), strict=True):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words, encoding="utf-8")
    except OSError as problem:
        raise Failed("words.not_written", name=target.name, reason=problem.strerror or "") from problem
    return files


def _pack(texts: Mapping[str, str], target: Path) -> None:
    beside = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(beside, "w") as archive:
            for name, words in texts.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), words, zipfile.ZIP_DEFLATED)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _read(file: Path) -> Lists:
    if not file.is_file():
        raise BadInput("cli.no_file", file=str(file))
    if file.suffix.lower() != ".csv":
        return read_files({file.name: file})
    return Lists({file.stem: tuple(Entry(tag.english, tag.weight) for tag in read_table(file) if tag.weight > 0)})


def _entries(own: TagLibrary, category: str) -> Entries:
    return tuple(Entry(tag.english, tag.weight) for tag in own.of(category) if tag.weight > 0)
