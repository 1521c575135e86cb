"""How jobs, assets, models and tasks look in JSON, to REST, Gradio's named functions and ``--json``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, create_model

from studio.engine import Reason
from studio.tasks import tasks
from studio.texts import text

if TYPE_CHECKING:
    from studio.jobs import Job
    from studio.library import Asset


class ErrorView(BaseModel):
    """Why something didn't work: a stable key, and a sentence in the caller's language."""

    key: str
    message: str
    field: str | None = Field(None, description="The setting that is to blame, where it is one.")


class ErrorBody(BaseModel):
    """What every error answers."""

    error: ErrorView


class AssetView(BaseModel):
    """A file in the library, put in or made."""

    id: str
    kind: Literal["image", "video", "audio", "file"]
    name: str
    mime: str
    bytes: int
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    created: float = Field(description="Unix time in seconds.")
    role: Literal["input", "output", "trial"]
    job: str | None = None
    task: str | None = None
    engine: str | None = None
    seed: int | None = None
    tags: list[str] = []
    request: dict[str, Any] | None = Field(None, description="The request that made it, for an output.")
    url: str = Field(description="Where its owner can read it; understands Range.")
    thumb: str | None = Field(None, description="Where its owner can read a small picture of it.")


class JobView(BaseModel):
    """A job as it stands."""

    id: str
    task: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    rank: int | None = Field(None, description="Jobs before this one in the queue.")
    done: int = 0
    total: int | None = None
    unit: str = ""
    eta_s: float | None = Field(None, description="Seconds until it is probably done.")
    engine: str | None = None
    why: str = Field("", description="Why this engine was chosen.")
    better: list[str] = Field([], description="What would be better, and what it lacks.")
    notes: list[str] = []
    error: ErrorView | None = None
    request: dict[str, Any]
    result: dict[str, Any] | None = None
    outputs: list[AssetView] = []
    preview: str | None = Field(None, description="Where its owner can read the latest preview.")
    created: float
    started: float | None = None
    finished: float | None = None


def job_model(task: str) -> type[JobView]:
    """``JobView`` with the task's own result, for the API's description."""
    result = (tasks()[task].result | None, None)
    return create_model(f"{task.title()}Job", __base__=JobView, __doc__=f"A {task} job.", result=result)


def asset_view(asset: "Asset", base: str = "") -> AssetView:
    """``base`` is put before the addresses of files."""
    return AssetView(
        **{
            name: getattr(asset, name)
            for name in AssetView.model_fields
            if name not in ("url", "thumb", "tags", "request")
        },
        tags=list(asset.tags),
        request=dict(asset.request) if asset.request else None,
        url=f"{base}/files/{asset.id}",
        thumb=f"{base}/thumbs/{asset.id}" if asset.thumb else None,
    )


def job_view(job: "Job", outputs: Sequence["Asset"] = (), lang: str = "en", base: str = "") -> JobView:
    """``outputs`` are the assets behind ``job.outputs``."""
    same = ("id", "task", "state", "rank", "done", "total", "unit", "eta_s", "created", "started", "finished")
    return JobView(
        **{name: getattr(job, name) for name in same},
        engine=job.engine,
        why=reason_text(job.why, lang),
        better=[reason_text(reason, lang) for _, reason in job.better or ()],
        notes=[keyed_text("note", note, lang) for note in job.notes],
        error=_error_view(job.error, lang),
        request=dict(job.request),
        result=dict(job.result) if job.result else None,
        outputs=[asset_view(asset, base) for asset in outputs],
        preview=f"{base}/previews/{job.id}" if job.previewed else None,
    )


def reason_text(reason: Any, lang: str) -> str:
    """The sentence for a Reason, however it was kept: the object, its (key, params), or text."""
    if not reason:
        return ""
    if isinstance(reason, Reason):
        return text(f"engine.{reason.key}", lang, **(reason.params or {}))
    return keyed_text("engine", reason, lang)


def keyed_text(area: str, kept: Any, lang: str) -> str:
    """The sentence for (key, params) under ``area``."""
    if isinstance(kept, str):
        return kept
    key, params = kept
    full = key if key.startswith(f"{area}.") else f"{area}.{key}"
    return text(full, lang, **_presentable(params or {}))


def _error_view(error: Any, lang: str) -> ErrorView | None:
    if not error:
        return None
    key, params = error
    return ErrorView(
        key=key, message=text(f"error.{key}", lang, **_presentable(params or {})), field=(params or {}).get("field")
    )


def _presentable(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.name if isinstance(value, Path) else value for name, value in params.items()}
