"""POST and GET /assets, DELETE: the library of the asking owner."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from studio.errors import BadInput
from studio.files import send_and_remove, send_asset
from studio.multipart import Upload, receive_form
from studio.owners import owner_of
from studio.routes.context import Context, base, errors, off_loop
from studio.views import AssetView, asset_view

MOST = 500
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["file"],
                }
            }
        },
    }
}


class Tags(BaseModel):
    """Words by which its owner finds a file again."""

    tags: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(max_length=32)


class Chosen(BaseModel):
    """Some files of the library."""

    ids: list[str] = Field(min_length=1, max_length=MOST)


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/assets", tags=["library"])
    library = context.studio.library

    _uploading(api, context)

    @api.get("", summary="Your files, newest first", responses=errors())
    async def list_assets(
        request: Request,
        kind: Annotated[Literal["image", "video", "audio", "file"] | None, Query()] = None,
        task: Annotated[str | None, Query(max_length=64)] = None,
        tag: Annotated[str | None, Query(max_length=64)] = None,
        text: Annotated[str | None, Query(max_length=200, description="Part of a name, a tag or a setting.")] = None,
        role: Annotated[Literal["input", "output", "trial"] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
        before: Annotated[float | None, Query(description="Only files made before this Unix time.")] = None,
    ) -> list[AssetView]:
        found = await off_loop(
            library.list,
            owner_of(request),
            kind=kind,
            task=task,
            tag=tag,
            text=text,
            role=role,
            limit=limit,
            before=before,
        )
        return [asset_view(asset, base(request)) for asset in found]

    @api.post("/zip", summary="Several files as one archive", response_class=Response, responses=errors(404))
    async def zipped(chosen: Chosen, request: Request) -> Response:
        return send_and_remove(await off_loop(library.zip, chosen.ids, owner_of(request)), "atelier.zip")

    @api.get("/{asset_id}", summary="What is known of a file", responses=errors(404))
    async def get_asset(asset_id: str, request: Request) -> AssetView:
        return asset_view(await off_loop(library.get, asset_id, owner_of(request)), base(request))

    @api.get("/{asset_id}/file", summary="The file itself", response_class=Response, responses=errors(404))
    async def get_file(asset_id: str, request: Request) -> Response:
        return await send_asset(context.studio, request, asset_id)

    @api.put("/{asset_id}/tags", summary="Set a file's tags", responses=errors(404))
    async def tag_asset(asset_id: str, body: Tags, request: Request) -> AssetView:
        owner = owner_of(request)
        await off_loop(library.tag, asset_id, owner, body.tags)
        return asset_view(await off_loop(library.get, asset_id, owner), base(request))

    @api.delete("/{asset_id}", status_code=204, summary="Delete a file", responses=errors(404))
    async def delete_asset(asset_id: str, request: Request) -> None:
        owner = owner_of(request)
        await off_loop(library.get, asset_id, owner)
        await off_loop(library.delete, [asset_id], owner)

    return api


def _uploading(api: APIRouter, context: Context) -> None:
    library = context.studio.library

    @api.post("", status_code=201, summary="Upload files", responses=errors(400, 413, 507), openapi_extra=UPLOAD)
    async def upload(request: Request) -> list[AssetView]:
        owner = owner_of(request)
        async with receive_form(request, context.upload_folder, context.upload_bytes) as form:
            if not form.files:
                raise BadInput("rest.no_file")
            added = [await off_loop(_add, item, owner) for item in form.files]
        return [asset_view(asset, base(request)) for asset in added]

    def _add(item: Upload, owner: str) -> Any:
        return library.add(item.path, owner, name=item.name)
