"""Tasks called by name with plain values, from Gradio's API and from MCP: the caller's media are taken in, the job
is awaited.
"""

import asyncio
import base64
import binascii
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool

from studio.errors import BadInput, LimitReached
from studio.job import FINAL
from studio.media import changed_media
from studio.page_guard import FILE_ROUTES, Uploads
from studio.schema import asset_only, flat, media_options
from studio.settings import MB
from studio.views import JobView, job_view

if TYPE_CHECKING:
    from studio.studio import Studio

LOOK_EVERY_S = 0.25


@dataclass(frozen=True)
class Caller:
    """Runs tasks for callers who name their values."""

    studio: "Studio"
    uploads: Uploads

    async def run(self, task: str, values: Mapping[str, Any], owner: str, wait_s: float, lang: str = "en") -> JobView:
        """Submit a task and wait, at most ``wait_s`` seconds, for its job to end."""
        settings = await run_in_threadpool(self._take_in, task, flat(task, values), owner)
        job = await run_in_threadpool(self.studio.submit, task, settings, owner)
        until = time.monotonic() + wait_s
        while True:
            view = await run_in_threadpool(self.look, job.id, owner, lang)
            if view.state in FINAL or time.monotonic() >= until:
                return view
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self, job_id: str, owner: str, lang: str = "en") -> JobView:
        """How a job of the owner's stands."""
        job = self.studio.job(job_id, owner)
        return job_view(job, self.studio.outputs(job), lang)

    def _take_in(self, task: str, values: dict[str, Any], owner: str) -> dict[str, Any]:
        """The values with every medium as the id of an asset of the owner's."""
        for option in media_options(task):
            if option.name in values:
                values[option.name] = changed_media(
                    option.field, values[option.name], lambda place, value: self._id_of(place, value, owner)
                )
        asset_only(task, values)
        return values

    def _id_of(self, place: str, value: Any, owner: str) -> Any:
        """The id of an asset of the owner's for an upload or a ``data:`` address; anything else as it came."""
        if isinstance(value, Mapping) and "path" in value:
            value = value["path"]
        if isinstance(value, str) and value.startswith("data:"):
            return self._from_data(value, owner, place)
        if isinstance(value, str) and (path := _uploaded_path(value)):
            file = self.uploads.own(path, owner)
            return self.studio.library.add(file, owner, name=file.name).id
        return value

    def _from_data(self, address: str, owner: str, field: str) -> str:
        """The id of an asset made from a ``data:`` address in base64."""
        head, _, body = address.partition(",")
        limit = self.studio.settings.max_upload_mb * MB
        if len(body) * 3 // 4 > limit:
            raise LimitReached("rest.upload", limit=limit // MB)
        if not head.endswith(";base64"):
            raise BadInput("face.data", field=field)
        try:
            content = base64.b64decode(body, validate=True)
        except binascii.Error as problem:
            raise BadInput("face.data", field=field) from problem
        folder = self.studio.settings.uploads_dir
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            path = Path(place) / "data"
            path.write_bytes(content)
            return self.studio.library.add(path, owner, name=field).id


def _uploaded_path(value: str) -> str:
    """The path on this machine that Gradio gave for an upload, from the path or its address; empty for an asset's
    id.
    """
    path = urlsplit(value).path if "://" in value else value
    for route in FILE_ROUTES:
        _, found, rest = path.partition(route)
        if found:
            return unquote(rest)
    return path if path.startswith("/") or "\\" in path else ""
