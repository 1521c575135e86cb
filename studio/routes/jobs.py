"""GET /jobs, GET and DELETE /jobs/{id}, its events: watching and stopping work."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from studio.errors import NotFound
from studio.job import FINAL
from studio.owners import owner_of
from studio.routes.context import Context, errors, off_loop
from studio.views import JobView

LOOK_EVERY_S = 0.25
BEAT_EVERY_S = 15.0
MOST = 200


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/jobs", tags=["jobs"])

    @api.get("", summary="Your jobs, newest first", responses=errors())
    async def list_jobs(request: Request, limit: Annotated[int, Query(ge=1, le=MOST)] = 50) -> list[JobView]:
        jobs = await off_loop(context.studio.jobs_of, owner_of(request), limit=limit)
        return [await context.view(request, job) for job in jobs]

    @api.get("/{job_id}", summary="One job", responses=errors(404))
    async def get_job(job_id: str, request: Request) -> JobView:
        return await context.job(request, job_id)

    @api.delete("/{job_id}", summary="Cancel a job", responses=errors(404))
    async def cancel_job(job_id: str, request: Request) -> JobView:
        return await context.view(request, await off_loop(context.studio.cancel, job_id, owner_of(request)))

    @api.post(
        "/{job_id}/retry",
        status_code=202,
        summary="Queue a failed or cancelled job again",
        responses=errors(404, 409, 429),
    )
    async def retry_job(job_id: str, request: Request) -> JobView:
        return await context.view(request, await off_loop(context.studio.retry, job_id, owner_of(request)))

    @api.get(
        "/{job_id}/events",
        summary="Follow a job",
        description="Server-sent events named `job`, each with the job as JSON: one at once, one for each change, the last "
        "when it ends.",
        responses={200: {"content": {"text/event-stream": {}}, "description": "The events."}, **errors(404)},
    )
    async def follow(job_id: str, request: Request) -> StreamingResponse:
        first = await context.job(request, job_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(context, request, first), media_type="text/event-stream", headers=headers)

    return api


async def until_final(context: Context, request: Request, job_id: str, seconds: float) -> JobView:
    """The job when it has ended, or as it stands after ``seconds``, or when the client has gone."""
    until = time.monotonic() + seconds
    view = await context.job(request, job_id)
    while view.state not in FINAL and time.monotonic() < until and not await request.is_disconnected():
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, until - time.monotonic())))
        view = await context.job(request, job_id)
    return view


async def _events(context: Context, request: Request, view: JobView) -> AsyncIterator[str]:
    shown = ""
    beat = time.monotonic()
    while True:
        now = view.model_dump_json()
        if now != shown:
            shown = now
            beat = time.monotonic()
            yield f"event: job\ndata: {now}\n\n"
        elif time.monotonic() - beat > BEAT_EVERY_S:
            beat = time.monotonic()
            yield ": still here\n\n"
        if view.state in FINAL or await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            view = await context.job(request, view.id)
        except NotFound:
            return
