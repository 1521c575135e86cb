"""GET /models and what an administrator may do with them."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from studio.answers import language
from studio.errors import BadInput
from studio.multipart import receive_form
from studio.owners import owner_of
from studio.routes.context import Context, check_admin, errors, off_loop
from studio.views import ErrorView, keyed_text

ADMIN: dict[str, Any] = {
    "dependencies": [Depends(check_admin)],
    "description": "On a public studio this needs a token of `STUDIO_API_TOKENS`.",
}


class DownloadView(BaseModel):
    """How a download stands."""

    state: str
    done_bytes: int
    total_bytes: int | None
    bytes_per_s: float
    eta_s: float | None
    file: str
    error: ErrorView | None
    pinned: dict[str, str] = Field(
        description="Files whose hash nobody published, and the hash that was taken on first use."
    )


class ModelView(BaseModel):
    """A model card and the state of its files."""

    id: str
    task: str
    title: str
    summary: str
    licence: str
    licence_url: str
    commercial: bool
    accepted: bool = Field(
        description="Whether you may download it: its licence is free for all uses, or you accepted it."
    )
    homepage: str
    bytes: int | None
    by_hand: bool = Field(description="Whether a file has to be brought by a person.")
    state: str
    disk_bytes: int
    resident: bool = Field(description="Whether it is in memory now.")
    download: DownloadView | None


class Start(BaseModel):
    """What it takes to start a download."""

    accept_licence: bool = Field(
        False, description="True accepts the model's licence, which you have read at its address."
    )


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/models", tags=["models"])

    @api.get("", summary="Model cards and their state", responses=errors())
    async def list_models(request: Request) -> list[ModelView]:
        return await off_loop(_views, context, owner_of(request), language(request))

    @api.get("/{model_id}", summary="One model card", responses=errors(404))
    async def get_model(model_id: str, request: Request) -> ModelView:
        return await _answer(context, model_id, request)

    _files(api, context)
    _memory(api, context)
    return api


def _files(api: APIRouter, context: Context) -> None:
    studio = context.studio

    @api.post(
        "/{model_id}/download", status_code=202, summary="Download a model", responses=errors(403, 404, 409), **ADMIN
    )
    async def start(model_id: str, request: Request, body: Start | None = None) -> ModelView:
        owner = owner_of(request)
        if body and body.accept_licence:
            await off_loop(studio.cards.accept, model_id, owner)
        await off_loop(studio.downloads.start, model_id, owner)
        return await _answer(context, model_id, request)

    @api.delete("/{model_id}/download", summary="Stop a download", responses=errors(403, 404), **ADMIN)
    async def stop(model_id: str, request: Request) -> ModelView:
        await off_loop(studio.cards.get, model_id)
        await off_loop(studio.downloads.cancel, model_id)
        return await _answer(context, model_id, request)

    @api.post(
        "/{model_id}/files",
        status_code=201,
        summary="Bring a file of a model",
        responses=errors(400, 403, 404, 413),
        **ADMIN,
    )
    async def bring(model_id: str, request: Request) -> ModelView:
        await off_loop(studio.cards.get, model_id)
        async with receive_form(request, context.upload_folder, context.upload_bytes) as form:
            if not form.files:
                raise BadInput("rest.no_file")
            for item in form.files:
                await off_loop(studio.cards.import_file, model_id, item.path, item.name)
        return await _answer(context, model_id, request)

    @api.delete("/{model_id}", summary="Delete a model's files", responses=errors(403, 404), **ADMIN)
    async def delete(model_id: str, request: Request) -> ModelView:
        await off_loop(studio.cards.get, model_id)
        await off_loop(studio.downloads.delete, model_id)
        return await _answer(context, model_id, request)


def _memory(api: APIRouter, context: Context) -> None:
    studio = context.studio

    @api.post("/unload", summary="Take all models out of memory", responses=errors(403), **ADMIN)
    async def unload_all(request: Request) -> list[ModelView]:
        await off_loop(studio.memory.unload_all)
        return await off_loop(_views, context, owner_of(request), language(request))

    @api.post("/{model_id}/unload", summary="Take a model out of memory", responses=errors(403, 404), **ADMIN)
    async def unload(model_id: str, request: Request) -> ModelView:
        await off_loop(studio.cards.get, model_id)
        await off_loop(studio.memory.unload, model_id)
        return await _answer(context, model_id, request)


async def _answer(context: Context, model_id: str, request: Request) -> ModelView:
    return await off_loop(_view, context, model_id, owner_of(request), language(request))


def _views(context: Context, owner: str, lang: str) -> list[ModelView]:
    return [_view(context, card.id, owner, lang) for card in context.studio.cards.all()]


def _view(context: Context, model_id: str, owner: str, lang: str) -> ModelView:
    cards = context.studio.cards
    card = cards.get(model_id)
    same: dict[str, Any] = {
        name: getattr(card, name)
        for name in ("id", "task", "licence", "licence_url", "commercial", "homepage", "bytes", "by_hand")
    }
    download = context.studio.downloads.get(model_id)
    return ModelView(
        **same,
        title=card.title.text(lang),
        summary=card.summary.text(lang),
        accepted=cards.accepted(model_id, owner),
        state=cards.state(model_id),
        disk_bytes=cards.disk_bytes(model_id),
        resident=context.studio.memory.holds(model_id),
        download=_download_view(download, lang) if download else None,
    )


def _download_view(download: Any, lang: str) -> DownloadView:
    values = asdict(download)
    error = values.pop("error")
    values.pop("card")
    shown = ErrorView(key=error[0], message=keyed_text("error", error, lang)) if error else None
    return DownloadView(**values, error=shown)
