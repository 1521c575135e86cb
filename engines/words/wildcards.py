"""Word lists as AUTOMATIC1111's wildcards and dynamic-prompts have them: text files with one a line, and collections.

A line that begins with ``#`` is a comment, ``2::red`` comes twice as often. A YAML or JSON file holds lists by names, in
folders; an entry is a text, with a weight or not, or ``{text: red, weight: 2}``.
Source: the wiki of sd-dynamic-prompts, "Wildcard files" and "Structured wildcard files".
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

from engines.words.dynamic import WEIGHT
from studio.errors import BadInput, LimitReached
from studio.tags.archive import BROKEN

COMMENT = "#"
COLLECTIONS = frozenset({".yaml", ".yml", ".json"})
ARCHIVE = ".zip"
READ = COLLECTIONS | {".txt"}
MOST_UNPACKED = 64_000_000
NEAR, LONGEST_NAME = 5, 60
MOST_ENTRIES = 500_000
LONGEST_COLLECTION = 2_000_000
DEEPEST = 20


@dataclass(frozen=True)
class Entry:
    """One line: a template, and how often it comes; 1 is usual."""

    text: str
    weight: float = 1.0


Entries = tuple[Entry, ...]


@dataclass(frozen=True)
class Lists:
    """Word lists by their names, ``hair/colour``; entries without repetition, in the order of their files."""

    named: Mapping[str, Entries]

    def matching(self, pattern: str) -> tuple[Entries, ...]:
        """The lists that a name or a pattern with ``* ? []`` means; none where it means none.

        A name without its folder is found too, as dynamic-prompts finds it.
        """
        name = "/".join(part for part in re.split(r"[\\/]+", pattern.strip()) if part)
        if name in self.named:
            return (self.named[name],) if self.named[name] else ()
        for each in (name, f"**/{name}"):
            fits = re.compile(translate(each)).match
            found = tuple(entries for key, entries in self.named.items() if entries and fits(key))
            if found:
                return found
        return ()

    def near(self, pattern: str) -> tuple[str, ...]:
        """Up to five names of lists, the most similar to ``pattern`` first; the first ones where none is similar."""
        stems = {name.rsplit("/", 1)[-1].casefold(): name for name in list(self.named)[::-1]}
        stems |= {name.casefold(): name for name in self.named}
        wanted = pattern.strip().casefold()[:LONGEST_NAME].replace(" ", "_")
        found = [stems[each] for each in get_close_matches(wanted, stems, NEAR)]
        return tuple(dict.fromkeys(found)) or tuple(self.named)[:NEAR]


NONE = Lists({})


def read_list(text: str) -> Entries:
    """The entries of a text file, without repetition."""
    lines = (line.strip() for line in text.lstrip("\ufeff").splitlines())
    return _limited(_weighed(line) for line in lines if line and not line.startswith(COMMENT))


def write_list(entries: Iterable[Entry]) -> str:
    """A text file of the entries, one a line; read again they are the same, with line breaks as blanks."""
    return "".join(f"{_line(entry)}\n" for entry in entries if entry.text.strip())


def read_collection(text: str, name: str) -> dict[str, Entries]:
    """The lists of a YAML or JSON file by their names. ``name`` is the file's, for BadInput where it can't be read."""
    if len(text) > LONGEST_COLLECTION:
        raise LimitReached("words.collection_too_long", name=name, limit=LONGEST_COLLECTION // 1_000_000)
    try:
        data = json.loads(text) if name.lower().endswith(".json") else _yaml(text)
    except (ValueError, RecursionError) as problem:
        raise BadInput("words.bad_collection", name=name) from problem
    if isinstance(data, list):
        data = {PurePosixPath(name).stem: data}
    if not isinstance(data, dict):
        raise BadInput("words.bad_collection", name=name)
    return {path: entries for path, values in _flat(data) if (entries := _limited(_items(values)))}


def write_collection(lists: Mapping[str, Entries]) -> str:
    """A YAML file of lists by their names; folders nest."""
    import yaml

    tree: dict[str, Any] = {}
    for name, entries in lists.items():
        *folders, last = name.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = [_line(entry) for entry in entries]
    return str(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1000))


def read_files(files: Mapping[str, Path]) -> Lists:
    """The lists in files, by the names that they go by: ``hair/colour.txt`` holds ``hair/colour``; what is in a collection goes
    by its own name, in the file's folder; a ZIP holds such files, and the one folder that they all lie in has no name.

    Raises BadInput for a file that can't be read, LimitReached for a ZIP of more than 64 MB of texts.
    """
    named: dict[str, Entries] = {}
    for name, file in files.items():
        path = PurePosixPath(name.replace("\\", "/").strip("/"))
        if path.suffix.lower() == ARCHIVE:
            for inner, text in list(_unpacked(file, path.name)):
                named.update(_lists_in(inner, text))
        else:
            named.update(_lists_in(path, file.read_text(encoding="utf-8-sig", errors="replace")))
    return Lists(named)


def _lists_in(path: PurePosixPath, text: str) -> Mapping[str, Entries]:
    if path.suffix.lower() not in COLLECTIONS:
        return {str(path.with_suffix("")): read_list(text)}
    folder = "" if path.parent == PurePosixPath(".") else f"{path.parent}/"
    return {f"{folder}{key}": entries for key, entries in read_collection(text, path.name).items()}


def _unpacked(file: Path, name: str) -> Iterator[tuple[PurePosixPath, str]]:
    """Paths and texts of the lists in a ZIP. What a header says of sizes isn't believed."""
    left = MOST_UNPACKED
    try:
        with ZipFile(file) as archive:
            found = {PurePosixPath(each.replace("\\", "/").strip("/")): each for each in archive.namelist()}
            lists = {path: each for path, each in found.items() if path.suffix.lower() in READ and not _hidden(path)}
            tops = {path.parts[0] if len(path.parts) > 1 else "" for path in lists}
            shared = next(iter(tops)) if len(tops) == 1 else ""
            for path, each in lists.items():
                with archive.open(each) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise LimitReached("words.zip_too_large", name=name, limit=MOST_UNPACKED // 1_000_000)
                yield path.relative_to(shared), data.decode("utf-8-sig", errors="replace")
    except BROKEN as problem:
        raise BadInput("words.bad_zip", name=name) from problem


def _hidden(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _yaml(text: str) -> Any:
    """Every scalar is a text, so that ``no`` and ``12:30`` stay what they are.

    Depth is looked at first, because the fast loader's own recursion ends the process on 100,000 open brackets; nothing that a
    list wants is written with references.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
                raise ValueError(event.start_mark)
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from problem


def _flat(data: Mapping[str, Any], folders: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Names and values of all lists."""
    for key, value in data.items():
        path = (*folders, str(key))
        if isinstance(value, dict):
            yield from _flat(value, path)
        elif isinstance(value, list | str):
            yield "/".join(path), value


def _items(values: Any) -> Iterator[Entry]:
    for value in [values] if isinstance(values, str) else values:
        if isinstance(value, dict):
            text, weight = value.get("text") or value.get("content"), WEIGHT.match(f"{value.get('weight', 1)}::")
            if isinstance(text, str) and weight:
                yield Entry(text.strip(), float(weight[1]))
        elif isinstance(value, str | int | float) and str(value).strip():
            yield _weighed(str(value).strip())


def _weighed(line: str) -> Entry:
    weight = WEIGHT.match(line)
    return Entry(line[weight.end() :].strip(), float(weight[1])) if weight else Entry(line)


def _line(entry: Entry) -> str:
    text = " ".join(entry.text.split("\n")).strip()
    if entry.weight == 1 and not WEIGHT.match(text) and not text.startswith(COMMENT):
        return text
    return f"{entry.weight:.9f}".rstrip("0").rstrip(".") + f"::{text}"


def _limited(entries: Iterable[Entry]) -> Entries:
    """Without repetition; the first of equal ones stays."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.text:
            found.setdefault(entry.text, entry)
        if len(found) > MOST_ENTRIES:
            raise LimitReached("words.too_many_entries", limit=MOST_ENTRIES)
    return tuple(found.values())
