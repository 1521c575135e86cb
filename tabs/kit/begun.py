"""The job that a page waits for, as the browser keeps it: ``id``, and what the tab has put beside it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import gradio as gr

from studio.errors import StudioError
from studio.job import Job
from studio.owners import owner_of
from tabs.kit.i18n import language

if TYPE_CHECKING:
    from studio.studio import Studio

Begun = Mapping[str, str]


def waits(begun: Begun | None) -> str:
    """The job's id; empty where the page waits for none."""
    return str((begun or {}).get("id") or "")


def watched(studio: "Studio", begun: Begun, request: gr.Request) -> Iterator[Job | None]:
    """The job as it goes on; None where it is gone."""
    try:
        yield from studio.watch(waits(begun), owner_of(request))
    except StudioError:
        yield None


def stop(studio: "Studio", begun: Begun | None, request: gr.Request) -> None:
    """Cancel the job; what is in the way is told to the visitor."""
    try:
        if waits(begun):
            studio.cancel(waits(begun), owner_of(request))
    except StudioError as error:
        gr.Info(error.text(language(request)))


def finished(studio: "Studio", begun: Begun | None, request: gr.Request) -> Job | None:
    """The job, once it is done."""
    try:
        job = studio.job(waits(begun), owner_of(request)) if waits(begun) else None
    except StudioError:
        return None
    return job if job is not None and job.state == "done" else None
