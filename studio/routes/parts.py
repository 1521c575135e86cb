"""GET, POST and DELETE /parts: an artist's own parts of figures."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from studio.errors import BadInput
from studio.multipart import receive_form
from studio.owners import owner_of
from studio.routes.context import Context, base, errors, off_loop
from studio.tasks._own import OwnPart

FIELDS = ("region", "labels", "title", "licence")
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        **{name: {"type": "string"} for name in FIELDS},
                    },
                    "required": ["file", "region", "labels"],
                }
            }
        },
    }
}


class PartView(BaseModel):
    """A part of your own. Times are Unix seconds."""

    id: str = Field(description="The id of its picture among your files.")
    region: str
    labels: list[str]
    title: str
    licence: str
    url: str = Field(description="Where its picture is.")
    created: float


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/parts", tags=["library"])
    parts = context.studio.parts

    @api.get("", summary="Your own parts of figures, newest first", responses=errors())
    async def list_parts(request: Request) -> list[PartView]:
        return [_view(one, request) for one in await off_loop(parts.list, owner_of(request))]

    @api.post(
        "",
        status_code=201,
        summary="Add a part",
        description="A picture or an SVG, the region of the figure that it is for, and the tags that it stands for, with commas.",
        responses=errors(400, 413, 507),
        openapi_extra=UPLOAD,
    )
    async def add_part(request: Request) -> PartView:
        owner = owner_of(request)
        async with receive_form(request, context.upload_folder, context.upload_bytes) as form:
            if not form.files:
                raise BadInput("rest.no_file")
            facts = {name: said for name, said in form.parts if name in FIELDS and isinstance(said, str)}
            file = form.files[0]
            added = await off_loop(lambda: parts.add(file.path, owner, name=file.name, **facts))
        return _view(added, request)

    @api.delete("/{part_id}", status_code=204, summary="Remove a part and its picture", responses=errors(404, 409))
    async def remove_part(part_id: str, request: Request) -> None:
        await off_loop(parts.remove, part_id, owner_of(request))

    return api


def _view(one: OwnPart, request: Request) -> PartView:
    return PartView(
        **one.model_dump(exclude={"sha256", "labels"}), labels=[*one.labels], url=f"{base(request)}/files/{one.id}"
    )
