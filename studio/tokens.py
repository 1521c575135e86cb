"""Tokens with which an owner's programs speak to the REST face. Only their hashes are kept, and each can be taken back."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from studio.errors import NotFound
from studio.store import tokens

MARK = "atelier_"
NAME_LIMIT = 80
USED_EVERY_S = 60.0


@dataclass(frozen=True)
class Token:
    """A token without its secret; times are Unix seconds."""

    id: str
    owner: str
    name: str
    created: float
    used: float | None


class Tokens:
    """The owners' tokens in the database."""

    def __init__(self, db: sa.Engine) -> None:
        self._db = db

    def create(self, owner: str, name: str = "") -> tuple[Token, str]:
        """A new token and its secret, which nobody can read again."""
        secret = MARK + secrets.token_urlsafe(32)
        token = Token(secrets.token_urlsafe(6), owner, name.strip()[:NAME_LIMIT], time.time(), None)
        with self._db.begin() as db:
            db.execute(tokens.insert().values(**vars(token), sha256=_hash(secret)))
        return token, secret

    def list(self, owner: str) -> list[Token]:
        """The owner's tokens, newest first."""
        query = tokens.select().where(tokens.c.owner == owner).order_by(tokens.c.created.desc())
        with self._db.connect() as db:
            return [_token(row) for row in db.execute(query).mappings()]

    def revoke(self, token_id: str, owner: str) -> None:
        """Raises NotFound for a token that isn't the owner's."""
        with self._db.begin() as db:
            gone = db.execute(tokens.delete().where(tokens.c.id == token_id, tokens.c.owner == owner)).rowcount
        if not gone:
            raise NotFound("token.unknown")

    def owner(self, secret: str) -> str | None:
        """Whom a secret stands for, or None."""
        if not secret.startswith(MARK):
            return None
        with self._db.connect() as db:
            row = db.execute(tokens.select().where(tokens.c.sha256 == _hash(secret))).mappings().first()
        if row is None:
            return None
        now = time.time()
        if now - (row["used"] or 0) > USED_EVERY_S:
            with self._db.begin() as db:
                db.execute(tokens.update().where(tokens.c.id == row["id"]).values(used=now))
        return str(row["owner"])


def _token(row: sa.RowMapping) -> Token:
    return Token(**{name: row[name] for name in Token.__dataclass_fields__})


def _hash(secret: str) -> str:
    """The secrets are long and random, so that a plain hash can't be reversed."""
    return hashlib.sha256(secret.encode()).hexdigest()
