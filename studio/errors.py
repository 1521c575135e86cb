"""Every error that a user may see. Each carries the key of a sentence in assets/locales and the values that fill it.

    StudioError
    ├── BadInput      400  the request or a file in it can't be used
    ├── NotAllowed    403  a right, a licence or a confirmation is missing
    ├── NotFound      404  no such job or file for this owner
    ├── Unavailable   409  an engine, a model or a codec can't be used here
    ├── LimitReached  413  larger, longer or more than this home allows
    ├── Failed        500  the work broke for a reason that isn't the user's
    └── NoRoom        507
        ├── DiskFull
        └── OutOfMemory

``Cancelled`` stands apart: it isn't an error but the way in which an engine leaves a cancelled job.
"""

from typing import Any, ClassVar

from studio.texts import text


class StudioError(Exception):
    """An error with a translated sentence: ``key`` names ``error.<key>`` in the locale files, ``params`` fill it.

    ``status`` is the HTTP status that the REST face answers with.
    """

    status: ClassVar[int] = 500

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key, params)
        self.key = key
        self.params = params

    def text(self, lang: str = "en") -> str:
        return text(f"error.{self.key}", lang, **self.params)

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.key, self.params)


class BadInput(StudioError):
    status = 400


class NotAllowed(StudioError):
    status = 403


class NotFound(StudioError):
    status = 404


class Unavailable(StudioError):
    status = 409


class LimitReached(StudioError):
    status = 413


class Failed(StudioError):
    status = 500


class NoRoom(StudioError):
    status = 507


class DiskFull(NoRoom):
    pass


class OutOfMemory(NoRoom):
    pass


class Cancelled(Exception):
    """Raised by ``run.step`` when the owner has cancelled the job; engines let it pass."""


def _rebuild(kind: type[StudioError], key: str, params: dict[str, Any]) -> StudioError:
    return kind(key, **params)
