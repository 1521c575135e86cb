"""What owners have confirmed: that they have the rights that a task asks for, such as a face's owner's consent."""

import time

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from studio.errors import NotAllowed
from studio.store import confirmations


class Rights:
    """Confirmations in the database, one an owner and task."""

    def __init__(self, db: sa.Engine) -> None:
        self._db = db

    def confirm(self, owner: str, task: str) -> None:
        """Remember that the owner has confirmed; saying it twice changes nothing."""
        try:
            with self._db.begin() as db:
                db.execute(confirmations.insert().values(owner=owner, task=task, created=time.time()))
        except IntegrityError:
            return

    def confirmed(self, owner: str, task: str) -> bool:
        query = sa.select(confirmations.c.task).where(confirmations.c.owner == owner, confirmations.c.task == task)
        with self._db.connect() as db:
            return db.execute(query).first() is not None

    def withdraw(self, owner: str, task: str) -> None:
        with self._db.begin() as db:
            db.execute(confirmations.delete().where(confirmations.c.owner == owner, confirmations.c.task == task))

    def demand(self, owner: str, task: str) -> None:
        """Raises NotAllowed unless the owner has confirmed."""
        if not self.confirmed(owner, task):
            raise NotAllowed("rights.confirm", task=task)
