"""Search in what is said of films: names, folders, tags, subtitles; in any language, whatever the form of a word."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import snowballstemmer
import sqlalchemy as sa

from studio.catalog.rows import Hit
from studio.catalog.tables import shots, videos, words

WORD = re.compile(r"[^\W_]+")
ONE_BY_ONE = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
SCRIPT_CHANGE = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
SHORTEST_STEM = 4
MATCHES = sa.text("search_words MATCH :match")
RANK = sa.Label("place", sa.literal_column("bm25(search_words)"))


@dataclass(frozen=True)
class Said:
    """Words that were found: in which film, of which kind, from when to when (both None for what holds for all of it)."""

    video: int
    kind: str
    start_s: float | None
    end_s: float | None
    share: float


def tokens(text: str) -> list[str]:
    """The words of a text as they are compared: small, without their endings; characters of Chinese, Japanese and Korean each
    for itself.
    """
    parted = SCRIPT_CHANGE.sub(" ", ONE_BY_ONE.sub(r" \1 ", text))
    return [_stem(word) for word in WORD.findall(parted.lower())]


def add_words(
    db: sa.Connection, library: int, video: int, kind: str, said: Iterable[tuple[str, float | None, float | None]]
) -> None:
    """Keep texts of a film: (text, start, end) each. Other databases than SQLite keep none."""
    if db.dialect.name != "sqlite":
        return
    rows = [
        {
            "text": " ".join(tokens(text)),
            "library": library,
            "video": video,
            "kind": kind,
            "start_s": start,
            "end_s": end,
        }
        for text, start, end in said
    ]
    if rows:
        db.execute(sa.insert(words), rows)


def drop_words(db: sa.Connection, condition: str, values: dict[str, object]) -> None:
    """Forget the texts for which a condition in SQL holds."""
    if db.dialect.name == "sqlite":
        db.execute(
            sa.text(f"DELETE FROM search_words WHERE rowid IN (SELECT rowid FROM search_words WHERE {condition})"),
            values,
        )


def find_words(
    db: sa.Connection, library: int, text: str, limit: int, conditions: Sequence[sa.ColumnElement[bool]] = ()
) -> list[tuple[Said, Hit]]:
    """Where words are said in a library, in films for which the conditions hold, the best first: all of the words, else as many as there are.
    Each with the shot of its time, of its film's first shot where it has none.
    """
    wanted = list(dict.fromkeys(tokens(text)))
    best = (
        sa.select(words.c.video, words.c.kind, words.c.start_s, words.c.end_s, words.c.text, RANK)
        .select_from(words.join(videos, videos.c.id == words.c.video))
        .where(MATCHES, words.c.library == library, videos.c.state == "done", *conditions)
        .order_by(RANK)
        .limit(limit)
        .subquery()
    )
    first = (
        sa.select(shots.c.number)
        .where(shots.c.video == best.c.video, shots.c.end_s > sa.func.coalesce(best.c.start_s, 0.0))
        .order_by(shots.c.number)
        .limit(1)
        .scalar_subquery()
    )
    here = sa.alias(shots)
    query = (
        sa.select(best.c.video, best.c.kind, best.c.start_s, best.c.end_s, best.c.text)
        .add_columns(here.c.id, here.c.number, here.c.start_s, here.c.end_s)
        .select_from(best.join(here, sa.and_(here.c.video == best.c.video, here.c.number == first)))
        .order_by(best.c.place)
    )
    for match in _matches(db, wanted):
        if rows := db.execute(query, {"match": match}).all():
            found = [(Said(row[0], row[1], row[2], row[3], _share(row[4].split(), wanted)), _hit(row)) for row in rows]
            return sorted(found, key=lambda one: -one[0].share)
    return []


def videos_of_words(db: sa.Connection, library: int, text: str) -> set[int]:
    """The films of a library of which words are said: all of the words, else as many as there are."""
    query = sa.select(words.c.video).where(MATCHES, words.c.library == library).distinct()
    for match in _matches(db, list(dict.fromkeys(tokens(text)))):
        if found := set(db.execute(query, {"match": match}).scalars()):
            return found
    return set()


def _matches(db: sa.Connection, wanted: Sequence[str]) -> Sequence[str]:
    """What FTS5 is asked: for all words, then for any. Nothing where there are none, or where the database isn't SQLite."""
    if not wanted or db.dialect.name != "sqlite":
        return ()
    return [joint.join(f'"{word}"*' for word in wanted) for joint in (" AND ", " OR ")]


def _hit(row: Sequence[Any]) -> Hit:
    """Of a row of ``find_words``."""
    video, _, start_s, _, _, shot, number, begins, ends = row
    return Hit(0, begins if start_s is None else start_s, shot, number, begins, ends, video)


def _share(there: Sequence[str], wanted: Sequence[str]) -> float:
    return sum(any(word.startswith(part) for word in there) for part in wanted) / len(wanted)


@lru_cache(65536)
def _stem(word: str) -> str:
    if len(word) < SHORTEST_STEM:
        return word
    language = "russian" if CYRILLIC.search(word) else "english"
    return str(snowballstemmer.stemmer(language).stemWord(word))
