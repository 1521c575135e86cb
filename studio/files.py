"""Files under addresses of their own, for their owner only: /files/{asset}, /thumbs/{asset}, /previews/{job}."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from studio.errors import NotFound
from studio.owners import owner_of

if TYPE_CHECKING:
    from studio.studio import Studio

SHOWN = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "image/avif",
        "video/mp4",
        "video/webm",
        "video/quicktime",
        "audio/mpeg",
        "audio/wav",
        "audio/x-wav",
        "audio/flac",
        "audio/ogg",
        "audio/mp4",
        "audio/aac",
    }
)
KEEP = "private, no-cache"
FRESH = "private, no-store"
BLOCK, LOOK_S = 16 * 1024, 0.05


async def send_asset(studio: "Studio", request: Request, asset_id: str) -> Response:
    """A file of the asking owner's, in full or by Range. Raises NotFound for any other.

    Only plain pictures, films and sounds are shown in the browser; the rest is saved, so that no upload can act as a
    page.
    """
    asset = await run_in_threadpool(studio.library.get, asset_id, owner_of(request))
    shown = asset.mime in SHOWN
    save = not shown or "download" in request.query_params
    return _file(asset.path, asset.mime if shown else "application/octet-stream", KEEP, asset.name, save=save)


async def send_thumb(studio: "Studio", request: Request, asset_id: str) -> Response:
    """The small picture of a file of the asking owner's."""
    asset = await run_in_threadpool(studio.library.get, asset_id, owner_of(request))
    if asset.thumb is None:
        raise NotFound("rest.no_page")
    return _file(asset.thumb, "image/jpeg", KEEP)


async def send_preview(studio: "Studio", request: Request, job_id: str) -> Response:
    """The latest preview of a job of the asking owner's; of one that can be heard all of the sound, as it comes."""
    job = await run_in_threadpool(studio.job, job_id, owner_of(request))
    if job.preview is None or not job.previewed:
        raise NotFound("rest.no_page")
    try:
        if job.audible:
            return StreamingResponse(
                _growing(studio, job_id, job.preview.open("rb")), media_type="audio/mpeg", headers=headers_of(FRESH)
            )
        made = await run_in_threadpool(job.preview.read_bytes)  # at once: it is replaced while the job goes on
    except FileNotFoundError:
        raise NotFound("rest.no_page") from None
    kind = "image/jpeg" if job.pictured else "text/plain"
    return Response(made, media_type=kind, headers=headers_of(FRESH))


async def _growing(studio: "Studio", job_id: str, file: BinaryIO) -> AsyncIterator[bytes]:
    """What is in a file, and what comes into it until the job is over."""
    with file:
        over = False
        while not over:
            over = (await run_in_threadpool(studio.jobs.get, job_id)).over
            while block := await run_in_threadpool(file.read, BLOCK):
                yield block
            if not over:
                await asyncio.sleep(LOOK_S)


def send_and_remove(path: Path, name: str) -> Response:
    """A file made for this one answer."""
    return _file(path, "application/zip", FRESH, name, save=True, then=BackgroundTask(path.unlink, missing_ok=True))


def file_routes(studio: "Studio") -> list[Route]:
    async def asset(request: Request) -> Response:
        return await send_asset(studio, request, request.path_params["id"])

    async def thumb(request: Request) -> Response:
        return await send_thumb(studio, request, request.path_params["id"])

    async def preview(request: Request) -> Response:
        return await send_preview(studio, request, request.path_params["id"])

    return [Route("/files/{id}", asset), Route("/thumbs/{id}", thumb), Route("/previews/{id}", preview)]


def _file(
    path: Path,
    mime: str,
    cache: str,
    name: str | None = None,
    *,
    save: bool = False,
    then: BackgroundTask | None = None,
) -> Response:
    if not path.is_file():
        raise NotFound("rest.no_page")
    return FileResponse(
        path,
        media_type=mime,
        filename=name,
        content_disposition_type="attachment" if save else "inline",
        headers=headers_of(cache),
        background=then,
    )


def headers_of(cache: str) -> dict[str, str]:
    return {
        "Cache-Control": cache,
        "Vary": "Cookie, Authorization, X-API-Key",
        "X-Content-Type-Options": "nosniff",
    }
