"""What every REST route needs: the studio, who asks, and a way to keep slow work off the event loop."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from studio.answers import language
from studio.errors import NotAllowed
from studio.owners import is_admin, owner_of
from studio.settings import MB
from studio.views import ErrorBody, JobView, job_view

if TYPE_CHECKING:
    from studio.jobs import Job
    from studio.studio import Studio

P = ParamSpec("P")
T = TypeVar("T")

PREFIX = "/api/v1"
CODES = {
    400: "The request can't be used as it is.",
    401: "Sign in, or send a token.",
    403: "Not allowed here.",
    404: "There is no such thing, or it is another owner's.",
    409: "An engine or model can't be used here now.",
    413: "Larger or longer than this studio takes.",
    429: "Too many at once.",
    507: "The disk or memory is full.",
}


def errors(*codes: int) -> dict[int | str, dict[str, object]]:
    """What a route may answer when something is wrong, for the API's description."""
    return {code: {"model": ErrorBody, "description": CODES[code]} for code in (401, *codes)}


@dataclass(frozen=True)
class Context:
    studio: "Studio"

    @property
    def upload_folder(self) -> Path:
        return self.studio.settings.uploads_dir

    @property
    def upload_bytes(self) -> int:
        return self.studio.settings.max_upload_mb * MB

    async def job(self, request: Request, job_id: str) -> JobView:
        """A job of the asking owner's, as JSON shows it."""
        return await off_loop(self._view, job_id, owner_of(request), language(request), base(request))

    async def view(self, request: Request, job: "Job") -> JobView:
        return await off_loop(self._view_of, job, language(request), base(request))

    def _view(self, job_id: str, owner: str, lang: str, base: str) -> JobView:
        return self._view_of(self.studio.job(job_id, owner), lang, base)

    def _view_of(self, job: "Job", lang: str, base: str) -> JobView:
        return job_view(job, self.studio.outputs(job), lang, base)


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of blocking work, done on a thread."""
    return await run_in_threadpool(work, *args, **kwargs)


class Turns:
    """For work that keeps a core busy: as many at a time as there are cores, the others wait for their turn. All of them at once would only
    hinder each other.
    """

    def __init__(self) -> None:
        self._limit = CapacityLimiter(max(os.cpu_count() or 1, 2))

    async def off_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of blocking work, done on a thread in its turn."""
        return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._limit)


def base(request: Request) -> str:
    """What stands before our addresses: the prefix of a proxy."""
    root: str = request.scope.get("root_path", "")
    return root.removesuffix(PREFIX)


def check_admin(request: Request) -> None:
    """Raises NotAllowed unless the request may administer this studio."""
    if not is_admin(request):
        raise NotAllowed("rest.admin")
