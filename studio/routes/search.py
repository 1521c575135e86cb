"""/search: libraries of footage, asked directly, without a job. Adding to one is the task ``search_add``."""

import mimetypes
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from studio.errors import BadInput
from studio.files import KEEP, SHOWN, headers_of
from studio.hits import as_csv, as_edl
from studio.multipart import receive_form
from studio.owners import owner_of
from studio.ranged import ranged
from studio.routes.context import PREFIX, Context, Turns, base, errors, off_loop
from studio.routes.tasks import read_json
from studio.schema import asset_only, example, flat, json_schema, options
from studio.sniff import look
from studio.tasks.search_find import Answer, SearchFindResult
from studio.tasks.search_stats import LibraryStats

GIVEN = "given"
PLAIN = "application/octet-stream"
FIND, REMOVE, STATS = "search_find", "search_remove", "search_stats"
ANSWER = {
    "records": [
        {
            "file": "/footage/campaign/spring.mp4",
            "start_s": 12.4,
            "end_s": 17.0,
            "score": 0.98,
            "at_s": 14.2,
            "how": "certain",
            "name": "spring.mp4",
            "also": [],
            "library": "footage",
            "video": 7,
            "shot": 112,
            "seconds": 92.0,
            "width": 1280,
            "height": 720,
            "fps": 25.0,
            "tile": 0,
            "tiles": 2,
            "sprite": "/api/v1/search/libraries/footage/shots/112/sprite",
            "play": "/api/v1/search/libraries/footage/videos/7/file#t=14.2",
        }
    ],
    "more": False,
    "best": 0.98,
    "by": "fingerprint",
}


class Shown(Answer):
    """An answer with the addresses of its pictures and of its film."""

    sprite: str = Field(description="The shot's pictures side by side (WebP); picture `tile` shows the best moment.")
    play: str = Field(description="The film, from the best moment on; understands Range.")


class Found(SearchFindResult):
    """A page of answers."""

    records: tuple[Shown, ...] = ()  # type: ignore[assignment]


class Beside(BaseModel):
    """A shot before or after another of the same film."""

    shot: int
    start_s: float
    end_s: float
    tiles: int = Field(description="Pictures in its sprite.")
    sprite: str


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/search", tags=["search"])
    studio = context.studio

    @api.get("/libraries", summary="Your libraries of footage, with what is in them", responses=errors())
    async def libraries(request: Request) -> list[LibraryStats]:
        found: Any = await off_loop(studio.answer, STATS, {}, owner_of(request))
        return list(found.libraries)

    @api.delete("/libraries/{name}", status_code=204, summary="Remove a library; its files stay", responses=errors(404))
    async def remove(name: str, request: Request) -> None:
        await off_loop(studio.answer, REMOVE, {"library": name}, owner_of(request))

    _asking(api, context)
    _looking(api, context)
    return api


def _asking(api: APIRouter, context: Context) -> None:
    turns = Turns()

    @api.post(
        "/find",
        summary="Find shots by a picture, a clip or words",
        description="As the task `search_find`, answered at once. `source` is a file in a form, or the id of one of your files. "
        "`page` and `limit` page through the answers; `format` gives them as a table or an edit decision list.",
        responses={**errors(400, 404, 413), 200: {"content": {"application/json": {"example": ANSWER}}}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": json_schema(FIND),
                        "example": {"words": "red car", "library": "footage"},
                    },
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                **json_schema(FIND)["properties"],
                                "source": {"type": "string", "format": "binary"},
                            },
                        },
                        "example": {**example(FIND), "library": "footage"},
                    },
                },
            }
        },
        response_model=Found,
    )
    async def find(
        request: Request,
        format: Annotated[Literal["json", "csv", "edl"], Query(description="How the answers are given.")] = "json",
    ) -> Any:
        owner = owner_of(request)
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with receive_form(request, context.upload_folder, context.upload_bytes) as form:
                found = await turns.off_loop(_asked, context, form, owner)
        else:
            values = flat(FIND, await read_json(request))
            asset_only(FIND, values)
            found = await turns.off_loop(context.studio.answer, FIND, values, owner)
        if format == "csv":
            return Response(as_csv(found.records), media_type="text/csv; charset=utf-8")
        if format == "edl":
            return Response(as_edl(found.records, "Atelier"), media_type="text/plain; charset=utf-8")
        return Response(_shown(found, request).model_dump_json(), media_type="application/json")


def _asked(context: Context, form: Any, owner: str) -> Any:
    """An answer to a form: its file is looked at and not kept."""
    values: dict[str, Any] = {}
    given = {}
    for part, content in form.parts:
        name = next(iter(flat(FIND, {part: content})))
        if isinstance(content, str):
            if content:
                values[name] = options(FIND)[name].parse(content)
        elif name != "source":
            raise BadInput("face.no_file_here", field=name, closest="source")
        else:
            given[GIVEN] = (content.path, look(content.path, content.name, context.studio.limits.max_pixels).kind)
            values[name] = GIVEN
    if not given:
        asset_only(FIND, values)
    return context.studio.answer(FIND, values, owner, given)


def _looking(api: APIRouter, context: Context) -> None:
    studio = context.studio

    @api.get(
        "/libraries/{name}/shots/{shot}/sprite",
        summary="A shot's pictures side by side",
        response_class=Response,
        responses=errors(404),
    )
    async def sprite(name: str, shot: int, request: Request) -> Response:
        shelves = studio.shelves(owner_of(request))
        found = await off_loop(lambda: shelves.reader.sprite(shelves.library(name), shot))
        return Response(found["webp"], media_type="image/webp", headers=headers_of("private, max-age=3600"))

    @api.get("/libraries/{name}/shots/{shot}/around", summary="The shots before and after", responses=errors(404))
    async def around(name: str, shot: int, request: Request) -> list[Beside]:
        def work() -> list[Beside]:
            shelves = studio.shelves(owner_of(request))
            library = shelves.library(name)
            hit = shelves.reader.shot(library, shot)
            found = shelves.reader.around(hit.video, hit.number)
            tiles = shelves.reader.tiles([one.shot for one in found])
            return [
                Beside(
                    shot=one.shot,
                    start_s=one.start_s,
                    end_s=one.end_s,
                    tiles=len(tiles[one.shot][0]) if one.shot in tiles else 0,
                    sprite=_sprite(name, one.shot, request),
                )
                for one in found
            ]

        return await off_loop(work)

    @api.get(
        "/libraries/{name}/videos/{video}/file",
        summary="A film of a library; understands Range",
        response_class=Response,
        responses=errors(404),
    )
    async def film(name: str, video: int, request: Request) -> Response:
        shelves = studio.shelves(owner_of(request))
        found = await off_loop(lambda: shelves.catalog.video(shelves.library(name), video))
        path = await off_loop(shelves.here, found)
        if path is None:
            mime = mimetypes.guess_type(await off_loop(shelves.bucket, found))[0] or PLAIN
            return ranged(request, found.bytes, partial(shelves.read, found), _shown_as(mime), headers_of(KEEP))
        mime = (await off_loop(look, path, path.name, studio.limits.max_pixels)).mime
        return FileResponse(path, media_type=_shown_as(mime), headers=headers_of(KEEP))


def _shown_as(mime: str) -> str:
    return mime if mime in SHOWN else PLAIN


def _shown(found: SearchFindResult, request: Request) -> Found:
    root = f"{base(request)}{PREFIX}/search/libraries"
    records = tuple(
        Shown(
            **one.model_dump(),
            sprite=_sprite(one.library, one.shot, request),
            play=f"{root}/{_quoted(one.library)}/videos/{one.video}/file#t={one.at_s:g}",
        )
        for one in found.records
    )
    return Found(**found.model_dump(exclude={"records"}), records=records)


def _sprite(library: str, shot: int, request: Request) -> str:
    return f"{base(request)}{PREFIX}/search/libraries/{_quoted(library)}/shots/{shot}/sprite"


def _quoted(name: str) -> str:
    return quote(name, safe="")
