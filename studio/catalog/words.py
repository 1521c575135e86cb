"""Search in what is said of films: names, folders, tags, subtitles; in any language, whatever the form of a word."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
import sqlalchemy as sa

from studio.catalog.tables import words

WORD = re.compile(r"[^\W_]+")
ONE_BY_ONE = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
SCRIPT_CHANGE = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
SHORTEST_STEM = 4


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


def find_words(db: sa.Connection, library: int, text: str, limit: int) -> Sequence[Said]:
    """Where words are said in a library, the best first: all of them, else as many as there are. ``share`` 0..1 tells how many."""
    wanted = list(dict.fromkeys(tokens(text)))
    if not wanted or db.dialect.name != "sqlite":
        return []
    for joint in (" AND ", " OR "):
        query = joint.join(f'"{word}"*' for word in wanted)
        rows = db.execute(
            sa.text(
                "SELECT w.video, w.kind, w.start_s, w.end_s, w.text FROM search_words w JOIN search_videos v ON v.id = w.video "
                "WHERE search_words MATCH :query AND w.library = :library AND v.state = 'done' ORDER BY bm25(search_words) LIMIT :limit"
            ),
            {"query": query, "library": library, "limit": limit},
        ).all()
        if rows:
            break
    found = [Said(row[0], row[1], row[2], row[3], _share(row[4].split(), wanted)) for row in rows]
    return sorted(found, key=lambda said: -said.share)


def _share(there: Sequence[str], wanted: Sequence[str]) -> float:
    return sum(any(word.startswith(part) for word in there) for part in wanted) / len(wanted)


@lru_cache(65536)
def _stem(word: str) -> str:
    if len(word) < SHORTEST_STEM:
        return word
    language = "russian" if CYRILLIC.search(word) else "english"
    return str(snowballstemmer.stemmer(language).stemWord(word))
