"""The tables of the catalog."""

import sqlalchemy as sa

from studio.store import schema

libraries = sa.Table(
    "search_libraries",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("encoder", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("dim", sa.Integer, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,
)
"""``encoder`` and ``version`` made every vector of the library, each a matrix of ``rows`` x ``dim``."""

videos = sa.Table(
    "search_videos",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("library", sa.ForeignKey("search_libraries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False, default="video"),
    sa.Column("state", sa.String, nullable=False, default="new"),
    sa.Column("reason", sa.JSON),
    sa.Column("bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("width", sa.Integer, nullable=False, default=0),
    sa.Column("height", sa.Integer, nullable=False, default=0),
    sa.Column("fps", sa.Float, nullable=False, default=0.0),
    sa.Column("dated", sa.Float, nullable=False, default=0.0),
    sa.Column("faces", sa.Boolean),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
    sa.UniqueConstraint("library", "content"),
    sqlite_autoincrement=True,
)
"""A film or picture, once however many files hold it: ``content`` is their hash. ``state``: new, done or failed with a
``reason`` (an error's key and values), which one that is done has too where only part of it could be read. ``dated``: when the
file was last changed. Times are Unix seconds.
"""

files = sa.Table(
    "search_files",
    schema,
    sa.Column("library", sa.ForeignKey("search_libraries.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("path", sa.String, primary_key=True),
    sa.Column("video", sa.ForeignKey("search_videos.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("stamp", sa.String, nullable=False),
)
"""Where a film lies: a path, an address or ``asset:<id>``; ``root`` is the folder that it was found under; ``stamp`` tells whether the
file was changed.
"""

shots = sa.Table(
    "search_shots",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("video", sa.ForeignKey("search_videos.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("motion", sa.Float, nullable=False, default=0.0),
    sa.UniqueConstraint("video", "number"),
    sqlite_autoincrement=True,
)

sprites = sa.Table(
    "search_sprites",
    schema,
    sa.Column("shot", sa.ForeignKey("search_shots.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("seconds", sa.JSON, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("webp", sa.LargeBinary, nullable=False),
)

frames = sa.Table(
    "search_frames",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("library", sa.Integer, nullable=False),
    sa.Column("shot", sa.ForeignKey("search_shots.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("vectors", sa.LargeBinary, nullable=False),
    sa.Index("search_frames_of", "library", "id"),
    sqlite_autoincrement=True,
)
"""``vectors``: float16 rows x dim. Ids only grow, and none is given again."""

details = sa.Table(
    "search_details",
    schema,
    sa.Column("frame", sa.ForeignKey("search_frames.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("detail", sa.LargeBinary, nullable=False),
)

gone = sa.Table(
    "search_gone",
    schema,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("library", sa.Integer, nullable=False, index=True),
    sa.Column("frames", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""Frames that were removed, int64 ids: what indexes have to drop."""

words = sa.table(
    "search_words",
    sa.column("rowid"),
    sa.column("text"),
    sa.column("library"),
    sa.column("video"),
    sa.column("kind"),
    sa.column("start_s"),
    sa.column("end_s"),
)
"""What is said of a film: its names, folders and tags, and its subtitles with their times. Only SQLite has it."""

WORDS = sa.DDL(
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5("
    "text, library UNINDEXED, video UNINDEXED, kind UNINDEXED, start_s UNINDEXED, end_s UNINDEXED, "
    "tokenize='unicode61 remove_diacritics 2')"
)
sa.event.listen(schema, "after_create", WORDS.execute_if(dialect="sqlite"))
